/** A Private Link Service that AKS makes anew: Front Door does not ask again by itself. The bundle against the stand-in. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { testFrontendOutputs } from '../../../rehearsal/azure/testing.ts';
import { Stage } from './stage.ts';

// Each test runs the bundle as a process, on machines that do other things as well.
jest.setTimeout(60_000);

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const origin = { 'origin-id': testFrontendOutputs.origin_id };
const cure =
  'Front Door does not ask again by itself: apply infra/frontend once more and replace random_id.private_link_request, azurerm_cdn_frontdoor_origin.moodle, azurerm_cdn_frontdoor_route.site, then approve.';

/** Makes the service anew while the approval is on its way. */
async function remakeDuringApproval(then: () => Promise<void> = async () => {}) {
  await stage.requestFromFrontDoor();
  stage.standIn.azure.addFaults([{ match: 'PUT /subscriptions', delayMs: 1500 }]);
  let remade = false;
  return stage.run(origin, {
    onOutput: (_, log) => {
      if (remade || !log.includes('::group::Apply')) return;
      remade = true;
      setTimeout(() => {
        stage.remakeService();
        void then();
      }, 700);
    },
  });
}

describe('between the look and the approval', () => {
  test('nothing is approved, and it is said what must be done', async () => {
    const end = await remakeDuringApproval();
    expect(end.exitCode).toBe(1);
    expect(end.errors).toEqual([`Private Link Service moodle-svc-pls was made anew while this ran. ${cure}`]);
    expect(end.warnings).toEqual([expect.stringMatching(/^Connection \S+ was gone when it was to be approved\.$/)]);
    expect(end.outputs['frontend-stale']).toBe('true');
    expect(stage.statuses()).toEqual(['Pending']);
  });

  test('when Terraform has replaced the origin meanwhile, the new request is approved', async () => {
    const end = await remakeDuringApproval(() => stage.replaceOrigin());
    expect(end.errors).toEqual([]);
    expect(end.outputs).toMatchObject({ outcome: 'applied', 'frontend-stale': 'false' });
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
  });
});

describe('before the run', () => {
  beforeEach(async () => {
    await stage.requestFromFrontDoor();
    await stage.run();
    stage.remakeService();
  });

  test('is known by what Front Door says, in a plan too', async () => {
    const end = await stage.run({ ...origin, mode: 'plan' });
    expect(end.outputs).toMatchObject({ outcome: 'planned', 'frontend-stale': 'true' });
    expect(end.outputs.steps).toContain('Front Door must ask anew first');
    expect(end.summary).toContain('Front Door must ask anew');
  });

  test('as an output: the run ends well, and after the origin was replaced the next one approves', async () => {
    const end = await stage.run({ ...origin, 'stale-frontend': 'output' });
    expect(end.errors).toEqual([]);
    expect(end.exitCode).toBe(0);
    expect(end.outputs).toMatchObject({ outcome: 'planned', 'frontend-stale': 'true', 'connection-id': '' });
    expect(end.warnings).toEqual([`Front Door says that its private link to moodle-svc-pls is Disconnected. ${cure}`]);
    await stage.replaceOrigin();
    const again = await stage.run(origin);
    expect(again.outputs).toMatchObject({ outcome: 'applied', 'frontend-stale': 'false' });
    expect(stage.statuses()).toEqual(['Pending', 'Approved']);
  });

  test('without the origin it is a request that never comes', async () => {
    const end = await stage.run({ timeout: '2s' });
    expect(end.errors).toEqual([expect.stringMatching(/^Waited \d+ s for the request of our Front Door/)]);
    expect(end.outputs['frontend-stale']).toBe('false');
  });
});

test('our connection that was cut off', async () => {
  await stage.requestFromFrontDoor();
  Object.assign(stage.connection(1), { status: 'Disconnected' });
  const end = await stage.run();
  expect(end.errors).toEqual([expect.stringMatching(/^Our connection \S+ on moodle-svc-pls is Disconnected\. /)]);
  expect(end.outputs['frontend-stale']).toBe('true');
});
