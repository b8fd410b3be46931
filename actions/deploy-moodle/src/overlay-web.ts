/** What the overlay of the web pods adds: autoscaling, headroom, monitoring and exam mode, each by its inputs. Pure. */
import { examTriggers, readExamWindows, type Trigger } from './exam-windows.ts';
import { type Known, type Parts, patch, replicas } from './overlay-parts.ts';
import type { Inputs } from './requirements.ts';

/** Per cent of the processors that a pod asks for: the utilisation that docs/capacity.md sizes for. */
const BUSY_PROCESSORS = '60';
/** Of the 20 PHP workers of a pod. */
const BUSY_WORKERS = '14';

/** The parts that inputs ask for. */
export function webParts(inputs: Inputs, known: Known): Pick<Parts, 'components' | 'replicas' | 'patches'> {
  const { minimumReplicas, examMode, headroomPods, monitoring } = inputs;
  const automatic = minimumReplicas !== undefined;
  return {
    components: [
      ...(automatic ? ['components/autoscaling'] : []),
      ...(headroomPods > 0 ? ['components/headroom'] : []),
      ...(monitoring ? ['components/monitoring'] : []),
      ...(examMode ? ['components/exam-mode'] : []),
    ],
    replicas: headroomPods > 0 ? replicas('moodle-headroom', headroomPods) : [],
    patches: automatic ? autoscaling(inputs, minimumReplicas, known) : [],
  };
}

function autoscaling(inputs: Inputs, minimum: number, { replicas: most = minimum, now }: Known): Parts['patches'] {
  const { examMode, metricsEndpoint, metricsIdentityClientId: identityId } = inputs;
  const spec = {
    minReplicaCount: examMode ? most : minimum,
    maxReplicaCount: most,
    triggers: triggersOf(inputs, examTriggers(readExamWindows(inputs.examWindows), most, now)),
  };
  const scaling = patch('keda.sh/v1alpha1', 'ScaledObject', 'moodle-web', 'spec', spec);
  const authentication = { apiVersion: 'keda.sh/v1alpha1', kind: 'TriggerAuthentication' };
  const target = { kind: 'TriggerAuthentication', name: 'moodle-metrics' };
  if (metricsEndpoint === undefined) {
    const removed = { ...authentication, metadata: { name: target.name }, $patch: 'delete' };
    return [...scaling, { target, patch: JSON.stringify(removed) }];
  }
  const identity = { podIdentity: { identityId } };
  return [...scaling, ...patch(authentication.apiVersion, target.kind, target.name, 'spec', identity)];
}

function triggersOf({ metricsEndpoint, namespace }: Inputs, clock: Trigger[]): Trigger[] {
  const processors: Trigger = { type: 'cpu', metricType: 'Utilization', metadata: { value: BUSY_PROCESSORS } };
  if (metricsEndpoint === undefined) return [processors, ...clock];
  const workers: Trigger = {
    type: 'prometheus',
    metadata: {
      serverAddress: metricsEndpoint,
      query: `sum(phpfpm_active_processes{namespace="${namespace}"})`,
      threshold: BUSY_WORKERS,
    },
    authenticationRef: { name: 'moodle-metrics' },
  };
  return [processors, workers, ...clock];
}
