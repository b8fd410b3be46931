/** Evaluates infra/modules/capacity with terraform or tofu: the formulas exist there and nowhere else. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Quantity } from '#toolkit/cost/cost';

const module = resolve(import.meta.dirname, '../../infra/modules/capacity');

/** Outputs of the model; infra/modules/capacity/outputs.tf says what each is. */
export interface Sizes {
  pages_per_second: number;
  governed_by: 'steady' | 'exam start';
  sql_statements_per_second: number;
  edge_requests_per_second: number;
  web_replicas: number;
  web_workers: number;
  cron_replicas: number;
  pgbouncer_replicas: number;
  pgbouncer_pool_size: number;
  redis_sessions_nodes: number;
  redis_cache_nodes: number;
  redis_memory: Record<'sessions' | 'cache', { maxmemory: number; total: number; used: number | null }>;
  files_quota_gib: number;
  files_performance: Record<'operations' | 'operations_needed' | 'mib' | 'mib_needed', number>;
  database: {
    sku_name: string;
    vcores: number;
    vcores_needed: number;
    max_connections: number;
    storage_mb: number;
    operations: number;
  };
  node_pools: Record<string, { vm_size: string; min_count: number; expected_count: number; max_count: number }>;
  /** By machine family. */
  vcpu_quota: Record<string, { largest: number; with_surge: number }>;
  network: Record<'most_nodes' | 'node_subnet_prefix' | 'pod_prefix' | 'private_link_addresses', number>;
  limits: { name: string; needed: number; available: number; remedy: string }[];
  bill_of_materials: Quantity[];
}

/** What the model is asked. */
export interface Question {
  users: number;
  /** Everybody begins the same exam within so many seconds. */
  examStartSeconds?: number;
  assumptions?: Record<string, number>;
}

/** A copy of the module, ready to be asked. */
export interface Model {
  /** Throws the model's own sentence for a value that it refuses. */
  sizes(question: Question): Sizes;
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
    const known = constants().map(([name]) => name);
    run('init', '-input=false', '-no-color');
    return {
      sizes({ users, examStartSeconds, assumptions = {} }) {
        const stray = Object.keys(assumptions).filter((name) => !known.includes(name));
        if (stray.length > 0) throw new Error(`The model has no ${stray.join(', ')}; it has ${known.join(', ')}.`);
        const variables = { concurrent_users: users, exam_start_seconds: examStartSeconds, assumptions };
        writeFileSync(join(folder, 'ask.tfvars.json'), JSON.stringify(variables));
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

/** The model's constants with their values, as variables.tf has them. */
export function constants(): [string, number][] {
  const text = readFileSync(join(module, 'variables.tf'), 'utf8');
  return [...text.matchAll(/^\s*(\w+)\s*=\s*optional\(number, ([\d.]+)\)/gm)].map(([, name = '', value]) => [
    name,
    Number(value),
  ]);
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
