/** Discovery in both forms (aggregated and legacy), and the OpenAPI v3 documents that kubectl insists on. */
import type { ApiRequest } from './http.ts';
import { ok, type Reply } from './http.ts';
import { apiVersionOf, type ResourceType, resourceTypes } from './resources.ts';
import { subresourcesOf } from './route.ts';
import { kubernetesVersion } from './typed/schema.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const subresourceVerbs: Record<string, string[]> = {
  exec: ['create', 'get'],
  log: ['get'],
  scale: ['get', 'patch', 'update'],
  status: ['get', 'patch', 'update'],
};
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const reviews = ['selfsubjectaccessreviews', 'selfsubjectreviews'];

const groupVersions = [...new Set(resourceTypes.map(apiVersionOf))];
const groups = [...new Set(resourceTypes.map((type) => type.group))].filter((group) => group !== '');

function kindOf(type: ResourceType, subresource?: string): { group: string; version: string; kind: string } {
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  return subresource === 'scale' ? scale : { group: type.group, version: type.version, kind: type.kind };
}

/** GET /api and /apis: every group with its resources for clients that ask for it, else the legacy lists. */
export function discoverGroups(request: ApiRequest): Reply {
  const core = request.path === '/api';
  if (String(request.headers.accept ?? '').includes('as=APIGroupDiscoveryList')) {
    const items = (core ? [''] : groups).map(aggregatedGroup);
    const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
    return { code: 200, body, contentType: aggregated };
  }
  if (core) {
    return ok({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  }
  const list = [...groups, 'authorization.k8s.io', 'authentication.k8s.io'].map((name) => {
    const version = resourceTypes.find((type) => type.group === name)?.version ?? 'v1';
    const preferred = { groupVersion: `${name}/${version}`, version };
    return { name, versions: [preferred], preferredVersion: preferred };
  });
  return ok({ kind: 'APIGroupList', apiVersion: 'v1', groups: list });
}

function aggregatedGroup(group: string): unknown {
  const types = resourceTypes.filter((type) => type.group === group);
  const resources = types.map((type) => ({
    resource: type.plural,
    responseKind: kindOf(type),
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.inAll ? { categories: ['all'] } : {}),
    subresources: subresourcesOf(type).map((subresource) => ({
      subresource,
      responseKind: kindOf(type, subresource),
      verbs: subresourceVerbs[subresource] ?? [],
    })),
  }));
  const version = types[0]?.version ?? 'v1';
  return {
    metadata: group === '' ? {} : { name: group },
    versions: [{ version, resources, freshness: 'Current' }],
  };
}

/** GET /api/v1 or /apis/GROUP/VERSION: the legacy list of one group version; undefined when it is not served. */
export function discoverResources(path: string): Reply | undefined {
  const groupVersion = path.replace(/^\/apis?\//, '');
  const types = resourceTypes.filter((type) => apiVersionOf(type) === groupVersion);
  if (/^(authorization|authentication)\.k8s\.io\/v1$/.test(groupVersion)) {
    return ok({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [] });
  }
  if (types.length === 0 || path !== (groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`)) {
    return undefined;
  }
  const resources = types.flatMap((type) => [
    {
      name: type.plural,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs,
      ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
      ...(type.inAll ? { categories: ['all'] } : {}),
    },
    ...subresourcesOf(type).map((subresource) => ({
      name: `${type.plural}/${subresource}`,
      singularName: '',
      namespaced: type.namespaced,
      ...kindOf(type, subresource),
      verbs: subresourceVerbs[subresource] ?? [],
    })),
  ]);
  return ok({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources });
}

const openApiPath = (groupVersion: string) => (groupVersion === 'v1' ? 'api/v1' : `apis/${groupVersion}`);

/** GET /openapi/v3: where the document of each group version is. */
export function openApiIndex(): Reply {
  const entries = groupVersions.map((groupVersion) => {
    const path = openApiPath(groupVersion);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${kubernetesVersion}` }];
  });
  return ok({ paths: Object.fromEntries(entries) });
}

/**
 * GET /openapi/v3/…: only what tells kubectl that the server validates fields itself. Schemas are left out, so `kubectl
 * explain` does not work; undefined for a group version that is not served.
 */
export function openApiDocument(path: string): Reply | undefined {
  const document = path.replace(/^\/openapi\/v3\//, '');
  const types = resourceTypes.filter((type) => openApiPath(apiVersionOf(type)) === document);
  if (types.length === 0) {
    return undefined;
  }
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
  }));
  const paths = types.map((type) => {
    const scope = type.namespaced ? 'namespaces/{namespace}/' : '';
    const operation = { parameters, responses: {}, 'x-kubernetes-group-version-kind': kindOf(type) };
    return [`/${document}/${scope}${type.plural}/{name}`, { patch: operation, put: operation }];
  });
  const info = { title: 'Kubernetes', version: kubernetesVersion };
  return ok({ openapi: '3.0.0', info, paths: Object.fromEntries(paths) });
}

/** GET /version. */
export function serverVersion(): Reply {
  const [major = '', minor = ''] = kubernetesVersion.slice(1).split('.');
  return ok({ major, minor, gitVersion: kubernetesVersion, platform: 'linux/amd64' });
}

/** Plurals of the review resources, which are posted and never stored. */
export function isReview(plural: string): boolean {
  return reviews.includes(plural);
}
