/** What the nodes find in the registry, and elsewhere. */
import { createHash } from 'node:crypto';
import type { ImageContents } from '../kubernetes/ports.ts';
import type { RegistryOptions } from './registry.ts';

/** What a node pulls for `reference`: an image of ours by tag or digest, or an allowed public one. */
export function findImage(reference: string, { keeper, publicImages }: RegistryOptions): ImageContents {
  const [, repository = '', tag, digest] =
    /^([^@]+?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(reference) ?? [];
  const ours = keeper.state.images.find(
    (image) =>
      image.repository === repository &&
      (digest === undefined ? image.tag === (tag ?? 'latest') : image.digest === digest),
  );
  if (ours !== undefined) {
    return { digest: ours.digest, directory: ours.directory, arguments: ours.arguments ?? {} };
  }
  const allowed = publicImages.some((entry) =>
    entry.endsWith('*') ? reference.startsWith(entry.slice(0, -1)) : reference === entry,
  );
  if (allowed) return { digest: digest ?? `sha256:${createHash('sha256').update(reference).digest('hex')}` };
  throw new Error(
    `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`,
  );
}
