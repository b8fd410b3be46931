import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { looksDead, parseClusterNodes } from '../src/cluster-nodes.ts';
import { atLeast, OBSERVE_COMMANDS, readAnswer } from '../src/node-answer.ts';
import {
  countSlots,
  evenRanges,
  formatRanges,
  normalizeRanges,
  SLOT_COUNT,
  type SlotRange,
  slotOf,
  subtractRanges,
} from '../src/slots.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('CLUSTER NODES', () => {
  test('of 6.2, 7.0 and Valkey 8', () => {
    const text = [
      `${A} 10.0.0.1:6379@16379 myself,master - 0 1700000000000 7 connected 0-5460 5462 [93->-${B}]`,
      `${B} 10.0.0.2:6379@16379,redis-1.redis.moodle.svc slave ${A} 0 1700000000001 7 connected`,
      `${'c'.repeat(40)} 10.0.0.3:6379@16379,,tls-port=0,shard-id=${A} master,fail? - 1 2 0 disconnected`,
      `${'d'.repeat(40)} :0@0 master,noaddr - 1 2 0 disconnected 100-200`,
      `${'e'.repeat(40)} fd00::12:6379@16379 handshake - 1 0 0 connected`,
    ].join('\n');
    const [mine, replica, suspect, lost, six] = parseClusterNodes(`${text}\n`);
    expect(mine).toMatchObject({
      ip: '10.0.0.1',
      configEpoch: 7,
      slots: [
        { first: 0, last: 5460 },
        { first: 5462, last: 5462 },
      ],
      moving: [`[93->-${B}]`],
    });
    expect(replica).toMatchObject({ hostname: 'redis-1.redis.moodle.svc', primaryId: A, connected: true });
    expect(suspect).not.toHaveProperty('hostname');
    expect([mine, replica, suspect, lost].map((entry) => entry && looksDead(entry))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(lost).toMatchObject({ ip: '', port: 0 });
    expect(six).toMatchObject({ ip: 'fd00::12', port: 6379, flags: ['handshake'] });
  });

  test.each([
    'not a line',
    `${A} 10.0.0.1 master - 0 0 1 connected`,
    `${A} 10.0.0.1:6379@16379 master - 0 0 x connected`,
    `${A} 10.0.0.1:6379@16379 master - 0 0 1 maybe`,
    `${A} 10.0.0.1:6379@16379 master - 0 0 1 connected 5-4`,
    `${A} 10.0.0.1:6379@16379 master - 0 0 1 connected 0-16384`,
    `${A} 10.0.0.1:6379@16379 master ${A.slice(1)} 0 0 1 connected`,
  ])('refuses %p, and says which line', (line) => {
    expect(() => parseClusterNodes(line)).toThrow(line);
  });
});

describe('a node', () => {
  const replies = (change: Partial<Record<(typeof OBSERVE_COMMANDS)[number], string>> = {}): string[] =>
    OBSERVE_COMMANDS.map(
      (command) =>
        change[command] ??
        {
          PING: 'PONG',
          DBSIZE: '12',
          'INFO server': '# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.1.4\r\n',
          'INFO replication': '# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_link_status:up\r\n',
          'INFO memory': '# Memory\r\nused_memory:1048576\r\nmaxmemory:4194304\r\nmaxmemory_policy:noeviction\r\n',
          'CONFIG GET cluster-node-timeout': 'cluster-node-timeout\n5000',
          'CLUSTER INFO': 'cluster_state:ok\r\ncluster_known_nodes:6\r\n',
          'CLUSTER NODES': `${A} 10.0.0.9:6379@16379 myself,slave ${B} 0 0 3 connected\n${B} 10.0.0.1:6379@16379 master - 0 0 3 connected 0-16383\n`,
        }[command],
    );

  test('that is up', () => {
    expect(readAnswer(replies())).toMatchObject({
      id: A,
      version: '7.2.4',
      keys: 12,
      role: 'replica',
      primaryHost: '10.0.0.1',
      linkUp: true,
      memory: { used: 1048576, limit: 4194304, evicts: false },
      nodeTimeout: 5000,
      info: { cluster_state: 'ok', cluster_known_nodes: '6' },
      others: [{ id: B }],
    });
  });

  test('that does not let CONFIG be used has no timeout that is known', () => {
    const answer = readAnswer(replies({ 'CONFIG GET cluster-node-timeout': 'NOPERM no permissions' }));
    expect(answer).not.toHaveProperty('nodeTimeout');
  });

  test('that cannot be used yet says why', () => {
    expect(readAnswer(replies({ PING: 'LOADING Redis is loading the dataset in memory' }))).toMatch(/^LOADING/);
    expect(readAnswer(replies({ PING: 'NOAUTH Authentication required.' }))).toMatch(/^NOAUTH/);
    expect(readAnswer(replies({ 'CLUSTER INFO': 'ERR This instance has cluster support disabled' }))).toMatch(
      /cluster support disabled/,
    );
  });

  test('whose answers are not understood is an error', () => {
    expect(() => readAnswer(replies({ DBSIZE: 'many' }))).toThrow(/does not|not DBSIZE/);
    expect(() => readAnswer(replies({ 'CLUSTER NODES': '' }))).toThrow();
  });

  test.each([
    ['7.0.15', true],
    ['8.0.0', true],
    ['6.2.14', false],
    ['10.1', true],
  ])('%s has ADDSLOTSRANGE: %s', (version, has) => {
    expect(atLeast(version, 7, 0)).toBe(has);
  });
});

describe('slots', () => {
  const ranges = fc
    .array(fc.tuple(fc.nat(SLOT_COUNT - 1), fc.nat(300)), { maxLength: 8 })
    .map((list) => list.map(([first, more]): SlotRange => ({ first, last: Math.min(SLOT_COUNT - 1, first + more) })));
  const members = (list: readonly SlotRange[]): Set<number> =>
    new Set(list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index)));

  test('ranges behave as the sets they stand for', () => {
    fc.assert(
      fc.property(ranges, ranges, (one, other) => {
        expect(countSlots(one)).toBe(members(one).size);
        expect(members(normalizeRanges(one))).toEqual(members(one));
        const left = members(other);
        expect(members(subtractRanges(one, other))).toEqual(
          new Set([...members(one)].filter((slot) => !left.has(slot))),
        );
      }),
    );
  });

  test('even ranges cover every slot once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (primaries) => {
        const all = evenRanges(primaries);
        expect(formatRanges(all)).toBe('0-16383');
        expect(all.reduce((sum, { first, last }) => sum + last - first + 1, 0)).toBe(SLOT_COUNT);
      }),
    );
  });

  test('of keys are those of the specification', () => {
    expect(slotOf('123456789')).toBe(0x31c3);
    expect(slotOf('foo')).toBe(12182);
    expect(slotOf('{user1000}.following')).toBe(slotOf('{user1000}.followers'));
    expect(slotOf('foo{}{bar}')).toBe(slotOf('foo{}{bar}'));
    expect(slotOf('foo{}{bar}')).not.toBe(slotOf('bar'));
    expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'));
  });
});
