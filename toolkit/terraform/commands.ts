/** The argument lists of terraform and tofu. Pure; nothing in them is secret. */

const COMMON = ['-input=false', '-no-color'] as const;

/** How a plan is made. */
export interface PlanOptions {
  /** Where the plan goes. It holds secrets in clear: keep it in a private folder and delete it. */
  planFile: string;
  /** A `.tfvars.json` file. */
  variablesFile: string;
  /** Operations at once. */
  parallelism: number;
  lockTimeoutMilliseconds: number;
  /** False leaves the state unlocked, for an identity that may only read it. */
  lock: boolean;
}

/** `-reconfigure`: a folder that another environment was planned in before must not offer to move its state. */
export function initArguments(backendConfig: Readonly<Record<string, string>>): string[] {
  const backend = Object.entries(backendConfig).map(([name, value]) => `-backend-config=${name}=${value}`);
  return ['init', ...COMMON, '-json', '-reconfigure', ...backend];
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
    `-var-file=${options.variablesFile}`,
    `-out=${options.planFile}`,
  ];
}

/** Shows a saved plan; its text has sensitive values in clear, so it is parsed and never printed. */
export function showArguments(planFile: string): string[] {
  return ['show', '-no-color', '-json', planFile];
}

/** Applies exactly a saved plan. Terraform itself refuses when the state has moved since. */
export function applyArguments(options: Omit<PlanOptions, 'variablesFile' | 'lock'>): string[] {
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

function lockArguments(options: { lock: boolean; lockTimeoutMilliseconds: number }): string[] {
  if (!options.lock) return ['-lock=false'];
  return [`-lock-timeout=${Math.ceil(options.lockTimeoutMilliseconds / 1000)}s`];
}
