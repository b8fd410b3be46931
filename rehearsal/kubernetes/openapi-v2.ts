/**
 * GET /openapi/v2, in the protobuf form that is the only one kubectl reads (gnostic's OpenAPIv2.proto). kubectl asks for it
 * to check a `kind: List` and kinds that the server doesn't have. It says which kinds there are and leaves their content
 * to the server's own validation.
 */
import type { Reply } from './http.ts';
import { resourceTypes } from './resources.ts';
import { kubernetesVersion } from './typed/schema.ts';

const contentType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** A length-delimited field. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
}

const message = (...fields: Buffer[]) => Buffer.concat(fields);

/** A schema that accepts anything and carries the x-kubernetes-group-version-kind extension (NamedAny in field 31). */
function definition(group: string, version: string, kind: string): Buffer {
  const yaml = `- group: ${JSON.stringify(group)}\n  kind: ${kind}\n  version: ${version}\n`;
  const extension = message(field(1, 'x-kubernetes-group-version-kind'), field(2, field(2, yaml)));
  return message(field(1, `stand-in.${group}.${version}.${kind}`), field(2, field(31, extension)));
}

/** Document: swagger 1, info 2 (title 1, version 2), paths 8, definitions 9 (NamedSchema in field 1). */
const document = message(
  field(1, '2.0'),
  field(2, message(field(1, 'Kubernetes'), field(2, kubernetesVersion))),
  field(8, ''),
  field(9, message(...resourceTypes.map(({ group, version, kind }) => field(1, definition(group, version, kind))))),
);

/** The reply. */
export function openApiV2(): Reply {
  const stream: Reply['stream'] = (response) => {
    response.writeHead(200, { 'content-type': contentType, 'content-length': document.length });
    response.end(document);
  };
  return { code: 200, stream };
}
