/**
 * SelfSubjectAccessReview (`kubectl auth can-i`) and SelfSubjectReview (`kubectl auth whoami`). kubectl posts both as
 * protobuf, so this reads the little of protobuf that they use: the `k8s\0` envelope (runtime.Unknown, field 2 = raw) and
 * spec.resourceAttributes, whose fields 1 to 7 are strings (k8s.io/api/authorization/v1/generated.proto).
 */
import { badRequest } from './api-error.ts';
import { mediaType, readBody } from './body.ts';
import type { Api, ApiRequest, Reply } from './http.ts';
import { objectIn } from './pod-defaults.ts';

/** What is asked about. */
export interface ResourceAttributes {
  namespace: string;
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  name: string;
}

const attributeNames = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'] as const;

/** Length-delimited fields of a message by number; throws 400 for anything else or a cut message. */
function fieldsOf(message: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at];
      if (byte === undefined) {
        throw badRequest('the protobuf message ends too early');
      }
      at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) !== 2) {
      throw badRequest('the protobuf message has a field that access reviews do not have');
    }
    const length = varint();
    fields.set(tag >> 3, message.subarray(at, at + length));
    at += length;
  }
  return fields;
}

/** The resource attributes in a protobuf review; undefined for a review of a non-resource URL. */
export function decodeReview(body: Buffer): ResourceAttributes | undefined {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') {
    throw badRequest('the protobuf body has no Kubernetes envelope');
  }
  const raw = fieldsOf(body.subarray(4)).get(2) ?? Buffer.alloc(0);
  const spec = fieldsOf(raw).get(2) ?? Buffer.alloc(0);
  const attributes = fieldsOf(spec).get(1);
  if (attributes === undefined) {
    return undefined;
  }
  const fields = fieldsOf(attributes);
  const values = attributeNames.map((name, index) => [name, fields.get(index + 1)?.toString('utf8') ?? '']);
  return Object.fromEntries(values) as unknown as ResourceAttributes;
}

/** Answers a posted review. */
export function handleReview(api: Api, plural: string, request: ApiRequest): Reply {
  const { user, groups } = request.identity;
  if (plural === 'selfsubjectreviews') {
    const status = { userInfo: { username: user, groups } };
    return {
      code: 201,
      body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, status },
    };
  }
  const protobuf = mediaType(request) === 'application/vnd.kubernetes.protobuf';
  const attributes = protobuf ? decodeReview(request.body) : attributesOf(readBody(request));
  const allowed = attributes === undefined || isAllowed(api, request, attributes);
  const body = {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: { ...(attributes === undefined ? {} : { resourceAttributes: attributes }) },
    status: { allowed },
  };
  return { code: 201, body };
}

function attributesOf(body: unknown): ResourceAttributes | undefined {
  const given = objectIn(objectIn(body, 'spec'), 'resourceAttributes');
  if (given === undefined) {
    return undefined;
  }
  const values = attributeNames.map((name) => [name, String(given[name] ?? '')]);
  return Object.fromEntries(values) as unknown as ResourceAttributes;
}

function isAllowed(api: Api, request: ApiRequest, attributes: ResourceAttributes): boolean {
  const { verb, group, resource, subresource, namespace } = attributes;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return api.authorize(request.identity, verb, { group, resource: full }, namespace === '' ? undefined : namespace);
}
