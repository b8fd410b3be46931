/** The committed bundle with a cluster that is named instead of given: credentials come from the Azure stand-in. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  applyPlatform,
  startTestAzure,
  type TestAzure,
  testIds,
  testOutputs,
} from '../../../rehearsal/azure/testing.ts';
import { tokenKubeconfig } from '../../../rehearsal/kubernetes/kubeconfig.ts';
import { startCluster, type TestCluster } from '../../../rehearsal/kubernetes/testing/cluster.ts';
import { type ActionEnd, runAction } from '../../../test/support/action-process.ts';
import { podInputs, servicesInputs } from './inputs.ts';

jest.setTimeout(60_000);

const manifests = resolve(import.meta.dirname, '../../../manifests');

let cluster: TestCluster;
let standIn: TestAzure;

beforeAll(async () => {
  cluster = await startCluster();
  const access = { server: cluster.url, certificateAuthority: cluster.authority, name: testOutputs.cluster_name };
  standIn = await startTestAzure({ kubeconfig: () => tokenKubeconfig(access, 'admin-token') });
  await applyPlatform(standIn.azure);
});
afterAll(async () => {
  await standIn.stop();
  await cluster.close();
});

const run = (inputs: Record<string, string>): Promise<ActionEnd> =>
  runAction({
    action: 'actions/deploy-moodle',
    inputs: {
      manifests,
      ...inputs,
      'resource-group': testOutputs.resource_group_name,
      'azure-tenant-id': testIds.tenantId,
      'azure-client-id': testIds.clientId,
      'azure-subscription-id': testIds.subscriptionId,
      'azure-authority-host': standIn.azure.url,
      'azure-resource-manager-endpoint': standIn.azure.url,
    },
    environment: { NODE_EXTRA_CA_CERTS: standIn.caFile, ...standIn.issuer.environment() },
  });

test('a cluster by name is asked with the credentials that Azure gives', async () => {
  const end = await run({ ...servicesInputs, 'cluster-name': testOutputs.cluster_name });
  expect(end.errors).toEqual([]);
  expect(end.outputs.steps).toContain('the namespace does not exist yet');
  expect(end.log).not.toContain('admin-token');
});

test('a cluster that does not exist yet is planned for, after infra', async () => {
  const end = await run({ ...podInputs('web'), 'cluster-name': 'not-yet' });
  expect(end.errors).toEqual([]);
  expect(JSON.parse(end.outputs.steps ?? '')).toContainEqual({
    action: 'create',
    target: 'Deployment/moodle-web',
    reason: 'after infra',
  });
});

test.each(['not-yet', testOutputs.cluster_name])(
  'nothing runs on %s, and that is told without manifests',
  async (name) => {
    const end = await run({ component: 'web', 'scale-only': 'true', 'cluster-name': name, manifests: 'nowhere' });
    expect(end.errors).toEqual([]);
    expect(end.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
    expect(end.outputs['running-image']).toBeUndefined();
  },
);

test('applying to a cluster that does not exist is refused by its name', async () => {
  const end = await run({ ...podInputs('web'), mode: 'apply', 'cluster-name': 'not-yet' });
  expect(end.exitCode).toBe(1);
  expect(end.errors).toEqual([expect.stringContaining('not-yet')]);
});
