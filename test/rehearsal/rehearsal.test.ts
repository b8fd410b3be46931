/**
 * The rehearsal as a newcomer runs it, by process. Two lanes of rehearsals run beside each other, each in a folder of its
 * own; the tests look at what they came to.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connections, objects, readWorld, redis, redisShape, sql, type World } from './end-state.ts';
import {
  leftovers,
  listeners,
  processes,
  type RehearsalEnd,
  rehearse,
  startRehearsal,
  until,
} from './rehearsal-process.ts';
import { buildLogs, filesWithSecrets, podLogs, type Secret, secretsIn, secretsOf } from './secrets.ts';

jest.setTimeout(600_000);

const PHASES = [
  'plan',
  'gate',
  'recheck',
  'infra',
  'redis-sessions',
  'redis-cache',
  'pgbouncer-image',
  'image',
  'services',
  'database',
  'web',
  'cron',
  'frontend',
  'approve-pls',
  'smoke',
];
/** Phases that plan all the others. */
const PLANNED = ['plan', 'recheck'];
/** Phases in which nothing is reconciled. */
const NOTHING_RECONCILED = ['gate', 'smoke'];
const DEVELOPMENT = ['--worktree', '--environment', 'development'];

interface Report {
  result: string;
  environment: string;
  unchanged?: number;
  seconds: number;
  reasons: string[];
  phases: {
    name: string;
    status: string;
    outcome: string;
    seconds: number;
    steps: unknown[];
    outputs: Record<string, string>;
  }[];
  pullRequest?: {
    resources: { environment: string; infra: Record<string, number>; frontend: Record<string, number> }[];
    comment: string;
  };
}

const home = mkdtempSync(join(tmpdir(), 'rehearsal-test-'));
const folder = (name: string): string => join(home, name);
const reportOf = (directory: string): Report => JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'));
/** Outputs by other names; each must have a value. */
function pick(outputs: Record<string, string>, names: Record<string, string>): Record<string, unknown> {
  const values = Object.entries(names).map(([name, from]) => [name, outputs[from] || `no output ${from}`]);
  return Object.fromEntries(values) as Record<string, unknown>;
}
const statuses = ({ phases }: Report) => Object.fromEntries(phases.map(({ name, status }) => [name, status]));
const blockOf = (directory: string): number =>
  (JSON.parse(readFileSync(join(directory, 'state/world.json'), 'utf8')) as { block: number }).block;

/** What is kept of an environment that was deployed and looked into, and of the run after that. */
interface Kept {
  first: RehearsalEnd;
  report: Report;
  html: string;
  /** Argument lists of all processes of the machine, and environments of those in pods. */
  commandLines: Set<string>;
  podEnvironments: Set<string>;
  secrets: Secret[];
  /** Files with a secret in them: of the runs with their jobs, summaries and artifacts, the reports, the objects ever stored. */
  withSecret: string[];
  world: World;
  block: number;
}

const kept = folder('kept');

/** Deploys development, and notes every argument list of the machine meanwhile. */
async function deploy(): Promise<Kept> {
  const run = startRehearsal({ directory: kept, arguments: [...DEVELOPMENT, '--keep'], throughNpmScript: true });
  const commandLines = new Set<string>();
  const podEnvironments = new Set<string>();
  const sampler = setInterval(() => {
    for (const { commandLine, environment: variables } of processes()) {
      commandLines.add(commandLine);
      if (/^REHEARSAL_POD_IP=/m.test(variables)) podEnvironments.add(variables);
    }
  }, 250);
  const first = await run.end;
  clearInterval(sampler);
  if (!existsSync(join(kept, 'world.json'))) throw new Error(first.log);
  const secrets = secretsOf(kept);
  const places = ['run', 'preview', 'report.json', 'report.html', 'state/kubernetes.json'];
  return {
    first,
    report: reportOf(kept),
    html: readFileSync(join(kept, 'report.html'), 'utf8'),
    commandLines,
    podEnvironments,
    secrets,
    withSecret: filesWithSecrets(kept, places, secrets),
    world: readWorld(kept),
    block: blockOf(kept),
  };
}

/** What goes wrong on purpose, one after the other, and the short ones. */
interface Mishaps {
  rejected: RehearsalEnd;
  nowhere: RehearsalEnd;
  changed: RehearsalEnd;
  interrupted: RehearsalEnd & { leftovers: string[]; listeners: string[]; made: number };
  killed: { secondsUntilGone: number; listeners: string[]; again: RehearsalEnd };
  failed: RehearsalEnd & { report: Report };
  mended: RehearsalEnd & { report: Report };
}

/** How many resources Terraform has made in Azure so far. */
function madeResources(directory: string): number {
  const file = join(directory, 'state/azure/state.json');
  if (!existsSync(file)) return 0;
  return Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { terraform: object }).terraform).length;
}

async function mishaps(): Promise<Mishaps> {
  const production = ['--worktree', '--no-preview', '--environment', 'production'];
  const rejected = await rehearse(folder('rejected'), ...production, '--gate', 'reject');
  const nowhere = await rehearse(folder('nowhere'), '--worktree', '--no-preview', '--environment', 'nowhere');
  const changed = await rehearse(
    folder('changed'),
    ...[...DEVELOPMENT, '--no-preview', '--only', 'infra', '--change-after-gate', 'log_retention_days=180'],
  );

  const running = startRehearsal({ directory: folder('interrupted'), arguments: [...DEVELOPMENT, '--no-preview'] });
  await until(
    () => madeResources(folder('interrupted')),
    (made) => made >= 10,
    300,
  );
  running.child.kill('SIGINT');
  const end = await running.end;
  const interrupted = {
    ...end,
    leftovers: leftovers(folder('interrupted')),
    listeners: listeners(blockOf(folder('interrupted'))),
    made: madeResources(folder('interrupted')),
  };

  // The same state goes on to fail in one phase, and is mended by running failed jobs again.
  const failedEnd = await rehearse(folder('interrupted'), ...DEVELOPMENT, '--again', '--fail', 'web');
  const failed = { ...failedEnd, report: reportOf(folder('interrupted')) };
  const mendedEnd = await rehearse(folder('interrupted'), ...DEVELOPMENT, '--rerun-failed');
  const mended = { ...mendedEnd, report: reportOf(folder('interrupted')) };

  const victim = startRehearsal({ directory: folder('killed'), arguments: [...DEVELOPMENT, '--no-preview'] });
  await victim.line(/services\] {3}> Apply/);
  process.kill(victim.pid, 'SIGKILL');
  const at = Date.now();
  // At once, while the world of the one that was killed may still be ending.
  const again = await rehearse(folder('killed'), ...DEVELOPMENT, '--again', '--mode', 'plan');
  await until(
    () => leftovers(folder('killed')),
    (left) => left.length === 0,
    20,
  );
  const killed = {
    secondsUntilGone: (Date.now() - at) / 1000 - again.seconds,
    listeners: listeners(blockOf(folder('killed'))),
    again,
  };
  return { rejected, nowhere, changed, interrupted, failed, mended, killed };
}

let environment: Promise<Kept>;
let wrong: Promise<Mishaps>;
beforeAll(() => {
  environment = deploy();
  wrong = mishaps();
  // Whoever awaits them tells of a failure.
  for (const lane of [environment, wrong]) lane.catch(() => {});
});
afterAll(async () => {
  await Promise.allSettled([environment, wrong]);
  for (const name of readdirSync(home)) await rehearse(folder(name), '--down');
  rmSync(home, { recursive: true, force: true });
});

describe('a deployment', () => {
  test('succeeds in all phases, in the order of the pipeline', async () => {
    const { first, report } = await environment;
    expect({ exitCode: first.exitCode, reasons: report.reasons }).toEqual({ exitCode: 0, reasons: [] });
    expect(report.phases.map(({ name }) => name)).toEqual(PHASES);
    expect(new Set(Object.values(statuses(report)))).toEqual(new Set(['succeeded']));
    const applied = report.phases.filter(({ outcome }) => outcome === 'applied').map(({ name }) => name);
    expect(applied).toEqual(PHASES.filter((name) => ![...PLANNED, ...NOTHING_RECONCILED].includes(name)));
  });

  test('report.json has the shape that is promised', async () => {
    const { report } = await environment;
    expect(report).toMatchObject({ result: 'succeeded', environment: 'development', seconds: expect.any(Number) });
    for (const phase of report.phases) {
      expect(phase).toMatchObject({
        name: expect.any(String),
        status: expect.stringMatching(/^(succeeded|failed|skipped|rejected)$/),
        seconds: expect.any(Number),
        steps: expect.any(Array),
        outputs: expect.any(Object),
      });
      expect(phase.outcome).toMatch(
        NOTHING_RECONCILED.includes(phase.name) ? /^(approved|passed)$/ : /^(unchanged|planned|applied)$/,
      );
    }
  });

  test('the pull request before it showed everything that both environments would get', async () => {
    const { report, html } = await environment;
    const { resources = [], comment = '' } = report.pullRequest ?? {};
    expect(resources.map(({ environment: name }) => name)).toEqual(['development', 'production']);
    const steps = (phase: string): number => report.phases.find(({ name }) => name === phase)?.steps.length ?? 0;
    expect(resources[0]).toMatchObject({ infra: { create: steps('infra') }, frontend: { create: steps('frontend') } });
    expect(resources[1]?.infra.create).toBeGreaterThan(50);
    for (const name of ['development', 'production'])
      expect(comment).toMatch(new RegExp(`^### ${name}: \\d+ steps in \\d+ of \\d+ phases$`, 'm'));
    expect(html).toContain('<h2>Terraform resources</h2>');
  });

  test('report.html shows the graph and every phase, and needs nothing from elsewhere', async () => {
    const { html } = await environment;
    expect(html).toContain('<svg');
    for (const name of PHASES) expect(html).toContain(`<b>${name}</b>`);
    expect(html).not.toMatch(/<(script|link|img)\b/);
  });

  test('every Redis node says ok with all slots, and each primary has its replica', async () => {
    const { world } = await environment;
    for (const cluster of ['redis-sessions', 'redis-cache']) {
      for (let ordinal = 0; ordinal < 6; ordinal += 1) {
        const info = redis(world, `${cluster}-${ordinal}`, 'cluster info');
        expect(info).toContain('cluster_state:ok');
        expect(info).toContain('cluster_slots_ok:16384');
      }
      const shards = redisShape(world, cluster).filter((line) => line.includes(' replicas connected'));
      expect(shards).toHaveLength(3);
      for (const shard of shards) expect(shard).toMatch(/ connected with 1 of 1 replicas connected$/);
    }
  });

  test("PostgreSQL has Moodle's tables, owned by Moodle's own role, and one administrator", async () => {
    const { world } = await environment;
    const tables = sql(world, "select tablename || ' ' || tableowner from pg_tables where schemaname = 'public'");
    expect(tables).toEqual(expect.arrayContaining(['mdl_config moodle', 'mdl_user moodle', 'mdl_course moodle']));
    expect(sql(world, "select count(*) from mdl_user where username = 'admin'")).toEqual(['1']);
  });

  test("our private link connection is approved, and the stranger's is still pending", async () => {
    await environment;
    expect(connections(kept)).toEqual(
      expect.arrayContaining([
        { status: 'Approved', ours: true },
        { status: 'Pending', ours: false },
      ]),
    );
  });

  test('no secret is in a log, a summary, an artifact, a report, an object that was ever stored, or an argument list', async () => {
    const { first, commandLines, podEnvironments, secrets, withSecret, world } = await environment;
    const names = secrets.map(({ name }) => name).join('\n');
    for (const kind of [/Key Vault's database-password/, /Key Vault's moodle-admin-password/, /azurerm_.*key/, /token/])
      expect(names).toMatch(kind);
    expect(secrets.length).toBeGreaterThan(8);
    expect({ log: secretsIn(first.log, secrets), files: withSecret }).toEqual({ log: [], files: [] });
    expect(secretsIn(JSON.stringify(objects(world)), secrets)).toEqual([]);
    expect(secretsIn(podLogs(kept), secrets)).toEqual([]);
    expect(secretsIn(buildLogs(kept), secrets)).toEqual([]);
    expect(commandLines.size).toBeGreaterThan(20);
    expect(secretsIn([...commandLines].join('\n'), secrets)).toEqual([]);
    expect(podEnvironments.size).toBeGreaterThan(5);
    expect(secretsIn([...podEnvironments].join('\n'), secrets)).toEqual([]);
  });

  test('once more: no gate, no apply, the same outputs; and then nothing is left running', async () => {
    const { block, report: first } = await environment;
    const again = await rehearse(kept, ...DEVELOPMENT, '--again');
    const report = reportOf(kept);
    expect(report).toMatchObject({ result: 'succeeded', unchanged: 11 });
    expect(statuses(report)).toEqual({ plan: 'succeeded', gate: 'skipped', apply: 'skipped' });
    expect(again.log).toContain('passed: Session from pod to pod');
    const outputs = (of: Report, name: string) => of.phases.find((phase) => phase.name === name)?.outputs ?? {};
    expect(outputs(report, 'plan')).toMatchObject({
      unchanged: 'true',
      ...pick(outputs(first, 'frontend'), { 'host-name': 'host-name' }),
      ...pick(outputs(first, 'image'), { image: 'image', 'image-registry-id': 'registry-id' }),
    });
    expect({ exitCode: again.exitCode, left: leftovers(kept), listeners: listeners(block) }).toEqual({
      exitCode: 0,
      left: [],
      listeners: [],
    });
  });
});

describe('when something is wrong', () => {
  test('a rejected gate: says who rejected what, and nothing was applied', async () => {
    const { rejected } = await wrong;
    const report = reportOf(folder('rejected'));
    expect(rejected.exitCode).toBe(1);
    expect(report.result).toBe('rejected');
    expect(report.reasons.join('\n')).toMatch(/ada.*rejected.*production|production.*rejected.*ada/);
    expect(statuses(report)).toMatchObject({ plan: 'succeeded', gate: 'rejected' });
    expect(report.phases.some(({ outcome }) => outcome === 'applied')).toBe(false);
    const state = join(folder('rejected'), 'state');
    const terraform = join(state, 'terraform');
    const files = existsSync(terraform) ? readdirSync(terraform, { recursive: true }).map(String) : [];
    expect(files.filter((file) => file.endsWith('.tfstate'))).toEqual([]);
    expect(readFileSync(join(state, 'kubernetes.json'), 'utf8')).not.toMatch(/"namespace":"moodle"/);
  });

  test('an environment without a file: one sentence, and nothing was planned', async () => {
    const { nowhere } = await wrong;
    expect(nowhere.exitCode).toBe(1);
    expect(reportOf(folder('nowhere')).reasons).toEqual([
      expect.stringMatching(
        /There is no environment file environments\/nowhere\.yml; environments has .*development\.yml/,
      ),
    ]);
  });

  test('a variable that changes while the reviewer thinks: the run stops with the comparison, and nothing was applied', async () => {
    const { changed } = await wrong;
    const report = reportOf(folder('changed'));
    expect(changed.exitCode).toBe(1);
    expect(statuses(report)).toMatchObject({
      plan: 'succeeded',
      gate: 'succeeded',
      recheck: 'failed',
      infra: 'skipped',
      frontend: 'skipped',
    });
    expect(report.reasons.join('\n')).toContain('is not what was reviewed, so nothing was applied');
    expect(changed.log).toContain('azurerm_log_analytics_workspace.platform: reviewed create, now create');
    expect(changed.log).toContain('retention_in_days: reviewed 90, now 180');
    const files = readdirSync(join(folder('changed'), 'state'), { recursive: true }).map(String);
    expect(files.filter((file) => file.endsWith('.tfstate'))).toEqual([]);
  });

  test('Ctrl-C in the middle of infra: ends with another code than 0, and leaves nothing running', async () => {
    const { interrupted } = await wrong;
    expect(interrupted.exitCode).toBe(1);
    expect(interrupted.made).toBeGreaterThanOrEqual(10);
    expect(interrupted.made).toBeLessThan(88);
    expect(interrupted.leftovers).toEqual([]);
    expect(interrupted.listeners).toEqual([]);
  });

  test('the run after that goes on; a phase that fails is named, and what needs it is skipped', async () => {
    const { failed } = await wrong;
    expect(failed.exitCode).toBe(1);
    expect(failed.report.reasons).toEqual(['deploy / apply / web: a step was made to fail, as asked']);
    expect(statuses(failed.report)).toMatchObject({ web: 'failed', cron: 'skipped', smoke: 'skipped' });
    const infra = failed.report.phases.find(({ name }) => name === 'infra');
    expect(infra).toMatchObject({ status: 'succeeded', outcome: 'applied' });
  });

  test('re-run of failed jobs: what succeeded is kept, the rest converges', async () => {
    const { failed, mended } = await wrong;
    const kept = (report: Report) => report.phases.find(({ name }) => name === 'infra');
    expect(kept(mended.report)).toMatchObject({ seconds: kept(failed.report)?.seconds });
    expect({ exitCode: mended.exitCode, reasons: mended.report.reasons }).toEqual({ exitCode: 0, reasons: [] });
    expect(new Set(Object.values(statuses(mended.report)))).toEqual(new Set(['succeeded']));
  });

  test('SIGKILL: world and pods are gone within seconds, and a run that comes at once waits for that', async () => {
    const { killed } = await wrong;
    expect(killed.secondsUntilGone).toBeLessThan(10);
    expect(killed.listeners).toEqual([]);
    expect({ exitCode: killed.again.exitCode, log: killed.again.log }).toMatchObject({ exitCode: 0 });
  });
});

test.each([
  [['--redis-nodes', '7'], '--redis-nodes must be an even number from 6 to 40; it is "7".'],
  [['--redis-nodes', 'many'], '--redis-nodes must be an even number from 6 to 40; it is "many".'],
  [['--gate', 'maybe'], '--gate must be one of approve, reject, ask, expire; it is "maybe".'],
  [['--mode', 'aply'], '--mode must be one of plan, apply; it is "aply".'],
  [['--only', 'webb'], `--only must be one of ${PHASES.join(', ')}; it is "webb".`],
  [['--fail', 'webb:x'], `--fail must be one of ${PHASES.join(', ')}; it is "webb".`],
  [['--environment', '../x'], '--environment must be the name of a file in environments/, without .yml; it is "../x".'],
  [['--moodle', '/nowhere'], '--moodle must name a Moodle tree, a folder with version.php; it is "/nowhere".'],
  [['--environment-file', '/nowhere'], '--environment-file names the file "/nowhere", which does not exist.'],
  [['--kubeconfig', '/nowhere'], '--kubeconfig names the file "/nowhere", which does not exist.'],
  [['--rerun-failed'], '--again needs the state of an earlier rehearsal, and there is none in .rehearsal/.'],
  [['--fork'], '--fork is for --pull-request: only a pull request comes from a fork.'],
  [['--again'], '--again needs the state of an earlier rehearsal, and there is none in .rehearsal/.'],
  [
    ['--change-after-gate', 'zones'],
    '--change-after-gate must be a variable of infra/ and a number, such as log_retention_days=90; it is "zones".',
  ],
  [['--unknown'], "Unknown option '--unknown'. See --help."],
  [['stray'], "Unexpected argument 'stray'. See --help."],
])('a wrong command line is one sentence: %j', async (args, sentence) => {
  const directory = folder(`arguments-${args.join('').replace(/\W/g, '')}`);
  const end = await rehearse(directory, '--worktree', ...args);
  expect(end).toMatchObject({ exitCode: 1, log: `${sentence}\n` });
  expect(existsSync(join(directory, 'state'))).toBe(false);
});
