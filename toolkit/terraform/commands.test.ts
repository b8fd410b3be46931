import { describe, expect, test } from '@jest/globals';
import {
  applyArguments,
  initArguments,
  lockProbeArguments,
  outputArguments,
  planArguments,
  showArguments,
} from './commands.ts';

const options = {
  planFile: '/t/p',
  variablesFiles: ['/t/a.tfvars', '/t/v.json'],
  parallelism: 7,
  lockTimeoutMilliseconds: 90_500,
  lock: true,
  targets: [],
  replace: [],
  refreshOnly: false,
  destroy: false,
};

describe('argument lists', () => {
  test('init: settings in order, never asking, never moving a state', () => {
    const backendConfig = { key: 'a b/$(id).tfstate', container_name: 'x' };
    expect(initArguments({ backendConfig, lockFile: false })).toEqual([
      'init',
      '-input=false',
      '-no-color',
      '-json',
      '-reconfigure',
      '-backend-config=key=a b/$(id).tfstate',
      '-backend-config=container_name=x',
    ]);
  });

  test('init obeys a lock file that is there', () => {
    expect(initArguments({ backendConfig: {}, lockFile: true })).toContain('-lockfile=readonly');
  });

  test('plan: the last file of variables wins', () => {
    expect(planArguments(options)).toEqual([
      'plan',
      '-input=false',
      '-no-color',
      '-json',
      '-detailed-exitcode',
      '-parallelism=7',
      '-lock-timeout=91s',
      '-var-file=/t/a.tfvars',
      '-var-file=/t/v.json',
      '-out=/t/p',
    ]);
    expect(planArguments({ ...options, lock: false })).toContain('-lock=false');
  });

  test('plan of a part, of a replacement, of drift', () => {
    const args = planArguments({ ...options, targets: ['a.b["x y"]'], replace: ['c.d'], refreshOnly: true });
    expect(args).toEqual(expect.arrayContaining(['-target=a.b["x y"]', '-replace=c.d', '-refresh-only']));
  });

  test('apply takes the plan file and no variables, and always locks', () => {
    const args = applyArguments(options);
    expect(args.at(-1)).toBe('/t/p');
    expect(args.join(' ')).not.toMatch(/var-file|auto-approve|lock=false|target/);
  });

  test('show and output answer JSON', () => {
    expect(showArguments('/t/p')).toEqual(['show', '-no-color', '-json', '/t/p']);
    expect(outputArguments()).toEqual(['output', '-no-color', '-json']);
  });

  test('the probe waits for no lock', () => {
    expect(lockProbeArguments()).toContain('-lock-timeout=0s');
  });
});
