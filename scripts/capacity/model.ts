/** Evaluates infra/modules/capacity with terraform or tofu: the formulas exist there and nowhere else. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const module = resolve(import.meta.dirname, '../../infra/modules/capacity');

/** Outputs of the model that are printed; it may have more. */
export interface Sizes {
  pages_per_second: number;
  sql_statements_per_second: number;
  web_replicas: number;
  web_workers: number;
  cron_replicas: number;
  pgbouncer_replicas: number;
  pgbouncer_pool_size: number;
  redis_sessions_nodes: number;
  redis_cache_nodes: number;
  files_quota_gib: number;
  database: { sku_name: string; vcores: number; max_connections: number; storage_mb: number };
  node_pools: Record<string, { vm_size: string; min_count: number; max_count: number }>;
  /** At their largest, by pool. */
  vcpus: Record<string, number>;
}

/** A copy of the module, ready to be asked. */
export interface Model {
  /** Throws the model's own sentence for a value that it refuses. */
  sizes(users: number, assumptions?: Record<string, number>): Sizes;
  close(): void;
}

export function openModel(): Model {
  const program = terraform();
  const folder = mkdtempSync(join(tmpdir(), 'capacity-'));
  const run = (...args: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' },
    });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(sentenceOf(stderr));
    return stdout;
  };
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    cpSync(module, folder, { recursive: true, filter: (source) => !/\.terraform|tfstate|[/\\]tests$/.test(source) });
    // A type that leaves names out would drop a misspelt one in silence.
    const known = assumptionNames(readFileSync(join(module, 'variables.tf'), 'utf8'));
    run('init', '-input=false', '-no-color');
    return {
      sizes(users, assumptions = {}) {
        const stray = Object.keys(assumptions).filter((name) => !known.includes(name));
        if (stray.length > 0) throw new Error(`The model has no ${stray.join(', ')}; it has ${known.join(', ')}.`);
        writeFileSync(join(folder, 'ask.tfvars.json'), JSON.stringify({ concurrent_users: users, assumptions }));
        run('plan', '-input=false', '-no-color', '-var-file=ask.tfvars.json', '-out=ask.plan');
        const plan = JSON.parse(run('show', '-json', 'ask.plan')) as {
          planned_values: { outputs: Record<string, { value: unknown }> };
        };
        const outputs = Object.entries(plan.planned_values.outputs).map(([name, { value }]) => [name, value]);
        return Object.fromEntries(outputs) as Sizes;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The names of the model's constants. */
export function assumptionNames(variables: string): string[] {
  return [...variables.matchAll(/^\s*(\w+)\s*=\s*optional\(/gm)].map(([, name = '']) => name);
}

function terraform(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = ['terraform', 'tofu'].find((name) => folders.some((folder) => existsSync(join(folder, name))));
  if (found === undefined)
    throw new Error('Neither terraform nor tofu is on PATH; `npm run setup` installs one, or install it yourself.');
  return found;
}

/**
 * The message of a framed error: the lines after the one that shows the condition's values, up to the one that says which
 * check it was.
 */
export function sentenceOf(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^[│╷╵]\s?/, '').trim())
    .filter((line) => line !== '');
  const from = lines.findLastIndex((line) => line.startsWith('├') || /^(│|\d+:|on )/.test(line));
  const to = lines.findIndex((line) => line.startsWith('This was checked by'));
  const message = lines.slice(from + 1, to === -1 ? undefined : to);
  return message.join(' ').replace(/^Error: /, '');
}
