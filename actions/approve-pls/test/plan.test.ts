import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectionStatus, PrivateEndpointConnection } from '#toolkit/azure/private-link';
import { approvalDescription, LONGEST_DESCRIPTION, sortConnections } from '../src/connections.ts';
import { plan } from '../src/plan.ts';

const message = 'moodle-high-scale/production/3f9c2a';
const service = { id: '/pls', name: 'moodle-svc-pls', tags: { 'kubernetes-owner-service': 'moodle/moodle-svc' } };
const wanted = { privateLinkService: 'moodle-svc-pls', ownerService: 'moodle/moodle-svc', requestMessage: message };

function connection(name: string, status: ConnectionStatus, description: string): PrivateEndpointConnection {
  return { name, id: `/pls/${name}`, status, description, privateEndpointId: '/pe', provisioningState: 'Succeeded' };
}

const statuses: ConnectionStatus[] = ['Pending', 'Approved', 'Rejected', 'Disconnected', 'Removed'];
const someone = fc.record({
  status: fc.constantFrom(...statuses),
  description: fc.oneof(
    fc.string(),
    fc.constantFrom(
      message,
      `Approved: ${message}`,
      `${message} `,
      message.toUpperCase(),
      `${message}1`,
      `x: ${message}`,
    ),
  ),
});
const connections = fc
  .array(someone, { maxLength: 6 })
  .map((all) => all.map(({ status, description }, index) => connection(`c${index}`, status, description)));

describe('plan', () => {
  test('approves at most one connection, and only a pending one whose message is ours to the letter', () => {
    fc.assert(
      fc.property(connections, (all) => {
        let made: ReturnType<typeof plan>;
        try {
          made = plan({ service, connections: all }, wanted);
        } catch {
          // It may always refuse; what it must not do is approve another.
          return;
        }
        expect(made.steps.length).toBeLessThanOrEqual(1);
        const target = all.find(({ name }) => name === made.steps[0]?.target);
        if (target !== undefined) expect(target).toMatchObject({ status: 'Pending', description: message });
        for (const foreign of made.foreignPending) expect(foreign).not.toMatchObject({ description: message });
      }),
    );
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

  test('an old connection that Front Door dropped does not count', () => {
    const all = [connection('old', 'Disconnected', message), connection('new', 'Pending', message)];
    expect(plan({ service, connections: all }, wanted).steps).toMatchObject([{ target: 'new' }]);
  });

  test('an approved and a pending one with our message: stop', () => {
    const all = [connection('a', 'Approved', `Approved: ${message}`), connection('b', 'Pending', message)];
    expect(() => plan({ service, connections: all }, wanted)).toThrow(
      '2 connections on moodle-svc-pls carry the request message',
    );
  });

  test('a Private Link Service without an owner is not ours', () => {
    expect(() => plan({ service: { id: '/pls', name: 'x' }, connections: [] }, wanted)).toThrow(
      'has no tag kubernetes-owner-service',
    );
  });
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
