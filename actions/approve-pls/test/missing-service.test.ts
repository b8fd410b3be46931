/** Why AKS made no Private Link Service, from the events of the Service: the bundle against both stand-ins. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { testService } from '../../../rehearsal/azure/testing.ts';
import { startCluster, type TestCluster } from '../../../rehearsal/kubernetes/testing/cluster.ts';
import { Stage } from './stage.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

let stage: Stage;
let cluster: TestCluster;
beforeAll(async () => {
  [stage, cluster] = await Promise.all([Stage.open(), startCluster()]);
  stage.standIn.azure.privateLinkServiceGone(testService());
  await post('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'moodle' } });
});
afterAll(() => Promise.all([stage.close(), cluster.close()]));

async function post(path: string, body: unknown): Promise<void> {
  const answer = await cluster.request('POST', `/api/v1/${path}`, { body });
  expect([200, 201]).toContain(answer.status);
}

const errors = async (inputs: Record<string, string>): Promise<string[]> => (await stage.run(inputs)).errors;
const withCluster = () => errors({ kubeconfig: join(cluster.directory, 'kubeconfig') });
const head = 'There is no Private Link Service moodle-svc-pls in resource group moodle-production-nodes. ';

test('says what is wrong, as far as it can be known', async () => {
  expect(await errors({})).toEqual([
    `${head}AKS makes it for the Kubernetes Service moodle/moodle-svc, whose events say why it did not; give kubeconfig, or resource-group and cluster-name, and they are read here.`,
  ]);
  expect(await withCluster()).toEqual([
    `${head}AKS makes it for the Kubernetes Service moodle/moodle-svc, which is not there either; deploy the services first.`,
  ]);

  const { metadata, ...service } = testService();
  const { name, namespace, annotations } = metadata;
  const ports = [{ port: 80, protocol: 'TCP', targetPort: 8080 }];
  const made = { ...service, metadata: { name, namespace, annotations }, spec: { type: 'LoadBalancer', ports } };
  await post('namespaces/moodle/services', made);
  expect(await withCluster()).toEqual([
    `${head}The Kubernetes Service moodle/moodle-svc asks for one, and AKS says nothing of a failure yet; wait some minutes and run again.`,
  ]);

  const found = await cluster.request('GET', '/api/v1/namespaces/moodle/services/moodle-svc');
  await post('namespaces/moodle/events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'moodle-svc.1', namespace },
    involvedObject: { kind: 'Service', name, namespace, uid: found.body.metadata.uid },
    type: 'Warning',
    reason: 'SyncLoadBalancerFailed',
    message:
      'Error syncing load balancer: PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled: private link service network policies are enabled',
    source: { component: 'service-controller' },
    count: 3,
    firstTimestamp: new Date().toISOString(),
    lastTimestamp: new Date().toISOString(),
  });
  expect(await withCluster()).toEqual([
    `${head}The subnet's network policies for private link services are on; turn them off (private_link_service_network_policies_enabled = false). AKS says: Error syncing load balancer: PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled: private link service network policies are enabled.`,
  ]);
  expect(await errors({ kubeconfig: '/nowhere' })).toEqual([
    `${head}The events of the Kubernetes Service moodle/moodle-svc would say why, but they cannot be read: Input "kubeconfig" names the file "/nowhere", which does not exist.`,
  ]);
});
