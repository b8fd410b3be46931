/** What the action refuses, and what it can say without any cluster: the committed bundle as a process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type ActionRun, runAction } from '../../../test/support/action-process.ts';
import { podInputs, servicesInputs } from './inputs.ts';

jest.setTimeout(60_000);

const manifests = resolve(import.meta.dirname, '../../../manifests');
const run = (inputs: Record<string, string>, more: Partial<ActionRun> = {}) =>
  runAction({ action: 'actions/deploy-moodle', ...more, inputs: { manifests, ...inputs } });

let directory: string;
/** A kubeconfig of a port that nobody listens on. */
let nowhere: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'refusals-'));
  nowhere = join(directory, 'kubeconfig');
  const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
  const user = { name: 'u', user: { token: 'not-a-real-token' } };
  const kubeconfig = { clusters: [cluster], contexts: [context], users: [user], 'current-context': 'c' };
  writeFileSync(nowhere, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...kubeconfig }));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('wrong inputs', () => {
  test.each(['web', 'cron', 'services', 'image'])('apply of %s without what it needs', async (component) => {
    const end = await run({ mode: 'apply', component, kubeconfig: nowhere });
    expect(end.exitCode).toBe(1);
    expect(end.errors).toHaveLength(1);
    expect(end.errors[0]).toMatch(new RegExp(`^Component "${component}" needs the inputs "[^\\n]*, not given\\.$`));
  });

  test('an unknown component and an unknown mode, both at once', async () => {
    const end = await run({ mode: 'aply', component: 'webb' });
    expect(end.exitCode).toBe(1);
    expect(end.errors[0]).toBe(
      'Input "mode" must be one of plan, apply; it is "aply".\nInput "component" must be one of image, services, web, cron, all; it is "webb".',
    );
  });

  test('a manifests folder without the component', async () => {
    const end = await run({ component: 'web', manifests: directory });
    expect(end).toMatchObject({ exitCode: 1 });
    expect(end.errors[0]).toMatch(
      /^Input "manifests" must be a folder with a kustomization in "web"; there is none in /,
    );
  });

  test('a kubeconfig that does not exist', async () => {
    const end = await run({ ...podInputs('web'), kubeconfig: '/nowhere/config' });
    expect(end.errors).toEqual(['Input "kubeconfig" names the file "/nowhere/config", which does not exist.']);
  });

  test('apply with no cluster at all', async () => {
    const end = await run({ ...podInputs('web'), mode: 'apply' });
    expect(end.errors).toEqual(['Input "kubeconfig", or both "resource-group" and "cluster-name", must be given.']);
  });
});

test('an API server that cannot be reached is one sentence', async () => {
  const end = await run({ ...podInputs('web'), mode: 'apply', kubeconfig: nowhere });
  expect(end.exitCode).toBe(1);
  expect(end.errors).toHaveLength(1);
  expect(end.errors[0]).toMatch(/^The Kubernetes API server cannot be reached: .*127\.0\.0\.1:1/);
});

test('a runner without kubectl is told what to install', async () => {
  const end = await run({ ...podInputs('web') }, { environment: { PATH: directory } });
  expect(end.errors).toEqual(['kubectl is not on the PATH of this runner; install version 1.30 or later.']);
});

describe('a plan before the platform exists', () => {
  test('services are planned from the manifests alone, with nothing given', async () => {
    const end = await run({ component: 'services' });
    expect(end.errors).toEqual([]);
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    const steps = JSON.parse(end.outputs.steps ?? '') as { action: string; target: string; reason: string }[];
    expect(steps[0]).toEqual({ action: 'create', target: 'Namespace/moodle', reason: 'after infra' });
    expect(steps.at(-1)).toEqual({ action: 'create', target: 'Deployment/pgbouncer', reason: 'after infra' });
    expect(end.outputs['private-link-service-name']).toBe('moodle-svc-pls');
    expect(end.summary).toContain('Planned, nothing done yet');
  });

  test('what is known goes into the outputs', async () => {
    const end = await run(servicesInputs);
    expect(end.outputs['private-link-service-id']).toBe(
      `/subscriptions/${servicesInputs['azure-subscription-id']}/resourceGroups/mhs-test-nodes/providers/Microsoft.Network/privateLinkServices/moodle-svc-pls`,
    );
    expect(end.outputs['load-balancer-ip']).toBeUndefined();
  });

  test.each(['web', 'cron'])('%s too', async (component) => {
    const end = await run({ component });
    expect(end).toMatchObject({ exitCode: 0, outputs: { outcome: 'planned' } });
    expect(end.outputs.steps).toContain(`"target":"Deployment/moodle-${component}","reason":"after infra"`);
  });
});
