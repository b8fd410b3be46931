/** Validation of an object that is about to be stored: everything wrong with it in one 422. */
import { invalid, type StatusCause } from '../api-error.ts';
import type { KubeObject } from '../ports.ts';
import { resourceOfKind } from '../resources.ts';
import {
  checkPodMonitor,
  checkScaledObject,
  checkSecretProviderClass,
  checkTriggerAuthentication,
} from './custom-resources.ts';
import { checkImmutable } from './immutable.ts';
import { checkModel, type Models } from './models.ts';
import { checkNames } from './names.ts';
import { checkPodSpec } from './pods.ts';
import { checkAutoscaler, checkClaim, checkDisruptionBudget, checkService, checkVolume } from './services.ts';
import { checkCronJob, checkDeployment, checkJob, checkReplicated } from './workloads.ts';

/** Throws a 422 that names every field at fault, or a 400 for a quantity that can't be read. */
export function validateObject(models: Models, next: KubeObject, live?: KubeObject): void {
  const formal = checkModel(models, next);
  const own = checkOwnRules(next);
  const fields = new Set(own.map((cause) => cause.field));
  const causes = [
    ...formal.filter((cause) => !fields.has(cause.field)),
    ...own,
    ...(live === undefined ? [] : checkImmutable(live, next)),
  ];
  if (causes.length > 0) {
    throw invalid(resourceOfKind(next.kind), next.metadata.name, causes);
  }
}

/** The rules that need no generated validator: names, and what each kind's validation says beyond its schema. */
export function checkOwnRules(object: KubeObject): StatusCause[] {
  return [...checkNames(object), ...(rules[object.kind]?.(object.spec ?? {}) ?? [])];
}

const rules: Record<string, (spec: Record<string, unknown>) => StatusCause[]> = {
  Pod: (spec) => checkPodSpec(spec, 'spec', { claims: [] }),
  Deployment: checkDeployment,
  ReplicaSet: checkReplicated,
  StatefulSet: checkReplicated,
  Job: checkJob,
  CronJob: checkCronJob,
  Service: checkService,
  PodDisruptionBudget: checkDisruptionBudget,
  HorizontalPodAutoscaler: checkAutoscaler,
  PersistentVolumeClaim: checkClaim,
  PersistentVolume: checkVolume,
  SecretProviderClass: checkSecretProviderClass,
  ScaledObject: checkScaledObject,
  TriggerAuthentication: checkTriggerAuthentication,
  PodMonitor: checkPodMonitor,
};
