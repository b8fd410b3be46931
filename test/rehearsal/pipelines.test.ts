/**
 * What a platform team does from a repository of its own: `examples/caller` promotes one image through its environments, each in
 * a cloud of its own. Staging's gate is opened; production's is left alone for 30 days, and then shut. And a stranger's pull
 * request to that repository.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { kubectl, readWorld, type World } from './end-state.ts';
import { type RehearsalEnd, rehearse } from './rehearsal-process.ts';

jest.setTimeout(900_000);

interface Report {
  result: string;
  reasons: string[];
  phases: { name: string; status: string; outcome: string; seconds: number; summaries: string[] }[];
  pullRequest?: { comment?: string };
}
type Ran = RehearsalEnd & { report: Report };

const home = mkdtempSync(join(tmpdir(), 'rehearsal-pipelines-'));
const directory = join(home, 'university');

async function run(...args: string[]): Promise<Ran> {
  const end = await rehearse(directory, '--worktree', '--caller', '--keep', ...args);
  return { ...end, report: JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as Report };
}

const phase = ({ report }: Ran, name: string) => report.phases.find((one) => one.name === name);

let expired: Ran;
let rejected: Ran;
beforeAll(async () => {
  expired = await run('--workflow', 'promote', '--gate', 'production=expire');
  rejected = await run('--workflow', 'promote', '--gate', 'reject', '--rerun-failed');
});
afterAll(async () => {
  await rehearse(directory, '--down');
  rmSync(home, { recursive: true, force: true });
});

test('two environments run what another repository has promoted, with what it laid over', () => {
  expect(phase(expired, 'development/gate')).toMatchObject({ outcome: 'passed' });
  expect(phase(expired, 'staging/gate')).toMatchObject({ outcome: 'approved' });
  expect(expired.log).toMatch(/staging \/ apply \/ smoke\] success/);
  const worlds = readWorld(directory) as World & { sites: Record<string, World> };
  const deployed = [worlds, worlds.sites.staging as World].map((world) => {
    const text = kubectl(world, '-n', 'moodle', 'get', 'deployment', 'moodle-web', '-o', 'json');
    const { metadata, spec } = JSON.parse(text) as {
      metadata: { annotations: Record<string, string> };
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    expect(metadata.annotations['example.org/cost-centre']).toBe('examinations');
    const [registry = '', digest] = spec.template.spec.containers[0]?.image.split('@') ?? [];
    return { registry, digest };
  });
  const [development, staging] = deployed;
  expect(development?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(staging?.digest).toBe(development?.digest);
  expect(staging?.registry).not.toBe(development?.registry);
  expect(phase(expired, 'digests')?.summaries.join()).toContain(`| staging | success | ${staging?.registry}@`);
});

test('a gate that nobody opens in 30 days ends the promotion there, with nothing applied behind it', () => {
  expect(expired.exitCode).toBe(1);
  expect(expired.report.reasons).toEqual([
    "nobody answered for environment 'production' in 30 days, so job 'moodle / production / gate' failed",
  ]);
  expect(expired.log).not.toContain('[moodle / production / apply / infra] starts');
});

test('run again, the gate is asked once more; what was done is neither done nor asked again', () => {
  expect(rejected.report).toMatchObject({
    result: 'rejected',
    reasons: ["ada rejected environment 'production' for job 'moodle / production / gate'"],
  });
  expect(rejected.log).not.toContain("review of environment 'staging'");
  expect(phase(rejected, 'staging/infra')?.seconds).toBe(phase(expired, 'staging/infra')?.seconds);
});

test("a stranger's pull request is checked without credentials, and told why it has no preview", async () => {
  const fork = await run('--again', '--pull-request', '--fork');
  expect({ exitCode: fork.exitCode, reasons: fork.report.reasons }).toEqual({ exitCode: 0, reasons: [] });
  const ran = fork.report.phases.filter(({ status }) => status !== 'skipped');
  expect(ran.map(({ name }) => name).sort()).toEqual(['fork, development', 'fork, production', 'fork, staging']);
  expect(ran.map(({ summaries }) => summaries.join()).join()).toContain('A pull request from a fork is not planned');
  expect(fork.report.pullRequest?.comment).toBeUndefined();
});
