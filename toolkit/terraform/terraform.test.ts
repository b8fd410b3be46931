import { describe, expect, test } from '@jest/globals';
import { CommandError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Exec, ExecRequest } from '../process/exec.ts';
import { pluginCacheFolder, terraformEnvironment } from './environment.ts';
import { parseOutputs } from './plan-json.ts';
import { createTerraform, TerraformMissing } from './terraform.ts';

describe('the environment', () => {
  const azure = { azureCloud: 'public' } as const;

  test('names who signs in, over what was there; the rest is passed on', () => {
    const inherited = { PATH: '/bin', ARM_CLIENT_ID: 'old', ARM_TENANT_ID: 'kept', EMPTY: undefined };
    expect(terraformEnvironment(inherited, { ...azure, azureClientId: 'new', azureSubscriptionId: 'sub' })).toEqual({
      PATH: '/bin',
      TF_IN_AUTOMATION: 'true',
      CHECKPOINT_DISABLE: 'true',
      ARM_CLIENT_ID: 'new',
      ARM_TENANT_ID: 'kept',
      ARM_SUBSCRIPTION_ID: 'sub',
      ARM_ENVIRONMENT: 'public',
    });
  });

  test('uses the job’s ID token where there is one', () => {
    const inherited = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token' };
    expect(terraformEnvironment(inherited, azure)).toMatchObject({ ARM_USE_OIDC: 'true' });
  });

  test('names other clouds and hosts as the provider does', () => {
    const azureResourceManagerEndpoint = 'https://localhost:8443';
    const settings = { azureCloud: 'us-government', azureResourceManagerEndpoint } as const;
    expect(terraformEnvironment({}, settings)).toMatchObject({
      ARM_ENVIRONMENT: 'usgovernment',
      ARM_METADATA_HOSTNAME: 'localhost:8443',
    });
  });

  test('chooses a workspace, and keeps providers where it may', () => {
    const more = { workspace: 'blue', pluginCache: '/cache' };
    expect(terraformEnvironment({}, azure, more)).toMatchObject({
      TF_WORKSPACE: 'blue',
      TF_PLUGIN_CACHE_DIR: '/cache',
      TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: 'true',
    });
    const locked = terraformEnvironment({}, azure, { ...more, lockFile: true });
    expect(Object.keys(locked)).not.toContain('TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE');
    expect(pluginCacheFolder({ TF_PLUGIN_CACHE_DIR: '/own', RUNNER_TOOL_CACHE: '/tools' })).toBe('/own');
    expect(pluginCacheFolder({ RUNNER_TOOL_CACHE: '/tools' })).toBe('/tools/terraform-plugin-cache');
    expect(pluginCacheFolder({})).toBeUndefined();
  });
});

describe('outputs', () => {
  test('keep their values and their sensitivity', () => {
    expect(
      parseOutputs('{"a": {"value": [1], "type": ["list", "number"]}, "b": {"sensitive": true, "value": "x"}}'),
    ).toEqual({
      a: { sensitive: false, value: [1] },
      b: { sensitive: true, value: 'x' },
    });
  });
});

describe('the port', () => {
  const initOptions = { backendConfig: {}, lockFile: false };
  const options = {
    planFile: 'p',
    variablesFiles: ['v'],
    parallelism: 1,
    lockTimeoutMilliseconds: 0,
    lock: true,
    targets: [],
    replace: [],
    refreshOnly: false,
    destroy: false,
  };

  /** A terraform that answers each command from a list, and what it was asked. */
  function fake(answers: ((request: ExecRequest) => string | CommandError)[], programs = ['terraform']) {
    const asked: ExecRequest[] = [];
    const lines: string[] = [];
    const exec: Exec = async (request) => {
      asked.push(request);
      const answer = answers[asked.length - 1]?.(request) ?? '';
      const stdout = typeof answer === 'string' ? answer : '';
      for (const line of stdout.split('\n')) request.onStdout?.(line);
      if (typeof answer !== 'string') throw answer;
      return { exitCode: request.args[0] === 'plan' ? 2 : 0, stdout, stderr: '' };
    };
    const note = (kind: string) => (message: string) => lines.push(`${kind}${message}`);
    const log: Log = {
      debug: note('debug: '),
      info: note(''),
      notice: note('notice: '),
      warning: note('warning: '),
      error: note('error: '),
      group: (_, body) => body(),
    };
    const terraform = createTerraform({
      programs: programs.map((name) => ({ command: `/bin/${name}`, name, product: name as 'terraform' | 'tofu' })),
      reasons: ['x was not found'],
      directory: 'infra',
      environment: { A: 'b' },
      exec,
      log,
      clock: { now: () => 0, sleep: async () => {} },
      signal: new AbortController().signal,
    });
    return { terraform, asked, lines };
  }

  const diagnostic = (severity: string, summary: string): string =>
    JSON.stringify({ type: 'diagnostic', '@message': 'm', diagnostic: { severity, summary } });

  test('runs in the root with the environment; exit code 2 of a plan means changes', async () => {
    const { terraform, asked } = fake([]);
    expect(await terraform.plan(options)).toEqual({ changes: true });
    expect(asked[0]).toMatchObject({
      command: '/bin/terraform',
      cwd: 'infra',
      env: { A: 'b' },
      expectedExitCodes: [0, 2],
      interruptOnce: true,
    });
  });

  test('init is tried again when the registry fails, and only then', async () => {
    const failure = () => new CommandError('terraform', 1, 'Error: 503 Service Unavailable');
    const { terraform, asked, lines } = fake([failure, failure, () => '']);
    await terraform.init(initOptions);
    expect(asked).toHaveLength(3);
    expect(lines[0]).toMatch(/^terraform init: server error; attempt 2 of 3/);

    const wrong = fake([() => new CommandError('terraform', 1, 'Error: no such module')]);
    await expect(wrong.terraform.init(initOptions)).rejects.toThrow(
      'terraform init failed in infra: Error: no such module',
    );
    expect(wrong.asked).toHaveLength(1);
  });

  test('apply is never tried again', async () => {
    const { terraform, asked } = fake([() => new CommandError('terraform', 1, '429 Too Many Requests')]);
    await expect(terraform.apply({ planFile: 'p', parallelism: 1, lockTimeoutMilliseconds: 0 })).rejects.toThrow('429');
    expect(asked).toHaveLength(1);
  });

  test('warnings become warnings', async () => {
    const { terraform, lines } = fake([() => diagnostic('warning', 'Deprecated')]);
    await terraform.init(initOptions);
    expect(lines).toEqual(['warning: Deprecated']);
  });

  test('show and output failing say so', async () => {
    const { terraform } = fake([() => new CommandError('terraform', 1, 'Error: no state\n')]);
    await expect(terraform.outputs()).rejects.toThrow('terraform output failed in infra: Error: no state');
  });

  const tooOld = () => new CommandError('terraform', 1, 'flag provided but not defined: -json\nUsage: …');
  const said = (text: string) => () => JSON.stringify({ type: 'version', '@message': 'm', terraform: text });

  test('init says the version; one process', async () => {
    const { terraform, asked } = fake([said('1.11.4')]);
    expect(await terraform.init(initOptions)).toEqual({ product: 'terraform', version: '1.11.4' });
    expect(asked).toHaveLength(1);
  });

  test('a program that is too old is passed over for the next', async () => {
    const tofu = () => JSON.stringify({ type: 'version', '@message': 'm', tofu: '1.8.2' });
    const { terraform, asked } = fake([tooOld, () => '{"terraform_version": "1.5.7"}', tofu], ['terraform', 'tofu']);
    expect(await terraform.init(initOptions)).toEqual({ product: 'tofu', version: '1.8.2' });
    expect(asked.map(({ command, args }) => `${command} ${args[0]}`)).toEqual([
      '/bin/terraform init',
      '/bin/terraform version',
      '/bin/tofu init',
    ]);
  });

  test('only programs that are too old: which versions, and what would do', async () => {
    const { terraform } = fake([tooOld, () => '{"terraform_version": "1.8.5"}']);
    await expect(terraform.init(initOptions)).rejects.toThrow(
      'terraform >= 1.9 or tofu >= 1.8 is needed: terraform is version 1.8.5, x was not found. Install one',
    );
    await expect(fake([], []).terraform.init(initOptions)).rejects.toBeInstanceOf(TerraformMissing);
  });

  test('plan is tried again when a connection is lost, and not for a lock', async () => {
    const lost = () => new CommandError('terraform', 1, 'read: connection reset by peer');
    const again = fake([lost, () => '']);
    expect(await again.terraform.plan(options)).toEqual({ changes: true });
    expect(again.asked).toHaveLength(2);
  });

  test('the holder of the lock is read from what a person would see', async () => {
    const text =
      '╷\n│ Error: Error acquiring the state lock\n│ \n│ Lock Info:\n│   ID:        4d\n│   Path:      tf/a.tfstate\n│   Operation: OperationTypeApply\n│   Who:       me@host\n│   Created:   2026-11-24 05:00:00 +0000 UTC\n╵';
    expect(await fake([() => new CommandError('terraform', 1, text)]).terraform.lockHolder()).toEqual({
      id: '4d',
      path: 'tf/a.tfstate',
      operation: 'apply',
      who: 'me@host',
      created: '2026-11-24 05:00:00 +0000 UTC',
    });
    const none = fake([() => new CommandError('terraform', 1, 'Error: No such resource instance')]);
    expect(await none.terraform.lockHolder()).toBeUndefined();
  });
});
