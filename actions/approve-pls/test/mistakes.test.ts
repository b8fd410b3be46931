/** What a person gets wrong: one sentence each, from the committed bundle. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { testIds } from '../../../rehearsal/azure/testing.ts';
import type { ActionRun } from '../../../test/support/action-process.ts';
import { Stage } from './stage.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

describe('mistakes end with one sentence each, and nothing is approved', () => {
  const subject = 'repo:example/moodle:pull_request';
  test.each<[string, Record<string, string>, Partial<ActionRun>, RegExp]>([
    [
      'a job whose subject no federated credential names',
      {},
      { environment: { subject } },
      /^Microsoft Entra ID has no federated credential for this job's subject 'repo:example\/moodle:pull_request'; .* \(AADSTS700213\)$/,
    ],
    [
      'a job without permission for identity tokens',
      {},
      { environment: { ACTIONS_ID_TOKEN_REQUEST_URL: '' } },
      /give the job `permissions: id-token: write`/,
    ],
    [
      'an identity that may only read',
      { 'azure-client-id': testIds.readerId },
      {},
      /^The identity may not do Microsoft.Network\/privateLinkServices\/privateEndpointConnections\/write on \/subscriptions\/\S+; give it the role Network Contributor, or one with this action, on resource group moodle-production-nodes /,
    ],
    [
      'an unknown application',
      { 'azure-client-id': '99999999-9999-4999-8999-999999999999' },
      {},
      /^There is no application with client id 99999999/,
    ],
    [
      'an unknown subscription',
      { 'azure-subscription-id': '99999999-9999-4999-8999-999999999999' },
      {},
      /could not be found. Check azure-subscription-id/,
    ],
    ['another cloud', { 'azure-cloud': 'us-government' }, {}, /check azure-cloud/],
    [
      'another owner',
      { 'owner-service': 'other/web' },
      {},
      /^Private Link Service moodle-svc-pls belongs to the Kubernetes Service moodle\/moodle-svc, not to other\/web/,
    ],
    [
      'a Private Link Service that is not there',
      { 'private-link-service': 'nope' },
      {},
      /^There is no Private Link Service nope in resource group moodle-production-nodes, but moodle\/moodle-svc has one named moodle-svc-pls/,
    ],
    [
      'a message that Azure would not take',
      { 'request-message': 'x'.repeat(141) },
      {},
      /^Input "request-message" is 141 characters long; Azure allows 140.$/,
    ],
    [
      'a certificate that nobody trusts',
      {},
      { environment: { NODE_EXTRA_CA_CERTS: '' } },
      /its certificate is not trusted \(NODE_EXTRA_CA_CERTS\)/,
    ],
    [
      'an origin that is none',
      { 'origin-id': 'moodle' },
      {},
      /^Input "origin-id" must be the resource id of a Front Door origin, .*; it is "moodle"\.$/,
    ],
    ['health without an origin', { 'origin-health': 'true' }, {}, /^Input "origin-health" needs "origin-id"/],
    [
      'an owner without a namespace',
      { 'owner-service': 'moodle-svc' },
      {},
      /^Input "owner-service" must be a namespace and a name, .*; it is "moodle-svc"\.$/,
    ],
  ])('%s', async (_, inputs, more, sentence) => {
    await stage.requestFromFrontDoor();
    const environment =
      more.environment?.subject === undefined ? more.environment : stage.standIn.issuer.environment(subject);
    const end = await stage.run(inputs, environment === undefined ? {} : { environment });

    expect(end.errors).toEqual([expect.stringMatching(sentence)]);
    expect(end.exitCode).toBe(1);
    expect(stage.statuses()).toEqual(['Pending', 'Pending']);
  });

  test('all wrong inputs are told at once', async () => {
    const end = await stage.run({ mode: 'force', 'azure-subscription-id': '', 'azure-cloud': 'mars', timeout: 'soon' });
    expect(end.exitCode).toBe(1);
    expect(end.errors.join('\n').split('\n')).toEqual([
      'Input "mode" must be one of plan, apply; it is "force".',
      'Input "azure-subscription-id" is required and was not given.',
      'Input "azure-cloud" must be one of public, us-government, china; it is "mars".',
      'Input "timeout" must be a number with a unit, such as 90s, 15m or 2h; it is "soon".',
    ]);
    const missing = await stage.run({ 'node-resource-group': '', 'request-message': '' });
    expect(missing.errors.join('\n').split('\n')).toEqual([
      'Input "node-resource-group" is required in mode apply and was not given.',
      'Input "request-message" is required in mode apply and was not given.',
    ]);
  });
});
