/**
 * Looking into a registry itself: is this image there? Resource Manager cannot tell; it knows the registry's builds of the
 * last 30 days and nothing of imports. The registry exchanges a Resource Manager token for tokens of its own
 * (https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md), and then speaks the distribution API of the OCI.
 */

import type { PipelineResponse } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { retry } from '../process/retry.ts';
import type { Secrets } from '../secrets.ts';
import { errorOfAnswer, errorOfNetwork, failureOf } from './azure-error.ts';
import { sdk } from './load-sdk.ts';

/** What a look needs from outside. */
export interface ManifestOptions {
  /** `https://…`, without a trailing slash: the login server, or what stands for it. */
  endpoint: string;
  loginServer: string;
  tenantId: string | undefined;
  credential: TokenCredential;
  /** Audience of Resource Manager's tokens. */
  audience: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  secrets: Secrets;
}

const TIMEOUT_MILLISECONDS = 30_000;

/** Manifests of one image, and lists of them for several platforms. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Whether the registry has an image.
 *
 * @param digest `sha256:…`
 * @throws AzureError when the registry cannot be reached or the identity may not look
 */
export async function hasImage(repository: string, digest: string, options: ManifestOptions): Promise<boolean> {
  const { credential, audience, loginServer, tenantId, secrets, signal } = options;
  const send = (
    method: 'HEAD' | 'POST',
    path: string,
    more: { headers?: Record<string, string>; form?: Record<string, string> },
    expected: readonly number[],
  ): Promise<PipelineResponse> => {
    const what = `${method} ${path.split('/').slice(-2).join('/')} of ${loginServer}`;
    const once = async (): Promise<PipelineResponse> => {
      const form = more.form === undefined ? undefined : new URLSearchParams(more.form).toString();
      const { sendPlain } = await sdk();
      let response: PipelineResponse;
      try {
        response = await sendPlain({
          url: `${options.endpoint}${path}`,
          method,
          headers: {
            ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
            ...more.headers,
          },
          timeout: TIMEOUT_MILLISECONDS,
          abortSignal: signal,
          ...(form === undefined ? {} : { body: form }),
        });
      } catch (error) {
        signal.throwIfAborted();
        throw errorOfNetwork(what, loginServer, error);
      }
      if (expected.includes(response.status)) return response;
      const answer = { status: response.status, headers: response.headers.toJSON(), body: response.bodyAsText ?? '' };
      throw errorOfAnswer(what, answer, options.clock.now());
    };
    return retry(once, { what, clock: options.clock, log: options.log, signal, attempts: 3, failureOf });
  };
  const tokenOf = async (path: string, form: Record<string, string>, name: string): Promise<string> => {
    const { bodyAsText } = await send('POST', path, { form: { service: loginServer, ...form } }, [200]);
    const token = String((JSON.parse(bodyAsText ?? '{}') as Record<string, unknown>)[name] ?? '');
    secrets.add(token);
    return token;
  };

  const azure = await credential.getToken(`${audience}/.default`);
  if (azure === null) throw new Error('The credential gave no token.');
  const tenant = tenantId === undefined ? {} : { tenant: tenantId };
  const exchanged = { grant_type: 'access_token', access_token: azure.token, ...tenant };
  const refresh = await tokenOf('/oauth2/exchange', exchanged, 'refresh_token');
  const scoped = { grant_type: 'refresh_token', refresh_token: refresh, scope: `repository:${repository}:pull` };
  const access = await tokenOf('/oauth2/token', scoped, 'access_token');
  const headers = { authorization: `Bearer ${access}`, accept: MANIFEST_TYPES };
  const { status } = await send('HEAD', `/v2/${repository}/manifests/${digest}`, { headers }, [200, 404]);
  return status === 200;
}
