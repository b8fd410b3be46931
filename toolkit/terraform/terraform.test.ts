import { describe, expect, test } from '@jest/globals';
import { CommandError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Exec, ExecRequest } from '../process/exec.ts';
import { findTerraform, isOlder } from './binary.ts';
import { applyArguments, initArguments, outputArguments, planArguments, showArguments } from './commands.ts';
import { terraformEnvironment } from './environment.ts';
import { parseOutputs, parsePlan } from './plan-json.ts';
import { createTerraform } from './terraform.ts';
import { parseUiEvent, progressLine } from './ui-events.ts';

describe('argument lists', () => {
  const options = {
    planFile: '/t/p',
    variablesFile: '/t/v.json',
    parallelism: 7,
    lockTimeoutMilliseconds: 90_500,
    lock: true,
  };

  test('init: settings in order, never asking, never moving a state', () => {
    expect(initArguments({ key: 'a b/$(id).tfstate', container_name: 'x' })).toEqual([
      'init',
      '-input=false',
      '-no-color',
      '-json',
      '-reconfigure',
      '-backend-config=key=a b/$(id).tfstate',
      '-backend-config=container_name=x',
    ]);
  });

  test('plan', () => {
    expect(planArguments(options)).toEqual([
      'plan',
      '-input=false',
      '-no-color',
      '-json',
      '-detailed-exitcode',
      '-parallelism=7',
      '-lock-timeout=91s',
      '-var-file=/t/v.json',
      '-out=/t/p',
    ]);
    expect(planArguments({ ...options, lock: false })).toContain('-lock=false');
  });

  test('apply takes the plan file and no variables, and always locks', () => {
    const args = applyArguments(options);
    expect(args.at(-1)).toBe('/t/p');
    expect(args.join(' ')).not.toMatch(/var-file|auto-approve|lock=false/);
  });

  test('show and output answer JSON', () => {
    expect(showArguments('/t/p')).toEqual(['show', '-no-color', '-json', '/t/p']);
    expect(outputArguments()).toEqual(['output', '-no-color', '-json']);
  });
});

describe('finding the program', () => {
  const answering = (versions: Record<string, string>): Exec => {
    return async ({ command }) => {
      const stdout = versions[command];
      if (stdout === undefined) throw new Error(`Unable to locate executable file: ${command}.`);
      return { exitCode: 0, stdout, stderr: '' };
    };
  };
  const version = (text: string): string => JSON.stringify({ terraform_version: text, platform: 'linux_amd64' });

  test('terraform before tofu', async () => {
    const exec = answering({ terraform: version('1.9.0'), tofu: version('1.11.0') });
    expect(await findTerraform(exec, 'auto')).toEqual({ command: 'terraform', product: 'terraform', version: '1.9.0' });
  });

  test('tofu by its name, also by a path', async () => {
    expect(await findTerraform(answering({ tofu: version('1.8.0') }), 'auto')).toMatchObject({ product: 'tofu' });
    const exec = answering({ '/opt/opentofu-1.8': version('1.8.9') });
    expect(await findTerraform(exec, '/opt/opentofu-1.8')).toMatchObject({ product: 'tofu', version: '1.8.9' });
  });

  test.each([
    [{ terraform: version('1.8.5') }, 'terraform is version 1.8.5, tofu was not found'],
    [{ tofu: version('1.7.9') }, 'terraform was not found, tofu is version 1.7.9'],
    [{ terraform: 'Terraform v1.11.4' }, 'terraform does not say its version'],
    [{}, 'terraform was not found, tofu was not found'],
  ])('%j is refused', async (versions, reason) => {
    const refusal = findTerraform(answering(versions as Record<string, string>), 'auto');
    await expect(refusal).rejects.toBeInstanceOf(UserError);
    await expect(refusal).rejects.toThrow(reason);
  });

  test.each([
    ['1.9.0', false],
    ['1.9.0-rc1', false],
    ['1.10.1', false],
    ['2.0.0', false],
    ['1.8.99', true],
    ['0.15.0', true],
  ])('%s against 1.9', (given, older) => {
    expect(isOlder(given, [1, 9])).toBe(older);
  });
});

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
});

describe('JSON', () => {
  test('another major format of a plan is refused', () => {
    expect(() => parsePlan('{"format_version": "2.0"}')).toThrow('The plan has format 2.0 and only format 1 is known');
  });

  test('fields of later versions are ignored, missing lists are empty', () => {
    expect(parsePlan('{"format_version": "1.99", "deferred_changes": [1]}')).toEqual({
      format_version: '1.99',
      resource_changes: [],
      output_changes: {},
      planned_values: { outputs: {} },
    });
  });

  test('outputs keep their values and their sensitivity', () => {
    expect(
      parseOutputs('{"a": {"value": [1], "type": ["list", "number"]}, "b": {"sensitive": true, "value": "x"}}'),
    ).toEqual({
      a: { sensitive: false, value: [1] },
      b: { sensitive: true, value: 'x' },
    });
  });

  test('lines that are no events are passed over', () => {
    for (const line of ['', 'Successfully configured the backend "local"!', '{broken', '{"type": 1}', 'null']) {
      expect(parseUiEvent(line)).toBeUndefined();
    }
  });

  test('progress is shown, values of outputs and planned changes are not', () => {
    const event = (type: string) => ({ type, '@message': 'm' });
    expect(progressLine(event('apply_progress'))).toBe('m');
    expect(progressLine(event('outputs'))).toBeUndefined();
    expect(progressLine(event('planned_change'))).toBeUndefined();
  });
});

describe('the port', () => {
  /** A terraform that answers each command from a list, and what it was asked. */
  function fake(answers: ((request: ExecRequest) => string | CommandError)[]) {
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
      binary: { command: 'terraform', product: 'terraform', version: '1.11.4' },
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
    const options = { planFile: 'p', variablesFile: 'v', parallelism: 1, lockTimeoutMilliseconds: 0, lock: true };
    expect(await terraform.plan(options)).toEqual({ changes: true });
    expect(asked[0]).toMatchObject({ command: 'terraform', cwd: 'infra', env: { A: 'b' }, expectedExitCodes: [0, 2] });
  });

  test('init is tried again when the registry fails, and only then', async () => {
    const failure = () => new CommandError('terraform', 1, 'Error: 503 Service Unavailable');
    const { terraform, asked, lines } = fake([failure, failure, () => '']);
    await terraform.init({});
    expect(asked).toHaveLength(3);
    expect(lines[0]).toMatch(/^terraform init: server error; attempt 2 of 3/);

    const wrong = fake([() => new CommandError('terraform', 1, 'Error: no such module')]);
    await expect(wrong.terraform.init({})).rejects.toThrow('terraform init failed in infra: Error: no such module');
    expect(wrong.asked).toHaveLength(1);
  });

  test('apply is never tried again', async () => {
    const { terraform, asked } = fake([() => new CommandError('terraform', 1, '429 Too Many Requests')]);
    await expect(terraform.apply({ planFile: 'p', parallelism: 1, lockTimeoutMilliseconds: 0 })).rejects.toThrow('429');
    expect(asked).toHaveLength(1);
  });

  test('warnings become warnings', async () => {
    const { terraform, lines } = fake([() => diagnostic('warning', 'Deprecated')]);
    await terraform.init({});
    expect(lines).toEqual(['warning: Deprecated']);
  });

  test('show and output failing say so', async () => {
    const { terraform } = fake([() => new CommandError('terraform', 1, 'Error: no state\n')]);
    await expect(terraform.outputs()).rejects.toThrow('terraform output failed in infra: Error: no state');
  });
});
