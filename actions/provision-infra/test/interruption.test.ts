import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { type TestRoot, testRoot } from './root.ts';

let root: TestRoot;
afterEach(() => root.remove());

/** A resource whose creation takes as long as the file `go` is missing. */
const SLOW = `
resource "terraform_data" "quick" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.quick]
  provisioner "local-exec" {
    command = "touch ../started; for i in $(seq 300); do [ -f ../go ] && exit 0; sleep 0.1; done; exit 1"
  }
}
`;

/** Resolves when the slow resource is being made. */
async function started(): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (existsSync(join(root.workspace, 'started'))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The apply did not start.');
}

test('a cancelled apply gives the lock back, and the next run goes on; meanwhile the lock is told about', async () => {
  root = testRoot(SLOW);
  let interrupt = (): void => {};
  const running = root.run({}, { onOutput: (child) => (interrupt = () => child.kill('SIGINT')) });
  await started();

  const second = await root.run({ mode: 'plan', 'lock-timeout': '0s' });
  expect(second.exitCode).toBe(1);
  expect(second.outputs['failure-reason']).toBe('locked');
  expect(second.errors[0]).toMatch(
    /^The state is locked by \S+@\S+ \(operation apply, for \d+ s, since .+\)\. Wait for that run; when there is none any more, release the lock with `terraform force-unlock [0-9a-f-]{36}` in the root's folder\.$/,
  );
  const unlocked = await root.run({ mode: 'plan', lock: 'false' });
  expect(unlocked.exitCode).toBe(0);

  interrupt();
  const cancelled = await running;
  expect(cancelled.exitCode).toBe(1);
  expect(cancelled.errors).toEqual([expect.stringContaining('the job was cancelled (SIGINT)')]);
  expect(cancelled.outputs.outcome).toBeUndefined();
  expect(cancelled.outputs['failure-reason']).toBe('cancelled');

  root.write('go', '');
  const again = await root.run({ 'lock-timeout': '0s' });
  expect(again).toMatchObject({ exitCode: 0, errors: [] });
  expect(again.outputs).toMatchObject({ outcome: 'applied', 'create-count': '0', 'replace-count': '1' });
  expect(again.outputs.steps).toContain('was not created completely the last time');
  expect((await root.run()).outputs.outcome).toBe('unchanged');
}, 60_000);

test('an apply that fails half-way keeps what it made, says which resource failed, and is taken up again', async () => {
  root = testRoot(`
resource "terraform_data" "first" {}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "test -f ../go || { echo 'quota exceeded' >&2; exit 7; }"
  }
}
`);
  const failed = await root.run();
  expect(failed.exitCode).toBe(1);
  expect(failed.errors).toHaveLength(1);
  expect(failed.errors[0]).toContain('terraform_data.second: local-exec provisioner error');
  root.write('go', '');
  const again = await root.run();
  expect(again.outputs).toMatchObject({ outcome: 'applied', 'create-count': '0', 'replace-count': '1' });
}, 60_000);

test('a state that moves between plan and apply stops the apply', async () => {
  root = testRoot('resource "terraform_data" "one" {}\n');
  // Stands between the action and terraform: before the apply, somebody else applies.
  const wrapper = root.script(
    'terraform',
    `if [ "$1" = apply ] && [ ! -f ${root.workspace}/done ]; then
  touch ${root.workspace}/done
  terraform apply -auto-approve -input=false >/dev/null
fi
exec terraform "$@"`,
  );
  const end = await root.run({ terraform: wrapper });
  expect(end.exitCode).toBe(1);
  expect(end.errors).toEqual([
    'The state has changed since the plan was made, so nothing was applied. Run again: a new plan is made.',
  ]);
  expect((await root.run()).outputs.outcome).toBe('unchanged');
}, 60_000);
