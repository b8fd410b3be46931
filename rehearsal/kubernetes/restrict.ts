/** What of a written object counts: system fields never, status only through its subresource, and then nothing else. */
import type { KubeObject, ObjectMeta } from './ports.ts';
import { resourceOfKind } from './resources.ts';

const systemFields = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
] as const;

/** `draft` cut down to what a write to `live` may change. */
export function restrict(live: KubeObject, draft: KubeObject, subresource: 'status' | undefined): KubeObject {
  const { status: written, ...rest } = draft;
  if (subresource === 'status') {
    return { ...live, ...(written === undefined ? {} : { status: written }) };
  }
  const status = resourceOfKind(live.kind).status ? live.status : written;
  return {
    ...rest,
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: systemFieldsOf(live.metadata, draft.metadata),
    ...(status === undefined ? {} : { status }),
  };
}

function systemFieldsOf(live: ObjectMeta, draft: ObjectMeta): ObjectMeta {
  const kept = Object.fromEntries(systemFields.flatMap((key) => (live[key] === undefined ? [] : [[key, live[key]]])));
  const written = Object.entries(draft).filter(([key]) => !(systemFields as readonly string[]).includes(key));
  return { ...Object.fromEntries(written), ...kept } as unknown as ObjectMeta;
}
