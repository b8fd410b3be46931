/** What the CRDs of the served custom resources, and their admission webhooks, refuse beyond unknown fields and types. */
import type { StatusCause } from '../api-error.ts';
import { objectIn, objectsIn } from '../pod-defaults.ts';
import { invalidValue, required } from './causes.ts';

type Fields = Record<string, unknown>;

/** SecretProviderClass. */
export function checkSecretProviderClass(spec: Fields): StatusCause[] {
  return spec.provider === undefined ? [required('spec.provider')] : [];
}

/** The metadata that each trigger of KEDA cannot do without. */
const TRIGGER_METADATA: Readonly<Record<string, readonly string[]>> = {
  cpu: ['value'],
  memory: ['value'],
  cron: ['timezone', 'start', 'end', 'desiredReplicas'],
  prometheus: ['serverAddress', 'query', 'threshold'],
};

/** ScaledObject: required fields, triggers that this pipeline uses, and the counts as KEDA's webhook compares them. */
export function checkScaledObject(spec: Fields): StatusCause[] {
  const triggers = objectsIn(spec.triggers);
  const least = Number(spec.minReplicaCount ?? 0);
  const most = Number(spec.maxReplicaCount ?? 100);
  return [
    ...(objectIn(spec, 'scaleTargetRef')?.name === undefined ? [required('spec.scaleTargetRef.name')] : []),
    ...(triggers.length === 0 ? [required('spec.triggers')] : []),
    ...(least > most
      ? [
          invalidValue(
            'spec.minReplicaCount',
            least,
            `MinReplicaCount=${least} must be less than MaxReplicaCount=${most}`,
          ),
        ]
      : []),
    ...triggers.flatMap((trigger, index) => checkTrigger(trigger, `spec.triggers[${index}]`)),
  ];
}

function checkTrigger(trigger: Fields, path: string): StatusCause[] {
  const needed = TRIGGER_METADATA[String(trigger.type)];
  if (needed === undefined) {
    return [invalidValue(`${path}.type`, trigger.type, `no scaler found for type: ${String(trigger.type)}`)];
  }
  const metadata = objectIn(trigger, 'metadata') ?? {};
  const fields = ['start', 'end'].filter((key) => trigger.type === 'cron' && metadata[key] !== undefined);
  const notCron = fields.filter((key) => String(metadata[key]).trim().split(/\s+/).length !== 5);
  return [
    ...needed.filter((key) => metadata[key] === undefined).map((key) => required(`${path}.metadata.${key}`)),
    ...notCron.map((key) => invalidValue(`${path}.metadata.${key}`, metadata[key], 'error parsing schedule')),
  ];
}

const IDENTITY_PROVIDERS = ['azure-workload', 'aws', 'aws-eks', 'gcp', 'none'];

/** TriggerAuthentication. */
export function checkTriggerAuthentication(spec: Fields): StatusCause[] {
  const provider = objectIn(spec, 'podIdentity')?.provider;
  return provider === undefined || IDENTITY_PROVIDERS.includes(String(provider))
    ? []
    : [invalidValue('spec.podIdentity.provider', provider, `must be one of ${IDENTITY_PROVIDERS.join(', ')}`)];
}

const DURATION = /^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$/;

/** PodMonitor. */
export function checkPodMonitor(spec: Fields): StatusCause[] {
  const durations = objectsIn(spec.podMetricsEndpoints).flatMap((endpoint, index) =>
    ['interval', 'scrapeTimeout']
      .filter((key) => endpoint[key] !== undefined && !DURATION.test(String(endpoint[key])))
      .map((key) => invalidValue(`spec.podMetricsEndpoints[${index}].${key}`, endpoint[key], 'must be a duration')),
  );
  return [...(spec.selector === undefined ? [required('spec.selector')] : []), ...durations];
}
