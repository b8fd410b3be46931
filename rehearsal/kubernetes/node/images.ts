/**
 * Container images without container images: the root of a container is the machine's /usr and /etc with what an image
 * adapter lays over them. An image without an adapter cannot run here, and its pods say ErrImagePull.
 */
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageContents, Outside } from '../ports.ts';
import { builtImages } from './images/built.ts';
import { pgbouncerExporterImage } from './images/pgbouncer-exporter.ts';
import { redisImages } from './images/redis.ts';
import { redisExporterImage } from './images/redis-exporter.ts';
import { baseLayers, createSkeleton } from './images/skeleton.ts';
import { type Account, accountsOf } from './kubelet/identity.ts';
import type { Layered } from './kubelet/mounts.ts';

/** What an image says about how its containers run. */
export interface ImageConfig {
  env: Record<string, string>;
  /** USER: a name or number, perhaps with `:group`; empty is root. */
  user: string;
  workingDirectory: string;
  entrypoint: readonly string[];
  command: readonly string[];
  stopSignal: NodeJS.Signals;
}

/** What an adapter may use to prepare an image. */
export interface AdapterContext {
  contents: ImageContents;
  /** The folder whose contents appear over the machine's files; has the usual top-level folders already. */
  layer: string;
  /** The Moodle code to lay at /var/www/html where an image would have fetched it. */
  moodleTree: string | undefined;
}

/** Knows how to run images of certain repository names (the last path segment). */
export interface ImageAdapter {
  names: readonly string[];
  /** Fills the layer and answers the configuration, with folders of the machine to lay below parts of the layer. */
  prepare(context: AdapterContext): Promise<ImageConfig & { below?: Readonly<Record<string, string>> }>;
}

/** An image that is ready to start containers. */
export interface PreparedImage {
  digest: string;
  config: ImageConfig;
  layered: readonly Layered[];
  accounts: ReadonlyMap<string, Account>;
}

const adapters: readonly ImageAdapter[] = [redisImages, redisExporterImage, pgbouncerExporterImage, ...builtImages];

/** `registry/path/name:tag@digest` to `name`. */
export function repositoryName(reference: string): string {
  const path = reference.split('@')[0] ?? '';
  const last = path.slice(path.lastIndexOf('/') + 1);
  return last.split(':')[0] ?? last;
}

/** Pulls images: asks the registry outside, then prepares each digest once. */
export class ImageStore {
  readonly #outside: Outside;
  readonly #directory: string;
  readonly #moodleTree: string | undefined;
  readonly #prepared = new Map<string, Promise<PreparedImage>>();

  constructor(outside: Outside, directory: string, moodleTree: string | undefined) {
    this.#outside = outside;
    this.#directory = directory;
    this.#moodleTree = moodleTree;
  }

  /** The image of a reference; rejects with a sentence that names it. */
  async pull(reference: string): Promise<PreparedImage> {
    const contents = await this.#outside.image(reference);
    const name = repositoryName(reference);
    const adapter = adapters.find((candidate) => candidate.names.includes(name));
    if (adapter === undefined) {
      const known = adapters.flatMap((candidate) => candidate.names).join(', ');
      throw new Error(`The rehearsal has no adapter for the image "${reference}"; it can run: ${known}.`);
    }
    const key = `${name}-${contents.digest.replace(/[^A-Za-z0-9]/g, '-')}`;
    const known = this.#prepared.get(key);
    if (known !== undefined) {
      return known;
    }
    const prepared = this.#prepare(adapter, contents, key);
    this.#prepared.set(key, prepared);
    prepared.catch(() => this.#prepared.delete(key));
    return prepared;
  }

  async #prepare(adapter: ImageAdapter, contents: ImageContents, key: string): Promise<PreparedImage> {
    const layer = join(this.#directory, key);
    const building = `${layer}.new`;
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { recursive: true });
    await createSkeleton(building);
    const { below = {}, ...config } = await adapter.prepare({
      contents,
      layer: building,
      moodleTree: this.#moodleTree,
    });
    await rm(layer, { recursive: true, force: true });
    await rename(building, layer);
    const extra = await Promise.all(
      Object.entries(below).map(async ([target, source]) => ({
        target,
        layers: [...((await isDirectory(join(layer, target))) ? [join(layer, target)] : []), source],
      })),
    );
    return {
      digest: contents.digest,
      config,
      layered: [...(await baseLayers(layer)), ...extra],
      accounts: accountsOf(await readFile('/etc/passwd', 'utf8')),
    };
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
