/** Prepares the volumes of a pod: each becomes a folder on the host, filled when its kind says so. */
import { chmod, chown, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outside } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import type { Pod, Volume } from '../objects.ts';
import { vaultFiles } from './csi-secrets.ts';
import { keysOf } from './env.ts';
import { fieldValue } from './field-path.ts';
import { chooseKeys, type VolumeFile, writeFiles } from './volume-files.ts';

/** A prepared volume. */
export interface PreparedVolume {
  path: string;
  readOnly: boolean;
}

/** Where volumes live: a pod's own under its folder, claims and shares under the node's. */
export interface VolumePlaces {
  pod: string;
  shared: string;
  podIP: string;
  hostIP: string;
}

/** Thrown while a volume cannot be mounted; kubelet tries again. */
export class MountError extends Error {}

/** Prepares every volume of the pod; throws a MountError for the first that is not to be had. */
export async function prepareVolumes(
  cluster: Cluster,
  outside: Outside,
  pod: Pod,
  places: VolumePlaces,
): Promise<Map<string, PreparedVolume>> {
  const prepared = new Map<string, PreparedVolume>();
  for (const volume of pod.spec.volumes ?? []) {
    try {
      prepared.set(volume.name, await prepareVolume(cluster, outside, pod, volume, places));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${reason}`);
    }
  }
  return prepared;
}

async function prepareVolume(
  cluster: Cluster,
  outside: Outside,
  pod: Pod,
  volume: Volume,
  places: VolumePlaces,
): Promise<PreparedVolume> {
  const group = pod.spec.securityContext?.fsGroup;
  const path = join(places.pod, 'volumes', volume.name);
  if (volume.emptyDir !== undefined) {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o777);
    await giveToGroup(path, group);
    return { path, readOnly: false };
  }
  if (volume.persistentVolumeClaim !== undefined) {
    const { claimName, readOnly = false } = volume.persistentVolumeClaim;
    return { path: await claimFolder(cluster, pod, claimName, places.shared, group), readOnly };
  }
  if (volume.nfs !== undefined) {
    const { server, path: exported, readOnly = false } = volume.nfs;
    return { path: await folder(join(places.shared, fileName(`nfs-${server}-${exported}`)), 0o777), readOnly };
  }
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  await writeFiles(path, await filesOf(cluster, outside, pod, volume, places), { defaultMode: modeOf(volume), group });
  return { path, readOnly: true };
}

async function filesOf(
  cluster: Cluster,
  outside: Outside,
  pod: Pod,
  volume: Volume,
  places: VolumePlaces,
): Promise<VolumeFile[]> {
  const namespace = pod.metadata.namespace ?? 'default';
  const fields = (items: { path: string; fieldRef?: { fieldPath: string }; mode?: number }[] = []): VolumeFile[] =>
    items.map(({ path, fieldRef, mode }) => ({
      path,
      content: Buffer.from(fieldValue(pod, fieldRef?.fieldPath ?? '', places)),
      ...(mode === undefined ? {} : { mode }),
    }));
  if (volume.configMap !== undefined) {
    return chooseKeys(keysOf(cluster, 'ConfigMap', namespace, volume.configMap), volume.configMap);
  }
  if (volume.secret !== undefined) {
    const { secretName, optional } = volume.secret;
    const reference = { name: secretName ?? '', ...(optional === undefined ? {} : { optional }) };
    return chooseKeys(keysOf(cluster, 'Secret', namespace, reference), volume.secret);
  }
  if (volume.downwardAPI !== undefined) {
    return fields(volume.downwardAPI.items);
  }
  if (volume.projected !== undefined) {
    return (volume.projected.sources ?? []).flatMap((source) => {
      if (source.configMap !== undefined) {
        return chooseKeys(keysOf(cluster, 'ConfigMap', namespace, source.configMap), source.configMap);
      }
      if (source.secret !== undefined) {
        return chooseKeys(keysOf(cluster, 'Secret', namespace, source.secret), source.secret);
      }
      if (source.downwardAPI !== undefined) {
        return fields(source.downwardAPI.items);
      }
      if (source.serviceAccountToken !== undefined) {
        const { path, audience = 'kubernetes' } = source.serviceAccountToken;
        const account = pod.spec.serviceAccountName ?? 'default';
        return [{ path, content: Buffer.from(`rehearsal:${namespace}:${account}:${audience}`) }];
      }
      throw new Error('the rehearsal does not implement this source of a projected volume');
    });
  }
  if (volume.csi?.driver === 'secrets-store.csi.k8s.io') {
    return vaultFiles(cluster, outside, namespace, volume.csi.volumeAttributes?.secretProviderClass ?? '');
  }
  const kind =
    volume.csi === undefined ? Object.keys(volume).find((key) => key !== 'name') : `csi ${volume.csi.driver}`;
  throw new Error(`the rehearsal does not implement volumes of the kind ${kind}`);
}

function modeOf(volume: Volume): number {
  return (volume.configMap ?? volume.secret ?? volume.projected ?? volume.downwardAPI)?.defaultMode ?? 0o644;
}

async function claimFolder(
  cluster: Cluster,
  pod: Pod,
  claimName: string,
  shared: string,
  group: number | undefined,
): Promise<string> {
  const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace, claimName);
  if (claim?.status?.phase !== 'Bound') {
    throw new Error(`claim ${claimName} is not bound yet`);
  }
  const name = String(claim.spec?.volumeName);
  const driver = cluster.get('PersistentVolume', undefined, name)?.spec?.csi as
    | { driver?: string; volumeAttributes?: Record<string, string> }
    | undefined;
  // A new disk belongs to root alone; a new share is open unless the driver is told otherwise.
  const permissions = driver?.volumeAttributes?.mountPermissions;
  const mode =
    permissions !== undefined ? Number.parseInt(permissions, 8) : driver?.driver?.startsWith('file') ? 0o777 : 0o755;
  const path = await folder(join(shared, fileName(name)), mode);
  await giveToGroup(path, group);
  return path;
}

async function folder(path: string, mode: number): Promise<string> {
  const created = await mkdir(path, { recursive: true });
  if (created !== undefined) {
    await chmod(path, mode);
  }
  return path;
}

/** Applies fsGroup when the volume's root does not carry it yet, as fsGroupChangePolicy OnRootMismatch does. */
async function giveToGroup(path: string, group: number | undefined): Promise<void> {
  if (group === undefined || process.getuid?.() !== 0 || (await stat(path)).gid === group) {
    return;
  }
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const inside = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) {
      await share(inside, group, entry.isDirectory());
    }
  }
  await share(path, group, true);
}

async function share(path: string, group: number, directory: boolean): Promise<void> {
  const { uid, mode } = await stat(path);
  await chown(path, uid, group);
  await chmod(path, (mode & 0o7777) | (directory ? 0o2770 : 0o660));
}

function fileName(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '_');
}
