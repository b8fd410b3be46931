import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectionStatus, PrivateEndpointConnection } from '#toolkit/azure/private-link';
import { approvalDescription, LONGEST_DESCRIPTION, rejectionDescription, sortConnections } from '../src/connections.ts';
import { type Observed, plan, type Wanted } from '../src/plan.ts';
import { explainEvent } from '../src/service-events.ts';

const message = 'moodle-high-scale/production/3f9c2a';
const service = {
  id: '/pls',
  name: 'moodle-svc-pls',
  owner: 'moodle/moodle-svc',
  alias: 'moodle-svc-pls.1.westeurope.azure.privatelinkservice',
  provisioningState: 'Succeeded',
  visibility: ['*'],
  natAddresses: 8,
};
const wanted: Wanted = {
  privateLinkService: 'moodle-svc-pls',
  ownerService: 'moodle/moodle-svc',
  requestMessage: message,
  foreign: 'report',
};

function connection(name: string, status: ConnectionStatus, description: string): PrivateEndpointConnection {
  return { name, id: `/pls/${name}`, status, description, privateEndpointId: '/pe', provisioningState: 'Succeeded' };
}

const statuses: ConnectionStatus[] = ['Pending', 'Approved', 'Rejected', 'Disconnected', 'Removed'];
/** Texts that a stranger might try who has seen a message like ours, and ours. */
const messages = fc.oneof(
  fc.string(),
  fc.constant(message),
  fc.constantFrom(
    message,
    `Approved: ${message}`,
    `Approved by a/b run 1: ${message}`,
    `${message} `,
    ` ${message}`,
    `\u200b${message}`,
    message.normalize('NFD').toUpperCase(),
    `${message}1`,
    message.slice(0, -1),
    `x: ${message}`,
    message.replace('moodle', 'm\u043eodle'),
    '',
  ),
);
const someone = fc.record({ status: fc.constantFrom(...statuses), description: messages });
const connections = fc
  .array(someone, { maxLength: 6 })
  .map((all) => all.map(({ status, description }, index) => connection(`c${index}`, status, description)));
const originStatus = fc.constantFrom(undefined, 'Pending', 'Approved', 'Rejected', 'Disconnected', 'Timeout');

describe('plan', () => {
  test('5,000 sets of connections: never is one approved whose message is not exactly ours, nor one of ours rejected', () => {
    let approvals = 0;
    let rejections = 0;
    const foreign = fc.constantFrom<Wanted['foreign'][]>('report', 'reject');
    const aliases = fc.constantFrom(undefined, service.alias, 'another');
    fc.assert(
      fc.property(connections, originStatus, foreign, aliases, (all, status, fate, firstAlias) => {
        const observed: Observed = { service, connections: all, originStatus: status };
        let made: ReturnType<typeof plan>;
        try {
          made = plan(observed, { ...wanted, foreign: fate, firstAlias });
        } catch {
          // It may always refuse; what it must not do is approve another.
          return;
        }
        const byName = new Map(all.map((one) => [one.name, one]));
        for (const { action, target } of made.steps) {
          const one = byName.get(target);
          if (action === 'approve' && one === undefined) {
            expect(target).toBe('connection on moodle-svc-pls');
          } else if (action === 'approve') {
            approvals += 1;
            expect(one).toMatchObject({ status: 'Pending', description: message });
          } else {
            rejections += 1;
            expect([action, fate, one?.status]).toEqual(['reject', 'reject', 'Pending']);
            expect(one?.description).not.toBe(message);
          }
        }
        expect(made.steps.filter(({ action }) => action === 'approve').length).toBeLessThanOrEqual(1);
        if (made.connection !== undefined) expect(made.connection.description.endsWith(message)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    // The sets are such that both really happen, far more often than this.
    expect(approvals).toBeGreaterThan(100);
    expect(rejections).toBeGreaterThan(100);
  });

  test('after the approval that it planned there is nothing left to do', () => {
    fc.assert(
      fc.property(
        fc.array(
          someone.filter(({ description }) => !description.includes(message)),
          { maxLength: 4 },
        ),
        fc.option(fc.string({ maxLength: 200 }), { nil: undefined }),
        (others, approver) => {
          const foreign = others.map(({ status, description }, index) => connection(`c${index}`, status, description));
          const before = plan({ service, connections: [...foreign, connection('ours', 'Pending', message)] }, wanted);
          expect(before.steps.map(({ target }) => target)).toEqual(['ours']);
          const approved = connection('ours', 'Approved', approvalDescription(message, approver));
          const after = plan({ service, connections: [...foreign, approved] }, wanted);
          expect(after).toMatchObject({ steps: [], connection: approved });
        },
      ),
    );
  });

  test('an approved and a pending one with our message: stop', () => {
    const all = [connection('a', 'Approved', `Approved: ${message}`), connection('b', 'Pending', message)];
    expect(() => plan({ service, connections: all }, wanted)).toThrow(
      '2 connections on moodle-svc-pls carry the request message',
    );
  });

  test('when the twin was rejected by hand, the other one is ours', () => {
    const all = [connection('theirs', 'Rejected', `no: ${message}`), connection('ours', 'Pending', message)];
    expect(plan({ service, connections: all }, wanted).steps).toMatchObject([{ action: 'approve', target: 'ours' }]);
  });

  test('a Private Link Service without an owner is not ours', () => {
    expect(() => plan({ service: { ...service, owner: undefined }, connections: [] }, wanted)).toThrow(
      'has no tag kubernetes-owner-service',
    );
  });

  test('a Private Link Service that failed', () => {
    const failed = { ...service, provisioningState: 'Failed' };
    expect(() => plan({ service: failed, connections: [] }, wanted)).toThrow('moodle-svc-pls is Failed');
  });
});

describe('whether Front Door will ask', () => {
  const stale = (observed: Partial<Observed>, more: Partial<Wanted> = {}) =>
    plan({ service, connections: [], ...observed }, { ...wanted, ...more }).stale;
  const lost = connection('old', 'Disconnected', `Approved: ${message}`);
  const byHand = connection('x', 'Approved', 'ok');

  test.each<[string, Partial<Observed>, Partial<Wanted>, RegExp | undefined]>([
    ['nothing yet: it may', {}, {}, undefined],
    ['it says that it waits', { originStatus: 'Pending' }, {}, undefined],
    [
      'our connection was cut off',
      { connections: [lost] },
      {},
      /^Our connection old on moodle-svc-pls is Disconnected$/,
    ],
    ['that was an earlier origin; the new one waits', { connections: [lost], originStatus: 'Pending' }, {}, undefined],
    ['and a new request is there', { connections: [lost, connection('n', 'Pending', message)] }, {}, undefined],
    ['the service has another alias', {}, { firstAlias: 'before' }, /was made anew while this ran$/],
    ['it has lost its link', { originStatus: 'Disconnected' }, {}, /^Front Door says .* is Disconnected$/],
    ['it has a link that is not here', { originStatus: 'Approved' }, {}, /the service was made anew$/],
    ['it may be the one approved by hand', { originStatus: 'Approved', connections: [byHand] }, {}, undefined],
  ])('%s', (_, observed, more, sentence) => {
    const why = stale(observed, more);
    if (sentence === undefined) expect(why).toBeUndefined();
    else expect(why).toMatch(sentence);
  });
});

describe('what AKS says when it makes no Private Link Service', () => {
  test.each([
    [
      'Error syncing load balancer: PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled: Private link service /x cannot be created in a subnet /y since it has private link service network policies enabled.',
      /^The subnet's network policies/,
    ],
    [
      'SubnetIsFull: Subnet pls with address prefix 10.64.18.0/29 does not have enough capacity',
      /^The subnet has no free/,
    ],
    ['PrivateLinkServiceCountLimitReached: Cannot create more than 800 private link services', /^A limit of the/],
    [
      "LinkedAuthorizationFailed: The client 'c' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action'",
      /^The cluster's identity may not/,
    ],
    [
      'failed to get subnet: the subnet "private-link" was not found in the virtual network',
      /^There is no such subnet/,
    ],
    ['something new\n  happened.', /^AKS says: something new happened\.$/],
  ])('%s', (message, sentence) => {
    expect(explainEvent(message)).toMatch(sentence);
    expect(explainEvent(message)).toContain('AKS says: ');
    expect(explainEvent('x'.repeat(9000)).length).toBeLessThan(500);
  });
});

test('a rejection names the run and stays within the limit', () => {
  expect(rejectionDescription('a/b run 1')).toBe('Rejected by a/b run 1: not the request of our Front Door');
  expect(rejectionDescription('x'.repeat(200)).length).toBe(LONGEST_DESCRIPTION);
});

describe('approvalDescription', () => {
  test('names the approver where there is room, always keeps the message, never exceeds the limit', () => {
    expect(approvalDescription(message, 'a/b run 1')).toBe(`Approved by a/b run 1: ${message}`);
    expect(approvalDescription(message, undefined)).toBe(`Approved: ${message}`);
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: LONGEST_DESCRIPTION }),
        fc.option(fc.string({ maxLength: 200 }), { nil: undefined }),
        (text, approver) => {
          const description = approvalDescription(text, approver);
          expect(description.length).toBeLessThanOrEqual(LONGEST_DESCRIPTION);
          expect(sortConnections([connection('c', 'Approved', description)], text).ours).toHaveLength(1);
        },
      ),
    );
  });
});
