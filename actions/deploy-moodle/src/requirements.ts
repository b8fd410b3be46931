/** What each component needs beyond what the contract can say. Pure. */
import type { InputsOf } from '#toolkit/action/contract';
import { kebabCase } from '#toolkit/action/contract';
import { UserError } from '#toolkit/errors';
import type { DeployContract } from './contract.ts';
import { readExamWindows } from './exam-windows.ts';

/** The inputs as the code sees them. */
export type Inputs = InputsOf<DeployContract>;

/** The components that are Kubernetes objects. */
export type KubernetesComponent = Exclude<Inputs['component'], 'image' | 'all'>;

/** The components of `all`, in the order in which they depend on each other. */
export const ALL_COMPONENTS: readonly KubernetesComponent[] = ['services', 'web', 'cron'];

const SERVICES = [
  'azureTenantId',
  'pgbouncerImage',
  'pgbouncerReplicas',
  'pgbouncerPoolSize',
  'databaseHost',
  'databaseName',
  'databaseUser',
  'keyVaultName',
  'workloadIdentityClientId',
  'filesStorageAccount',
  'filesShare',
  'hostName',
  'redisSessionSeeds',
  'redisCacheSeeds',
] as const;

const NEEDED: Readonly<Record<Inputs['component'], readonly (keyof Inputs)[]>> = {
  image: ['registryName', 'resourceGroup', 'azureSubscriptionId'],
  services: SERVICES,
  web: ['image', 'replicas'],
  cron: ['image', 'replicas'],
  all: [...SERVICES, 'image', 'replicas', 'cronReplicas'],
};

/** Names what a component lacks, all in one sentence. */
export function missingInputs(inputs: Inputs): string[] {
  // What only changes a number leaves the image that runs, and a plan without a number only tells what runs.
  const without = inputs.scaleOnly ? ['image', ...(inputs.mode === 'plan' ? ['replicas'] : [])] : [];
  const needed = NEEDED[inputs.component].filter((name) => !without.includes(name));
  const missing = needed.filter((name) => inputs[name] === undefined).map(kebabCase);
  const withServices = inputs.component === 'services' || inputs.component === 'all';
  const lacksGroup = withServices && inputs.filesResourceGroup === undefined && inputs.resourceGroup === undefined;
  return lacksGroup ? [...missing, 'files-resource-group'] : missing;
}

/** @throws UserError when an input that the component needs was not given */
export function requireInputs(inputs: Inputs): void {
  const missing = missingInputs(inputs);
  if (missing.length === 0) return;
  const list = missing.map((name) => `"${name}"`).join(', ');
  throw new UserError(
    `Component "${inputs.component}" needs the ${missing.length === 1 ? 'input' : 'inputs'} ${list}, not given.`,
  );
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d+)?$/i;
const SEED = /^[^\s:,]+:\d+$/;
const BY_DIGEST = /@sha256:[0-9a-f]{64}$/;

/**
 * Checks the form of what was given.
 *
 * @throws UserError that lists every input that is wrong
 */
export function checkInputs(inputs: Inputs): void {
  const problems: string[] = [];
  if (inputs.hostName !== undefined && !HOST.test(inputs.hostName)) {
    problems.push(`Input "host-name" must be a host name such as moodle.example.org; it is "${inputs.hostName}".`);
  }
  for (const name of ['redisSessionSeeds', 'redisCacheSeeds'] as const) {
    const given = inputs[name];
    if (given === undefined) continue;
    const list = seeds(given);
    // Moodle takes a single host for a plain Redis server, and every command would answer MOVED.
    if (list.length < 2 || !list.every((seed) => SEED.test(seed))) {
      const what = 'must name at least two nodes as host:port, separated by commas';
      problems.push(`Input "${kebabCase(name)}" ${what}; it is "${given}".`);
    }
  }
  if (isHalfGiven(inputs, 'objectStorageAccount', 'objectStorageContainer')) {
    problems.push('Inputs "object-storage-account" and "object-storage-container" must be given both or neither.');
  }
  // A plan may come before the build, which gives the digest.
  for (const name of inputs.mode === 'apply' ? (['image', 'pgbouncerImage'] as const) : []) {
    const given = inputs[name];
    if (given === undefined || BY_DIGEST.test(given)) continue;
    const why = 'because a tag may mean another image tomorrow';
    problems.push(`Input "${kebabCase(name)}" must be by digest, registry/name@sha256:…, ${why}; it is "${given}".`);
  }
  problems.push(...scalingProblems(inputs));
  for (const argument of inputs.buildArguments) {
    if (!/^[A-Za-z_]\w*=/.test(argument)) {
      problems.push(`Input "build-arguments" must have lines such as NAME=value; one is "${argument}".`);
    }
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/**
 * Whether one of two inputs that belong together is missing. A plan may meet a platform of which only a part is there, after an
 * apply that was stopped: then the other is not known yet.
 */
function isHalfGiven(inputs: Inputs, one: keyof Inputs, other: keyof Inputs): boolean {
  return inputs.mode === 'apply' && (inputs[one] === undefined) !== (inputs[other] === undefined);
}

/** What does not fit together of the inputs that say how many pods there are. */
function scalingProblems(inputs: Inputs): string[] {
  const { component, minimumReplicas: least, replicas: most, metricsEndpoint } = inputs;
  const problems: string[] = [];
  if (inputs.scaleOnly && component !== 'web' && component !== 'cron') {
    problems.push(`Input "scale-only" is for the components web and cron; the component is ${component}.`);
  }
  if (least !== undefined && most !== undefined && least > most) {
    problems.push(`Input "minimum-replicas" must be at most "replicas", ${most}; it is ${least}.`);
  }
  if (readExamWindows(inputs.examWindows).length > 0 && least === undefined) {
    problems.push('Input "exam-windows" needs "minimum-replicas": a fixed number of pods knows no clock.');
  }
  if (isHalfGiven(inputs, 'metricsEndpoint', 'metricsIdentityClientId')) {
    problems.push('Inputs "metrics-endpoint" and "metrics-identity-client-id" must be given both or neither.');
  }
  if (metricsEndpoint !== undefined && !metricsEndpoint.startsWith('https://')) {
    problems.push(`Input "metrics-endpoint" must be an address such as https://…; it is "${metricsEndpoint}".`);
  }
  return problems;
}

/** A list of nodes, given with commas or line by line. */
export function seeds(given: string): string[] {
  return given.split(/[\s,]+/).filter((seed) => seed !== '');
}
