/** Starts the node half: controllers, scheduler, kubelet and service network over one store. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerProcess, KubeObject, Outside, PodRuntime, Store } from '../ports.ts';
import { Addresses } from './addresses.ts';
import { type Clock, systemClock } from './clock.ts';
import { Cluster } from './cluster.ts';
import { reconcileAutoscalers } from './controllers/autoscaler.ts';
import { startControlLoop } from './controllers/control-loop.ts';
import { reconcileDeployments } from './controllers/deployment.ts';
import { reconcileDisruptionBudgets } from './controllers/disruption-budget.ts';
import { reconcileJobs } from './controllers/job.ts';
import { reconcileScaledObjects } from './controllers/keda.ts';
import { defaultNodes, ensureNodes, type NodeOptions } from './controllers/nodes.ts';
import { reconcileVolumes } from './controllers/persistent-volume.ts';
import { reconcileReplicaSets } from './controllers/replica-set.ts';
import { isReachable, serviceController } from './controllers/service.ts';
import { reconcileServiceAccounts } from './controllers/service-account.ts';
import { reconcileStatefulSets } from './controllers/stateful-set.ts';
import { ImageStore } from './images.ts';
import { logFile } from './kubelet/container-plan.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import { readLog } from './kubelet/logs.ts';
import type { BackOff } from './kubelet/pod-context.ts';
import { ServiceNetwork } from './network/proxy.ts';
import { podOf } from './objects.ts';
import { schedulePods } from './scheduler/schedule.ts';

/** What the nodes are started with. */
export interface NodesOptions {
  store: Store;
  outside: Outside;
  /** Where pods, volumes and images live; kept between runs. Not below /usr or /etc. */
  directory: string;
  nodes?: readonly NodeOptions[];
  /** The Moodle code for images that would have fetched it. */
  moodleTree?: string;
  clock?: Clock;
  backOff?: BackOff;
  /** 0 to 255: sets clusters on one machine apart. */
  addressBlock?: number;
  log?: (line: string) => void;
}

/** Starts everything. Pods that the store has from an earlier run are started again with their addresses and volumes. */
export function startNodes(options: NodesOptions): PodRuntime {
  const { store, outside, directory } = options;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? (() => {});
  const cluster = new Cluster(store, clock);
  const addresses = heldAddresses(cluster, options.addressBlock ?? 0);
  const podsDirectory = join(directory, 'pods');
  const volumesDirectory = join(directory, 'volumes');
  mkdirSync(podsDirectory, { recursive: true });
  mkdirSync(volumesDirectory, { recursive: true });
  ensureNodes(cluster, options.nodes ?? defaultNodes);
  removeWithData(cluster, volumesDirectory);

  const endLoop = startControlLoop(
    cluster,
    {
      serviceAccounts: reconcileServiceAccounts,
      deployments: reconcileDeployments,
      replicaSets: reconcileReplicaSets,
      statefulSets: reconcileStatefulSets,
      jobs: reconcileJobs,
      scheduler: schedulePods,
      volumes: reconcileVolumes,
      services: serviceController(addresses, outside, log),
      disruptionBudgets: reconcileDisruptionBudgets,
      scaledObjects: reconcileScaledObjects,
      autoscalers: reconcileAutoscalers,
    },
    log,
  );
  const images = new ImageStore(outside, join(directory, 'images'), options.moodleTree);
  const backOff = options.backOff ?? { first: 500, longest: 8000 };
  const kubelet = new Kubelet(
    { cluster, outside, images, clock, backOff, podsDirectory, volumesDirectory, log },
    addresses,
  );
  const network = new ServiceNetwork(cluster);

  return {
    exec: async (ref, command, { stdin }) => enter(cluster, kubelet, ref, command, stdin),
    logs: async (ref, { follow, tailLines, previous }) => {
      const { object, status } = findContainer(cluster, ref);
      if (previous === true && status.restartCount === 0) {
        throw new Error(`previous terminated container "${status.name}" in pod "${ref.pod}" not found`);
      }
      const attempt = status.restartCount - (previous === true ? 1 : 0);
      if (status.state.waiting !== undefined && previous !== true && status.lastState === undefined) {
        throw new Error(
          `container "${status.name}" in pod "${ref.pod}" is waiting to start: ${status.state.waiting.reason}`,
        );
      }
      const running = (): boolean => {
        const now = statusOf(cluster.get('Pod', ref.namespace, ref.pod), status.name);
        return previous !== true && now?.state.running !== undefined && now.restartCount === attempt;
      };
      return readLog(logFile(join(podsDirectory, object.metadata.uid), status.name, attempt), {
        tailLines,
        follow,
        running,
      });
    },
    stop: async () => {
      endLoop();
      await Promise.all([kubelet.stop(), network.stop()]);
      cluster.close();
    },
  };
}

/** The addresses that stored pods and Services hold. */
function heldAddresses(cluster: Cluster, block: number): Addresses {
  const addresses = new Addresses(block);
  for (const pod of cluster.list('Pod')) {
    const { podIP } = podOf(pod).status;
    if (podIP !== undefined) {
      addresses.keep('pod', podIP, pod.metadata.uid);
    }
  }
  for (const service of cluster.list('Service')) {
    const ip = service.spec?.clusterIP;
    if (typeof ip === 'string' && isReachable(ip)) {
      addresses.keep('service', ip, service.metadata.uid);
    }
  }
  return addresses;
}

/** The data of a volume goes with a PersistentVolume whose policy is Delete. */
function removeWithData(cluster: Cluster, volumesDirectory: string): void {
  cluster.onChange(({ type, object }) => {
    const gone = object.kind === 'PersistentVolume' && type === 'DELETED';
    if (gone && object.spec?.persistentVolumeReclaimPolicy === 'Delete') {
      rmSync(join(volumesDirectory, object.metadata.name), { recursive: true, force: true });
    }
  });
}

interface ContainerRef {
  namespace: string;
  pod: string;
  container?: string;
}

function findContainer(cluster: Cluster, ref: ContainerRef) {
  const object = cluster.get('Pod', ref.namespace, ref.pod);
  if (object === undefined) {
    throw new Error(`pods "${ref.pod}" not found`);
  }
  const { spec, metadata } = podOf(object);
  const fallback = metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? spec.containers[0]?.name ?? '';
  const name = ref.container ?? fallback;
  const known = [...spec.containers, ...(spec.initContainers ?? [])].some((container) => container.name === name);
  if (!known) {
    throw new Error(`container ${name} is not valid for pod ${ref.pod}`);
  }
  const status = statusOf(object, name) ?? {
    name,
    restartCount: 0,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: undefined,
  };
  return { object, status };
}

function statusOf(object: KubeObject | undefined, name: string) {
  const status = object === undefined ? undefined : podOf(object).status;
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    (candidate) => candidate.name === name,
  );
}

function enter(
  cluster: Cluster,
  kubelet: Kubelet,
  ref: ContainerRef,
  command: string[],
  stdin: boolean,
): ContainerProcess {
  const { object, status } = findContainer(cluster, ref);
  const running = kubelet.worker(object)?.runner(status.name)?.running;
  if (running === undefined) {
    throw new Error(`unable to upgrade connection: container not found ("${status.name}")`);
  }
  return running.enter(command, { stdin });
}
