/** The argument lists of terraform and tofu. Pure; nothing in them is secret. */

const COMMON = ['-input=false', '-no-color'] as const;

/** How init is run. */
export interface InitOptions {
  backendConfig: Readonly<Record<string, string>>;
  /** The root has a lock file of its providers: it is obeyed and not changed. */
  lockFile: boolean;
}

/** How a plan is made. */
export interface PlanOptions {
  /** Where the plan goes. It holds secrets in clear: keep it in a private folder and delete it. */
  planFile: string;
  /** `.tfvars` or `.tfvars.json` files; a later one wins. */
  variablesFiles: readonly string[];
  /** Operations at once. */
  parallelism: number;
  lockTimeoutMilliseconds: number;
  /** False leaves the state unlocked, for an identity that may only read it. */
  lock: boolean;
  /** Addresses; all when empty. */
  targets: readonly string[];
  /** Addresses that are replaced whatever they are. */
  replace: readonly string[];
  /** Only takes over what changed outside of Terraform. */
  refreshOnly: boolean;
  /** Plans to take away everything in the state, or what `targets` names. */
  destroy: boolean;
}

/** How a plan is applied. */
export type ApplyOptions = Pick<PlanOptions, 'planFile' | 'parallelism' | 'lockTimeoutMilliseconds'>;

/** `-reconfigure`: a folder that another environment was planned in before must not offer to move its state. */
export function initArguments({ backendConfig, lockFile }: InitOptions): string[] {
  const backend = Object.entries(backendConfig).map(([name, value]) => `-backend-config=${name}=${value}`);
  return ['init', ...COMMON, '-json', '-reconfigure', ...(lockFile ? ['-lockfile=readonly'] : []), ...backend];
}

/** With `-detailed-exitcode`: 0 nothing to change, 2 something to change, 1 an error. */
export function planArguments(options: PlanOptions): string[] {
  return [
    'plan',
    ...COMMON,
    '-json',
    '-detailed-exitcode',
    `-parallelism=${options.parallelism}`,
    ...lockArguments(options),
    ...(options.refreshOnly ? ['-refresh-only'] : []),
    ...(options.destroy ? ['-destroy'] : []),
    ...options.targets.map((address) => `-target=${address}`),
    ...options.replace.map((address) => `-replace=${address}`),
    ...options.variablesFiles.map((file) => `-var-file=${file}`),
    `-out=${options.planFile}`,
  ];
}

/** Shows a saved plan; its text has sensitive values in clear, so it is parsed and never printed. */
export function showArguments(planFile: string): string[] {
  return ['show', '-no-color', '-json', planFile];
}

/** Shows the state; its text has sensitive values in clear, so it is parsed and never printed. */
export function showStateArguments(): string[] {
  return ['show', '-no-color', '-json'];
}

/** Applies exactly a saved plan. Terraform itself refuses when the state has moved since. */
export function applyArguments(options: ApplyOptions): string[] {
  return [
    'apply',
    ...COMMON,
    '-json',
    `-parallelism=${options.parallelism}`,
    ...lockArguments({ ...options, lock: true }),
    options.planFile,
  ];
}

export function outputArguments(): string[] {
  return ['output', '-no-color', '-json'];
}

/**
 * Takes the lock of the state and gives it back, or tells who has it. It would change a resource of this address, and there
 * is none; no other command locks and needs neither providers nor variables.
 */
export function lockProbeArguments(): string[] {
  return ['untaint', '-no-color', '-lock-timeout=0s', 'terraform_data.moodle_high_scale_lock_probe'];
}

function lockArguments(options: { lock: boolean; lockTimeoutMilliseconds: number }): string[] {
  if (!options.lock) return ['-lock=false'];
  return [`-lock-timeout=${Math.ceil(options.lockTimeoutMilliseconds / 1000)}s`];
}
