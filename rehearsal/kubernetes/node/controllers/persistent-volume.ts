/**
 * Binds claims to volumes: to the volume they name, or to a new one of their class. The classes are those that AKS
 * brings along; disks of a zone-bound class wait for their first pod and then belong to that pod's zone.
 */
import type { KubeObject } from '../../ports.ts';
import { type Cluster, refOf } from '../cluster.ts';
import { podOf } from '../objects.ts';
import { zoneLabel } from './nodes.ts';

const manager = 'persistentvolume-controller';

/** How a storage class of AKS makes volumes. */
export interface StorageClass {
  provisioner: string;
  /** A disk: made when a pod uses it, in the zone of that pod. */
  zonal: boolean;
}

const disk: StorageClass = { provisioner: 'disk.csi.azure.com', zonal: true };
const file: StorageClass = { provisioner: 'file.csi.azure.com', zonal: false };
const builtIn: Record<string, StorageClass> = {
  default: disk,
  managed: disk,
  'managed-csi': disk,
  'managed-premium': disk,
  'managed-csi-premium': disk,
  azurefile: file,
  'azurefile-csi': file,
  'azurefile-premium': file,
  'azurefile-csi-premium': file,
};

/** The class of a name: one of AKS or a StorageClass object; undefined when there is none. */
export function storageClassOf(cluster: Cluster, name: string): StorageClass | undefined {
  const object = cluster.get('StorageClass', undefined, name);
  if (object === undefined) {
    return builtIn[name];
  }
  return { provisioner: String(object.provisioner), zonal: object.volumeBindingMode === 'WaitForFirstConsumer' };
}

/** Reconciles every claim. */
export function reconcileVolumes(cluster: Cluster): undefined {
  for (const claim of cluster.list('PersistentVolumeClaim')) {
    if (claim.status?.phase !== 'Bound' && claim.metadata.deletionTimestamp === undefined) {
      bind(cluster, claim);
    }
  }
  for (const volume of cluster.list('PersistentVolume')) {
    settle(cluster, volume);
  }
}

function bind(cluster: Cluster, claim: KubeObject): void {
  const spec = claim.spec ?? {};
  const named = typeof spec.volumeName === 'string' && spec.volumeName !== '' ? spec.volumeName : undefined;
  const className = typeof spec.storageClassName === 'string' ? spec.storageClassName : 'default';
  const volume =
    named === undefined
      ? (matching(cluster, claim) ?? provision(cluster, claim, className))
      : cluster.get('PersistentVolume', undefined, named);
  if (volume === undefined || !isFreeFor(volume, claim)) {
    cluster.setStatus(claim, { phase: 'Pending' }, manager);
    return;
  }
  const { name, namespace, uid } = claim.metadata;
  cluster.change(
    volume,
    (draft) => {
      draft.spec = {
        ...draft.spec,
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace: namespace ?? '', uid },
      };
    },
    manager,
  );
  cluster.setStatus(volume, { phase: 'Bound' }, manager);
  cluster.change(
    claim,
    (draft) => {
      draft.spec = { ...draft.spec, volumeName: volume.metadata.name };
    },
    manager,
  );
  const { capacity, accessModes } = volume.spec ?? {};
  cluster.setStatus(claim, { phase: 'Bound', capacity, accessModes }, manager);
}

/** Whether nobody else holds the volume or has it reserved. A volume that was released stays with the claim that is gone. */
function isFreeFor(volume: KubeObject, claim: KubeObject): boolean {
  const holder = volume.spec?.claimRef as { name?: string; namespace?: string; uid?: string } | undefined;
  const { name, namespace, uid } = claim.metadata;
  return (
    holder === undefined ||
    (holder.name === name && holder.namespace === namespace && (holder.uid === undefined || holder.uid === uid))
  );
}

/** An unclaimed volume for a claim that asks for no class: what static provisioning binds. */
function matching(cluster: Cluster, claim: KubeObject): KubeObject | undefined {
  const { name, namespace } = claim.metadata;
  const wanted = claim.spec?.storageClassName;
  return cluster.list('PersistentVolume').find((volume) => {
    const reserved = volume.spec?.claimRef as { name?: string; namespace?: string; uid?: string } | undefined;
    if (reserved !== undefined) {
      return reserved.uid === undefined && reserved.name === name && reserved.namespace === namespace;
    }
    return (
      wanted !== undefined && (volume.spec?.storageClassName ?? '') === wanted && builtIn[String(wanted)] === undefined
    );
  });
}

function provision(cluster: Cluster, claim: KubeObject, className: string): KubeObject | undefined {
  const storageClass = storageClassOf(cluster, className);
  if (storageClass === undefined) {
    if (className !== '') {
      const message = `storageclass.storage.k8s.io "${className}" not found`;
      reportOnce(cluster, claim, { reason: 'ProvisioningFailed', message });
    }
    return undefined;
  }
  const zone = storageClass.zonal ? zoneOfConsumer(cluster, claim) : undefined;
  if (storageClass.zonal && zone === undefined) {
    return undefined;
  }
  const requests = claim.spec?.resources as { requests?: Record<string, string> } | undefined;
  const terms = [{ matchExpressions: [{ key: zoneLabel, operator: 'In', values: [zone ?? ''] }] }];
  return cluster.create(
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `pvc-${claim.metadata.uid}` },
      spec: {
        capacity: { storage: requests?.requests?.storage ?? '1Gi' },
        accessModes: claim.spec?.accessModes ?? ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: className,
        volumeMode: 'Filesystem',
        csi: { driver: storageClass.provisioner, volumeHandle: `pvc-${claim.metadata.uid}` },
        ...(zone === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
      },
      status: { phase: 'Pending' },
    },
    manager,
  );
}

function zoneOfConsumer(cluster: Cluster, claim: KubeObject): string | undefined {
  const user = cluster
    .list('Pod', claim.metadata.namespace)
    .map(podOf)
    .find(
      ({ spec }) =>
        spec.nodeName !== undefined &&
        spec.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === claim.metadata.name),
    );
  const node = user?.spec.nodeName === undefined ? undefined : cluster.get('Node', undefined, user.spec.nodeName);
  return node?.metadata.labels?.[zoneLabel];
}

/** A volume whose claim has gone is removed with its data (Delete) or kept as Released (Retain). */
function settle(cluster: Cluster, volume: KubeObject): void {
  const reference = volume.spec?.claimRef as { name?: string; namespace?: string; uid?: string } | undefined;
  if (reference?.uid === undefined) {
    cluster.setStatus(volume, { phase: 'Available' }, manager);
    return;
  }
  const claim = cluster.get('PersistentVolumeClaim', reference.namespace, String(reference.name));
  if (claim?.metadata.uid === reference.uid) {
    return;
  }
  if (volume.spec?.persistentVolumeReclaimPolicy === 'Delete') {
    cluster.store.remove(refOf(volume));
  } else {
    cluster.setStatus(volume, { phase: 'Released' }, manager);
  }
}

function reportOnce(cluster: Cluster, object: KubeObject, event: { reason: string; message: string }): void {
  const known = cluster.list('Event', object.metadata.namespace).some((other) => {
    const about = other.involvedObject as { uid?: string };
    return about.uid === object.metadata.uid && other.message === event.message;
  });
  if (!known) {
    cluster.report(object, { type: 'Warning', ...event }, manager);
  }
}
