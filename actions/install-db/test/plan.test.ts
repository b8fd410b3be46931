import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '#toolkit/errors';
import type { KubeObject } from '#toolkit/kube/kube';
import { type DatabaseState, readState } from '../src/database-state.ts';
import { databaseJob, imagesOf, jobName, jobProgress, taskOf } from '../src/job.ts';
import { plan } from '../src/plan.ts';
import { compareReleases } from '../src/release.ts';
import { checkInputs, type Inputs } from '../src/requirements.ts';
import { failureOf } from '../src/verdict.ts';
import { DATABASE, IMAGE } from './bundle.ts';

const seen = (state: keyof typeof DATABASE) =>
  ({ kind: 'seen', state: DATABASE[state] as unknown as DatabaseState }) as const;

const inputs: Inputs = {
  mode: 'apply',
  summary: true,
  azureTenantId: undefined,
  azureClientId: undefined,
  azureSubscriptionId: undefined,
  azureCloud: 'public',
  azureAuthorityHost: undefined,
  azureResourceManagerEndpoint: undefined,
  kubeconfig: 'kubeconfig',
  resourceGroup: undefined,
  clusterName: undefined,
  namespace: 'moodle',
  manifests: 'manifests/database',
  image: IMAGE,
  moodleVersion: undefined,
  siteName: 'Moodle',
  siteShortName: 'moodle',
  adminUser: 'admin',
  adminEmail: 'admin@example.org',
  language: 'en',
  onPartial: 'stop',
  timeout: 1000,
};

const base: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'moodle-database', labels: { 'app.kubernetes.io/component': 'other' } },
  spec: {
    backoffLimit: 0,
    template: {
      spec: {
        containers: [
          { name: 'sidecar', image: 'sidecar' },
          {
            name: 'database',
            image: 'moodle',
            args: ['x'],
            env: [{ name: 'MOODLE_DB_NAME', value: 'moodle_session' }],
          },
        ],
      },
    },
  },
};

describe('plan', () => {
  test('does nothing for a database of the same version', () => {
    expect(plan(seen('installed'), 'stop')).toEqual({ steps: [] });
  });

  test('names both versions of an upgrade, and only one when it is of plugins', () => {
    expect(plan(seen('pending'), 'stop').steps[0]?.reason).toBe('Moodle 4.4.0 to 4.5.8');
    const { code } = DATABASE.installed;
    const plugins = { kind: 'seen', state: { state: 'upgrade-pending', code, database: code } } as const;
    expect(plan(plugins, 'stop').steps[0]?.reason).toBe('plugins of Moodle 4.5.8');
  });

  test.each(['newer', 'partial', 'unreachable'] as const)('refuses %s with what can be done', (state) => {
    expect(() => plan(seen(state), 'stop')).toThrow(UserError);
    expect(() => plan(seen(state), 'stop')).toThrow(/Deploy|on-partial|Check that/);
  });

  test('drops a cut-off installation only when told to, and only while nobody has used it', () => {
    expect(plan(seen('partial'), 'reinstall')).toMatchObject({ task: 'reinstall', steps: [{ action: 'reinstall' }] });
    expect(() => plan(seen('used'), 'reinstall')).toThrow(/It holds 3 people and 1 course, so it is not dropped/);
  });

  test('ends an upgrade that was cut off after its work', () => {
    const { code } = DATABASE.installed;
    const state = { state: 'upgrade-pending', code, database: code, unfinished: true } as const;
    expect(plan({ kind: 'seen', state }, 'stop')).toMatchObject({
      task: 'upgrade',
      steps: [{ reason: 'an upgrade was cut off before it ended maintenance mode' }],
    });
  });

  test('has at most one task, and a step whenever there is one', () => {
    for (const state of ['empty', 'installed', 'pending'] as const) {
      const made = plan(seen(state), 'stop');
      expect(made.steps).toHaveLength(made.task === undefined ? 0 : 1);
    }
    const job = { ...base, metadata: { name: 'j' } };
    expect(plan({ kind: 'busy', job, task: 'upgrade' }, 'stop')).toMatchObject({
      follow: job,
      steps: [{ target: 'Job/j' }],
    });
    expect(plan({ kind: 'unknown', why: 'later' }, 'stop').task).toBeUndefined();
  });
});

describe('the state in a log', () => {
  test('is the last one, among other lines and other JSON', () => {
    const text = `{"time":1}\n${JSON.stringify(DATABASE.empty)}\nnoise\n${JSON.stringify(DATABASE.installed)}\n{"state":"odd"}\n`;
    expect(readState(text)).toEqual(DATABASE.installed);
  });

  test.each([
    '',
    '{"state":"installed"}',
    '{"state":"installed","code":{"version":"1"},"database":null}',
    '{"state":"partial","code":{"version":"1","release":""},"database":null}',
    '{"state":"unreachable","code":{"version":"1","release":""},"database":null}',
    '{"state":"empty","code":',
  ])('%j holds none', (text) => {
    expect(readState(text)).toBeUndefined();
  });

  test('is never read out of a text without one, and never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => readState(text) === undefined));
    fc.assert(
      fc.property(fc.json(), fc.json(), (one, other) => {
        readState(`{"state":${one}\n{"state":"empty","code":${other},"database":null}`);
      }),
    );
  });
});

describe('the Job', () => {
  test('has the image, the command and the labels; other containers stay', () => {
    const job = databaseJob([base], 'upgrade', inputs, IMAGE, 'name');
    expect(imagesOf(job)).toEqual(['sidecar', IMAGE]);
    expect(taskOf(job)).toBe('upgrade');
    expect(job.metadata).toMatchObject({
      name: 'name',
      namespace: 'moodle',
      labels: { 'app.kubernetes.io/component': 'database' },
    });
    const [, container] = (job.spec as { template: { spec: { containers: Record<string, unknown>[] } } }).template.spec
      .containers;
    expect(container).toEqual({
      name: 'database',
      image: IMAGE,
      command: ['/usr/local/bin/moodle-database', 'upgrade'],
      env: [{ name: 'MOODLE_DB_NAME', value: 'moodle_session' }],
    });
  });

  test('does not change the base', () => {
    const before = JSON.stringify(base);
    databaseJob([base], 'install', inputs, IMAGE, 'name');
    expect(JSON.stringify(base)).toBe(before);
  });

  test('keeps a site name as it is, since Kubernetes expands dollars', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (siteName) => {
        const job = databaseJob([base], 'install', { ...inputs, siteName }, IMAGE, 'name');
        const text = JSON.stringify(job);
        const { value } = (
          JSON.parse(text).spec.template.spec.containers[1].env as { name: string; value: string }[]
        ).find(({ name }) => name === 'MOODLE_SITE_NAME') ?? { value: '' };
        expect(value.replace(/\$\$|\$\(\w+\)/g, (match) => (match === '$$' ? '$' : 'expanded'))).toBe(siteName);
      }),
    );
  });

  test.each([[[]], [[base, base]], [[{ ...base, kind: 'CronJob' }]]])(
    'refuses a base that is not one Job',
    (objects) => {
      expect(() => databaseJob(objects, 'state', inputs, IMAGE, 'name')).toThrow(/must be a kustomization of one Job/);
    },
  );

  test('has one name for one work, and another for each other', () => {
    expect(jobName('install', IMAGE, 'a')).toBe(jobName('install', IMAGE, 'b'));
    expect(jobName('install', IMAGE, '')).not.toBe(jobName('upgrade', IMAGE, ''));
    expect(jobName('install', `${IMAGE}x`, '')).not.toBe(jobName('install', IMAGE, ''));
    expect(jobName('state', IMAGE, 'a')).not.toBe(jobName('state', IMAGE, 'b'));
    expect(jobName('upgrade', IMAGE, '')).toMatch(/^moodle-database-upgrade-[0-9a-f]{10}$/);
  });

  test.each([
    [undefined, 'active'],
    [{ conditions: [{ type: 'Complete', status: 'False' }] }, 'active'],
    [{ conditions: [{ type: 'SuccessCriteriaMet', status: 'True' }] }, 'active'],
    [{ conditions: [{ type: 'Complete', status: 'True' }] }, 'complete'],
    [
      {
        conditions: [
          { type: 'FailureTarget', status: 'True' },
          { type: 'Failed', status: 'True' },
        ],
      },
      'failed',
    ],
  ])('with status %j is %s', (status, progress) => {
    expect(jobProgress({ ...base, status })).toBe(progress);
  });
});

describe('the verdict', () => {
  const ended = {
    task: 'install',
    progress: 'complete',
    log: ['Installation completed successfully.'],
    language: 'en',
  } as const;

  test.each([
    ['the words of success', ended, undefined],
    ['exit code 0 without them', { ...ended, log: ['-->System'] }, /without Moodle's message/],
    ['another language, whose words are not known', { ...ended, log: ['fertig'], language: 'de' }, undefined],
    [
      'an upgrade in another language: its tools speak English',
      { ...ended, task: 'upgrade', log: ['?'], language: 'de' },
      /without/,
    ],
    [
      'nothing to upgrade',
      { ...ended, task: 'upgrade', log: ['No upgrade needed for the installed version 4.5'] },
      undefined,
    ],
    ['a log that is gone: the state decides', { ...ended, log: undefined }, undefined],
    [
      'failure in spite of the words',
      { ...ended, progress: 'failed' },
      /^it failed\. Its last log lines:\nInstallation/,
    ],
    ['failure without a log', { ...ended, progress: 'failed', log: undefined }, /it logged nothing/],
    [
      'the reason of the script, which is not said twice',
      { ...ended, progress: 'failed', log: ['a line', 'moodle-database: the upgrade failed', '{"state":"empty"}'] },
      /^the upgrade failed\. Its last log lines:\na line$/,
    ],
    [
      'an outdated list of components',
      { ...ended, log: ['Outdated component cache file defined'] },
      /list of components is older/,
    ],
    [
      'the same when only looking',
      { ...ended, task: 'state', log: ['Outdated component cache file'] },
      /list of components/,
    ],
  ] as const)('%s', (_, finished, failure) => {
    const answer = failureOf(finished);
    if (failure === undefined) expect(answer).toBeUndefined();
    else expect(answer).toMatch(failure);
  });

  test('shows the last twenty lines', () => {
    const log = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    const text = failureOf({ ...ended, progress: 'failed', log });
    expect(text).toContain('line 80\n');
    expect(text).not.toContain('line 79\n');
  });
});

describe('inputs', () => {
  test.each([
    ['image', { image: 'registry.example.org/moodle:4.5' }],
    ['site-name', { siteName: 'two\nlines' }],
    ['site-short-name', { siteShortName: 'x'.repeat(101) }],
    ['admin-user', { adminUser: 'guest' }],
    ['admin-email', { adminEmail: 'nobody@localhost' }],
    ['language', { language: 'pt-BR' }],
  ])('a wrong %s is named with what was given', (name, wrong) => {
    expect(() => checkInputs({ ...inputs, ...wrong })).toThrow(new RegExp(`^Input "${name}" must .*; it is "`));
  });

  test('an image may be missing in a plan only', () => {
    expect(() => checkInputs({ ...inputs, mode: 'plan', image: undefined })).not.toThrow();
    expect(() => checkInputs({ ...inputs, image: undefined })).toThrow('Input "image" is required to apply');
  });

  test('all good ones pass', () => {
    expect(() => checkInputs({ ...inputs, siteName: 'Universität 漢字 "x" $', language: 'pt_br' })).not.toThrow();
  });
});

test.each([
  ['4.5.8', '4.5.8 (Build: 20260101)', 0],
  ['4.5', '4.5.0', 0],
  ['4.5.8', '4.5.10', -1],
  ['5.0.2+ (Build: 20260101)', '4.5.14', 1],
  ['5.0beta', '5.0', 0],
  ['x', '4.5', undefined],
])('release %s against %s', (a, b, order) => {
  const found = compareReleases(a, b);
  expect(found === undefined ? undefined : Math.sign(found)).toBe(order);
});
