/** What overlays are made of. Pure. */
import type { ImageOverride, Kustomization } from '#toolkit/kube/kustomize';

/** What is known beside the inputs. */
export interface Known {
  /** The Moodle image of `web` and `cron`. */
  image?: string | undefined;
  replicas?: number | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What a component adds to the overlay. `components` are folders beside the component's own. */
export interface Parts {
  components?: string[];
  images: ImageOverride[];
  replicas: Kustomization['replicas'];
  patches: Kustomization['patches'];
}

/** A strategic merge patch of one field of an object; none when `guard` is empty. */
export function patch(
  apiVersion: string,
  kind: string,
  name: string,
  field: 'spec' | 'data' | 'metadata',
  value: object,
  guard: object = value,
): Kustomization['patches'] {
  if (Object.keys(guard).length === 0) return [];
  const metadata = field === 'metadata' ? { name, ...value } : { name };
  const body = { apiVersion, kind, metadata, ...(field === 'metadata' ? {} : { [field]: value }) };
  return [{ target: { kind, name }, patch: JSON.stringify(body) }];
}

/** The entries that have a value. */
export function given(entries: Record<string, string | undefined>): Record<string, string> {
  const present = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(present);
}

/** The number of a workload's pods, when it is known. */
export function replicas(name: string, count: number | undefined): Kustomization['replicas'] {
  return count === undefined ? [] : [{ name, count }];
}

/** `host:5000/a/b:tag@sha256:…` in its parts, for the image name of the base. A digest makes the tag meaningless. */
export function image(name: string, reference: string | undefined): ImageOverride[] {
  if (reference === undefined) return [];
  const [rest = '', digest] = reference.split('@');
  const tagged = /^(.*):([\w][\w.-]*)$/.exec(rest);
  const newName = tagged?.[1] ?? rest;
  if (digest !== undefined) return [{ name, newName, digest }];
  return [{ name, newName, newTag: tagged?.[2] ?? 'latest' }];
}
