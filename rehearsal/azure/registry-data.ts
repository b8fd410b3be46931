/**
 * The data plane of Azure Container Registry: the exchange of tokens, and whether a manifest is there; and the import of an
 * image from another registry, which Resource Manager is asked for and the registry then does.
 *
 * Every registry lies under this one host: which one is meant is the `service` of the token, as in the real exchange.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistryOptions } from './registry.ts';
import { findResource } from './state.ts';
import { readToken, signToken } from './tokens.ts';
import { type Answer, type Call, isObject, jsonBody, NotSimulated, onlyFields, Refusal, type Route } from './wire.ts';

const RESOURCE_MANAGER = 'https://management.azure.com';
const TOKEN_SECONDS = 3600;

export function registryDataRoutes(options: RegistryOptions): Route[] {
  const registry =
    '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.ContainerRegistry/registries/:registry';
  return [
    { method: 'POST', path: '/oauth2/exchange', handle: (call) => exchange(call, options) },
    { method: 'POST', path: '/oauth2/token', handle: (call) => scope(call, options) },
    { method: 'HEAD', path: '/v2/:repository/manifests/:reference', handle: (call) => manifest(call, options) },
    { method: 'POST', path: `${registry}/importImage`, handle: (call) => importImage(call, options) },
  ];
}

const refused = (status: number, code: string, message: string): Answer => ({
  status,
  json: { errors: [{ code, message }] },
});

const expiry = (): number => Math.floor(Date.now() / 1000) + TOKEN_SECONDS;

/** A Resource Manager token for a refresh token of one registry. */
function exchange(call: Call, { keeper }: RegistryOptions): Answer {
  const form = new URLSearchParams(call.body.toString());
  const service = form.get('service') ?? '';
  if (form.get('grant_type') !== 'access_token')
    throw new NotSimulated(`grant ${form.get('grant_type')} of a registry`);
  const token = readToken(form.get('access_token') ?? '', keeper.state.tokenKey);
  const known = Object.values(keeper.state.resources).some(({ properties }) => properties.loginServer === service);
  if (token === undefined || token.audience !== RESOURCE_MANAGER || token.expires * 1000 <= Date.now() || !known)
    return refused(401, 'UNAUTHORIZED', 'authentication required');
  const signed = { audience: `refresh ${service}`, clientId: token.clientId, expires: expiry() };
  return { status: 200, json: { refresh_token: signToken(signed, keeper.state.tokenKey) } };
}

/** A refresh token for an access token to pull one repository. */
function scope(call: Call, { keeper }: RegistryOptions): Answer {
  const form = new URLSearchParams(call.body.toString());
  const service = form.get('service') ?? '';
  const repository = /^repository:([^:]+):pull$/.exec(form.get('scope') ?? '')?.[1];
  if (repository === undefined) throw new NotSimulated(`scope ${form.get('scope')} of a registry`);
  const token = readToken(form.get('refresh_token') ?? '', keeper.state.tokenKey);
  if (token?.audience !== `refresh ${service}`) return refused(401, 'UNAUTHORIZED', 'authentication required');
  const signed = { audience: `pull ${service}/${repository}`, clientId: token.clientId, expires: expiry() };
  return { status: 200, json: { access_token: signToken(signed, keeper.state.tokenKey) } };
}

function manifest(call: Call, { keeper }: RegistryOptions): Answer {
  const { repository = '', reference = '' } = call.parameters;
  const token = readToken(call.headers.authorization?.replace(/^Bearer /, '') ?? '', keeper.state.tokenKey);
  const [, name = ''] = /^pull (.+)$/.exec(token?.audience ?? '') ?? [];
  if (!name.endsWith(`/${repository}`)) return refused(401, 'UNAUTHORIZED', 'authentication required');
  const found = keeper.state.images.find(
    (image) => image.repository === name && (image.digest === reference || image.tag === reference),
  );
  if (found === undefined) return refused(404, 'MANIFEST_UNKNOWN', `manifest ${reference} is not found`);
  return { status: 200, headers: { 'docker-content-digest': found.digest } };
}

/** Answers at once, and copies after a moment, as Azure does. */
function importImage(call: Call, { keeper, buildStepMs, neighbours }: RegistryOptions): Answer {
  const id = call.url.pathname.split('/').slice(0, 9).join('/');
  const registry = findResource(keeper.state, id);
  if (registry === undefined) throw new Refusal(404, 'ResourceNotFound', `The Resource '${id}' was not found.`);
  const body = jsonBody(call);
  onlyFields(body, ['source', 'targetTags', 'mode'], 'of importImage: ');
  const source = isObject(body.source) ? body.source : {};
  onlyFields(source, ['resourceId', 'sourceImage'], 'of the source of importImage: ');
  const where = [keeper.state, ...neighbours()].find((state) => findResource(state, String(source.resourceId)));
  const from = where === undefined ? undefined : findResource(where, String(source.resourceId));
  if (where === undefined || from === undefined)
    throw new Refusal(404, 'ResourceNotFound', `The source registry '${String(source.resourceId)}' was not found.`);
  const [name = '', digest = ''] = String(source.sourceImage).split('@');
  const image = where.images.find(
    (candidate) =>
      candidate.repository === `${String(from.properties.loginServer)}/${name}` && candidate.digest === digest,
  );
  if (image === undefined)
    throw new Refusal(
      400,
      'InvalidParameters',
      `The manifest '${String(source.sourceImage)}' is not found in the source registry.`,
    );
  const targets = (Array.isArray(body.targetTags) ? body.targetTags.map(String) : []).map((target) =>
    target.split(':'),
  );
  void sleep(buildStepMs).then(() => {
    for (const [repository = '', tag = 'latest'] of targets) {
      const copy = { ...image, repository: `${String(registry.properties.loginServer)}/${repository}`, tag };
      const { images } = keeper.state;
      keeper.state.images = [...images.filter((one) => one.repository !== copy.repository || one.tag !== tag), copy];
    }
    keeper.save();
  });
  return { status: 202, headers: { location: `${id}/operationStatuses/import` } };
}
