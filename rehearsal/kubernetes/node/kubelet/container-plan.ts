/** From a container of a pod spec and its image to a plan that can be started. */
import { mkdir, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { PreparedImage } from '../images.ts';
import type { Container } from '../objects.ts';
import type { ContainerPlan } from './container-process.ts';
import { ConfigError, environmentOf } from './env.ts';
import { expand } from './expand.ts';
import { identityOf } from './identity.ts';
import { mountTable, type PlacedVolume } from './mounts.ts';
import type { PodContext } from './pod-context.ts';
import type { PreparedVolume } from './volumes.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The file of a container's log, one for each time it was started. */
export function logFile(podDirectory: string, container: string, attempt: number): string {
  return join(podDirectory, 'logs', container, `${attempt}.log`);
}

/** Plans one start. Throws ConfigError or IdentityError when the pod's wishes cannot be met. */
export async function planContainer(
  context: PodContext,
  container: Container,
  image: PreparedImage,
  volumes: ReadonlyMap<string, PreparedVolume>,
  attempt: number,
): Promise<ContainerPlan> {
  const pod = context.pod();
  const identity = identityOf(
    image.config.user,
    image.accounts,
    pod.spec.securityContext ?? {},
    container.securityContext ?? {},
  );
  const own = environmentOf(context.services.cluster, pod, container, context);
  const hostname = pod.spec.hostname ?? pod.metadata.name;
  const env: Record<string, string> = {
    PATH: defaultPath,
    HOSTNAME: hostname,
    HOME: identity.home,
    ...image.config.env,
    ...own,
    REHEARSAL_POD_IP: context.podIP,
  };
  const command = commandOf(container, image, own);
  if (command.length === 0) {
    throw new ConfigError('no command specified');
  }
  return {
    directory: join(context.directory, 'containers', container.name),
    logFile: logFile(context.directory, container.name, attempt),
    hostname,
    mounts: mountTable({
      layered: image.layered,
      volumes: await placedVolumes(container, volumes, own),
      hostsFile: join(context.directory, 'hosts'),
      readOnlyRoot: container.securityContext?.readOnlyRootFilesystem === true,
    }),
    identity,
    env,
    workingDirectory: container.workingDir ?? (image.config.workingDirectory || '/'),
    command,
  };
}

/** `command` replaces the entrypoint and the image's own command, `args` only the latter. */
function commandOf(container: Container, image: PreparedImage, variables: Record<string, string>): string[] {
  const filled = (words: string[] | undefined): string[] | undefined => words?.map((word) => expand(word, variables));
  const entrypoint = filled(container.command);
  const args = filled(container.args);
  if (entrypoint !== undefined && entrypoint.length > 0) {
    return [...entrypoint, ...(args ?? [])];
  }
  return [...image.config.entrypoint, ...(args === undefined || args.length === 0 ? image.config.command : args)];
}

async function placedVolumes(
  container: Container,
  volumes: ReadonlyMap<string, PreparedVolume>,
  variables: Record<string, string>,
): Promise<PlacedVolume[]> {
  const placed: PlacedVolume[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (volume === undefined) {
      throw new ConfigError(`the pod has no volume "${mount.name}" (container ${container.name})`);
    }
    const inside = mount.subPathExpr === undefined ? mount.subPath : expand(mount.subPathExpr, variables);
    const source = inside === undefined || inside === '' ? volume.path : await subPath(volume.path, inside);
    const file = !(await stat(source)).isDirectory();
    placed.push({ mount, source, file, readOnly: volume.readOnly || mount.readOnly === true });
  }
  return placed;
}

/** A path inside a volume; one that is not there becomes a folder, as kubelet does it. */
async function subPath(volume: string, inside: string): Promise<string> {
  if (normalize(inside).startsWith('..') || inside.startsWith('/')) {
    throw new ConfigError(`subPath ${inside} leads out of the volume`);
  }
  const path = join(volume, inside);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    await mkdir(path, { recursive: true });
  }
  return path;
}
