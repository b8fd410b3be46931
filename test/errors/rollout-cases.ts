/** Rollouts that cannot succeed, as docs/rollout-errors.md lists them: what the cluster says, and nothing else. */
import type { KubeObject } from '#toolkit/kube/kube';

/** One row of the page. */
export interface RolloutCase {
  /** What went wrong, in Markdown. */
  situation: string;
  /** The status of the Deployment, beside its counts. */
  conditions?: object[];
  /** The status of its newest pod; none when there is no pod. */
  pod?: object;
  /** Events about that pod: reason, message, and `Normal` where it is no warning. */
  events?: (readonly [reason: string, message: string, type?: string])[];
  /** The last lines of its log. */
  log?: string;
  /** The autoscaler's least number of pods, and what KEDA says of itself. */
  autoscaler?: { least: number; ready: object };
  /** Counts of the Deployment, when it is not one new pod beside two old ones. */
  counts?: object;
}

const waiting = (reason: string, message = '', more: object = {}): object => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'web', ready: false, state: { waiting: { reason, message } }, ...more }],
});
const creating = waiting('ContainerCreating');
const ended = (exitCode: number, reason = 'Error') => ({ lastState: { terminated: { exitCode, reason } } });
const running = (more: object = {}): object => ({
  phase: 'Running',
  containerStatuses: [{ name: 'web', ready: false, started: true, restartCount: 0, state: { running: {} }, ...more }],
});
const unschedulable = (message: string): object => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
const image = 'moodle.azurecr.io/moodle@sha256:1111';
const pull = (cause: string): string =>
  `Failed to pull image "${image}": failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${cause}`;

/** All of them, from the registry to the request. */
export const ROLLOUT_CASES: readonly RolloutCase[] = [
  {
    situation: 'The registry has no such image',
    pod: waiting('ErrImagePull', 'rpc error'),
    events: [['Failed', pull(`${image}: not found`)]],
  },
  {
    situation: 'The nodes may not pull from the registry',
    pod: waiting('ImagePullBackOff', `Back-off pulling image "${image}"`),
    events: [['Failed', pull('failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized')]],
  },
  {
    situation: 'The name of the image is none',
    pod: waiting('InvalidImageName', 'couldn\'t parse image name "Moodle:"'),
  },
  {
    situation: 'A ConfigMap that the pods name is not there',
    pod: waiting('CreateContainerConfigError', 'configmap "moodle-config" not found'),
  },
  {
    situation: 'The command of the container is not in the image',
    pod: waiting('RunContainerError', 'exec: "/usr/local/bin/moodle-web": no such file or directory'),
  },
  {
    situation: 'A secret is not in Key Vault',
    pod: creating,
    events: [
      [
        'FailedMount',
        'MountVolume.SetUp failed for volume "secrets" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod moodle/moodle-web-1: A secret with (name/id) database-password was not found in this key vault. Status: 404 (Not Found)',
      ],
    ],
  },
  {
    situation: "The pods' identity may not read the vault",
    pod: creating,
    events: [
      [
        'FailedMount',
        'MountVolume.SetUp failed for volume "secrets" : rpc error: code = Unknown desc = failed to mount secrets store objects: Caller is not authorized to perform action on resource. Status: 403 (Forbidden)',
      ],
    ],
  },
  {
    situation: 'The NFS share cannot be reached',
    pod: creating,
    events: [
      [
        'FailedMount',
        'MountVolume.MountDevice failed for volume "moodle-data" : rpc error: code = Internal desc = mount.nfs4: Connection timed out',
      ],
    ],
  },
  {
    situation: 'The process ends at once',
    pod: waiting('CrashLoopBackOff', 'back-off', { restartCount: 3, ...ended(78) }),
    log: 'moodle-web: MOODLE_DB_HOST is not set\n',
  },
  {
    situation: 'The process ends without a word',
    pod: waiting('CrashLoopBackOff', 'back-off', { restartCount: 3, ...ended(139) }),
    log: '',
  },
  {
    situation: 'The pod needs more memory than it may have',
    pod: waiting('CrashLoopBackOff', 'back-off', { restartCount: 3, ...ended(137, 'OOMKilled') }),
    log: 'php-fpm: child 71 exited on signal 9\n',
  },
  {
    situation: 'PHP-FPM never answers: the startup probe ends the container',
    pod: running({ started: false, restartCount: 1, ...ended(143) }),
    events: [
      ['Unhealthy', 'Startup probe failed: HTTP probe failed with statuscode: 502'],
      ['Killing', 'Container web failed startup probe, will be restarted', 'Normal'],
    ],
    log: 'ERROR: unable to bind listening socket\n',
  },
  {
    situation: 'nginx hangs: the liveness probe ends the container',
    pod: running({ restartCount: 1, ...ended(143) }),
    events: [
      ['Unhealthy', 'Liveness probe failed: Get "http://10.128.0.7:8081/healthz": context deadline exceeded'],
      ['Killing', 'Container web failed liveness probe, will be restarted', 'Normal'],
    ],
    log: 'worker process 12 is shutting down\n',
  },
  {
    situation: 'The pod starts and does not become ready',
    pod: running(),
    events: [['Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503']],
  },
  {
    situation: 'No node has room, and the autoscaler may add none',
    pod: unschedulable('0/12 nodes are available: 9 Insufficient cpu, 3 node(s) had untolerated taint'),
    events: [['NotTriggerScaleUp', "pod didn't trigger scale-up: 1 max node group size reached", 'Normal']],
  },
  {
    situation: 'No node has room, and none comes',
    pod: unschedulable('0/12 nodes are available: 12 Insufficient memory'),
    events: [['TriggeredScaleUp', 'pod triggered scale-up: [{aks-app 6->7 (max: 9)}]', 'Normal']],
  },
  {
    situation: 'No node has the label that the pods ask for',
    pod: unschedulable("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector"),
  },
  {
    situation: 'A quota of the namespace is used up',
    conditions: [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message:
          'pods "moodle-web-1" is forbidden: exceeded quota: compute, requested: requests.cpu=3, used: requests.cpu=60, limited: requests.cpu=60',
      },
    ],
  },
  {
    situation: 'Pod security refuses the pods',
    conditions: [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message:
          'pods "moodle-web-1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)',
      },
    ],
  },
  {
    situation: 'Azure Policy refuses the pods',
    conditions: [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message:
          'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-k8sazurev3allowedcapabilities] container web has a disallowed capability',
      },
    ],
  },
  {
    situation: 'The controller gives up, and nothing else is known',
    conditions: [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "moodle-web-1" has timed out progressing.',
      },
    ],
  },
  { situation: 'It takes longer than `rollout-timeout`', pod: creating },
  {
    situation: 'KEDA does not bring the pods that there must be',
    counts: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    autoscaler: {
      least: 75,
      ready: { type: 'Ready', status: 'False', message: 'error getting metrics for trigger: 403 Forbidden' },
    },
  },
];

/** The Deployment that rolls out in all of them. */
export function deploymentOf({ conditions = [], counts, autoscaler }: RolloutCase): KubeObject {
  const replicas = autoscaler === undefined ? 3 : 1;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'moodle-web',
      uid: 'd',
      generation: 1,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
    spec: { replicas, selector: { matchLabels: { 'app.kubernetes.io/name': 'moodle-web' } } },
    status: {
      observedGeneration: 1,
      conditions,
      ...(counts ?? { replicas: 4, updatedReplicas: 1, availableReplicas: 3 }),
    },
  };
}
