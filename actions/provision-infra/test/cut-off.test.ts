/** A run that is killed in the middle of an apply, and the same reviewed plan again, as "re-run failed jobs" does it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { type Crossing, crossing } from './crossing.ts';
import { type TestRoot, testRoot } from './root.ts';

jest.setTimeout(60_000);

let root: TestRoot;
let run: Crossing;
afterEach(() => root.remove());

/** Six resources in a row; the fourth waits for the file `go`. Each knows the id of the one before it. */
const CHAIN = `
${[1, 2, 3, 4, 5, 6]
  .map(
    (number) => `resource "terraform_data" "r${number}" {
  input = ${number === 1 ? '"first"' : `"after \${terraform_data.r${number - 1}.id}"`}
${
  number === 4
    ? `  provisioner "local-exec" {
    command = "touch ../started; for i in $(seq 300); do [ -f ../go ] && exit 0; sleep 0.1; done; exit 1"
  }
`
    : ''
}}
`,
  )
  .join('')}
output "cluster_name" {
  value = terraform_data.r6.output
}
`;

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('It did not come to pass.');
}

/** The children of a process, and theirs. */
function descendants(pid: number): number[] {
  let children: number[];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // It has ended.
  }
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function begin(): void {
  root = testRoot(CHAIN);
  run = crossing(root);
}

const inState = (): string[] => {
  const { resources } = JSON.parse(readFileSync(join(root.workspace, 'state/test-infra.tfstate'), 'utf8')) as {
    resources: { name: string }[];
  };
  return resources.map(({ name }) => name).sort();
};

/** Starts the apply, and ends it by a signal while the fourth resource is being made. */
async function cutOff(signal: 'SIGINT' | 'SIGKILL') {
  let pid = 0;
  const running = run.apply({}, { onOutput: (child) => (pid = child.pid ?? 0) });
  await until(() => existsSync(join(root.workspace, 'started')));
  // A killed runner takes everything with it; a cancelled one interrupts the action alone.
  const victims = signal === 'SIGKILL' ? [pid, ...descendants(pid)] : [pid];
  for (const victim of victims) process.kill(victim, signal);
  return running;
}

test.each(['SIGINT', 'SIGKILL'] as const)('%s: the same reviewed plan again does the rest', async (signal) => {
  begin();
  const plan = await run.plan();
  const killed = await cutOff(signal);
  expect(killed.exitCode).not.toBe(0);
  expect(inState()).toEqual(expect.arrayContaining(['r1', 'r2', 'r3']));
  expect(inState()).not.toContain('r5');

  root.write('go', '');
  const again = await run.apply({ 'lock-timeout': '0s' }, { environment: { GITHUB_RUN_ATTEMPT: '2' } });
  expect(again.errors).toEqual([]);
  expect(again.log).toContain('This run continues a reviewed plan that was partly applied');
  expect(again.outputs).toMatchObject({ outcome: 'applied' });
  expect(again.outputs.fingerprint).not.toBe(plan.outputs.fingerprint);
  expect(inState()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
  expect((await run.apply()).outputs.outcome).toBe('unchanged');
});

test('what is left is applied only if it is what was reviewed', async () => {
  begin();
  await run.plan();
  await cutOff('SIGKILL');
  root.write('go', '');
  root.write('infra/main.tf', CHAIN.replace(/"after [^"]*r5\.id\}"/, '"something else"'));
  const again = await run.apply();
  expect(again.outputs['failure-reason']).toBe('plan-changed');
  expect(again.log).toContain('terraform_data.r6: reviewed create, now create');
  expect(inState()).not.toContain('r5');
});

test('what was made in part is not made again when somebody changed it meanwhile', async () => {
  begin();
  await run.plan();
  await cutOff('SIGKILL');
  root.write('go', '');
  const file = join(root.workspace, 'state/test-infra.tfstate');
  const state = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    state.replaceAll('"value": "first"', '"value": "changed by hand"').replaceAll('"first"', '"changed by hand"'),
  );
  const again = await run.apply();
  expect(again.outputs['failure-reason']).toBe('plan-changed');
  expect(again.log).toContain('terraform_data.r1: reviewed create, now update');
});

test('a run that was killed leaves a note, and its post step says whether the state is locked', async () => {
  begin();
  await run.plan();
  const killed = await cutOff('SIGKILL');
  expect(killed.state.note).toBe('lock');
  const post = { 'temporary-directory': join(root.workspace, 'gone'), note: killed.state.note ?? '' };
  const free = await run.apply({}, { post });
  expect(free).toMatchObject({ exitCode: 0, warnings: [] });
  expect(free.log).toContain('This run was cut off, and left no lock on the state.');

  rmSync(join(root.workspace, 'started'));
  const holding = run.apply();
  await until(() => existsSync(join(root.workspace, 'started')));
  const locked = await run.apply({}, { post });
  expect(locked.exitCode).toBe(0);
  expect(locked.warnings).toEqual([
    expect.stringMatching(
      /^This run was cut off and left a lock on the state of infra, environment test: \S+@\S+ \(operation \w+, for \d+ s, since .+\)\. When no run is left that could hold it, release it with `terraform force-unlock [0-9a-f-]{36}` in the root's folder\.$/,
    ),
  ]);
  root.write('go', '');
  await holding;
});

test('a run that ended by itself leaves no note', async () => {
  begin();
  root.write('go', '');
  await run.plan();
  const end = await run.apply();
  expect(end.exitCode).toBe(0);
  expect(end.state.note).toBe('');
});
