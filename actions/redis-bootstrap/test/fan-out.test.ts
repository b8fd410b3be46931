import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stepFailure } from '../src/commands.ts';
import { fanOutScript, type NodeRequest, parseFanOut } from '../src/fan-out.ts';
import { RedisServers } from './redis-servers.ts';

const request = (ip: string, ...commands: string[]): NodeRequest => ({ ip, port: 6379, commands });

describe('the script, under dash', () => {
  let servers: RedisServers;
  let mute: Server;
  const silentIp = `127.121.${1 + Math.floor(Math.random() * 250)}.1`;
  beforeAll(async () => {
    servers = await RedisServers.start(2);
    mute = createServer();
    await new Promise<void>((listening) => mute.listen(6379, silentIp, listening));
  });
  afterAll(async () => {
    await new Promise((closed) => mute.close(closed));
    await servers.stop();
  });

  function ask(requests: readonly NodeRequest[], retries = 0) {
    const { stdout } = spawnSync('dash', ['-s'], {
      input: fanOutScript(requests, { seconds: 1, retries }),
      encoding: 'utf8',
    });
    return parseFanOut(requests, stdout);
  }

  test('keeps answers apart, in order, errors among them', () => {
    const [one, other] = servers.ips as [string, string];
    const replies = ask([
      request(one, 'PING', 'CLUSTER REPLICATE abc', 'DBSIZE'),
      request(other, 'CLUSTER MYID', 'INFO server'),
    ]);
    expect(replies[0]).toEqual({ ip: one, replies: ['PONG', 'ERR Unknown node abc', '0'] });
    expect(replies[1]?.replies?.[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(replies[1]?.replies?.[1]).toContain('redis_version:');
  });

  test('a node that is not there and one that never answers are silent, each for itself', () => {
    const [one] = servers.ips as [string];
    const replies = ask([request('127.122.0.9', 'PING'), request(silentIp, 'PING'), request(one, 'PING')]);
    expect(replies.map(({ silence }) => silence)).toEqual([
      expect.stringContaining('Connection refused'),
      'no answer in time',
      undefined,
    ]);
    expect(replies[2]?.replies).toEqual(['PONG']);
  });

  test('a hundred answers of some kilobytes each do not mix', () => {
    const requests = Array.from({ length: 100 }, (_, index) =>
      request(servers.ips[index % 2] ?? '', 'CLUSTER MYID', 'INFO', 'CLUSTER MYID'),
    );
    const ids = [0, 1].map((ordinal) => servers.cli(ordinal, 'cluster', 'myid'));
    for (const [index, { replies }] of ask(requests).entries()) {
      expect(replies?.[0]).toBe(ids[index % 2]);
      expect(replies?.[1]).toMatch(/^# Server[\s\S]*# Keyspace$/);
      expect(replies?.[2]).toBe(ids[index % 2]);
    }
  });

  test('asks again while the node is unknown, and not for ever', () => {
    const [one] = servers.ips as [string];
    const started = Date.now();
    expect(ask([request(one, 'CLUSTER REPLICATE abc')], 3)[0]?.replies).toEqual(['ERR Unknown node abc']);
    expect(Date.now() - started).toBeGreaterThan(500);
  });
});

test('nothing that a shell could take for its own is sent', () => {
  expect(() => fanOutScript([request('10.0.0.1', "GET '; rm -rf /'")], { seconds: 1 })).toThrow(/is not sent/);
  expect(() => fanOutScript([request('$(id)', 'PING')], { seconds: 1 })).toThrow(/is not sent/);
});

test('an output that was cut off makes the rest silent', () => {
  const requests = [request('10.0.0.1', 'PING'), request('10.0.0.2', 'PING')];
  expect(parseFanOut(requests, '@@node 0 0\n@@reply\nPONG\n')).toEqual([
    { ip: '10.0.0.1', replies: ['PONG'] },
    { ip: '10.0.0.2', silence: 'the command ended before it answered' },
  ]);
  expect(parseFanOut(requests.slice(0, 1), '@@node 0 0\nAUTH failed: WRONGPASS\n@@reply\nPONG\n')[0]).toEqual({
    ip: '10.0.0.1',
    silence: 'AUTH failed: WRONGPASS',
  });
});

test('refusals that only mean "not needed" are no failures; others name the pod', () => {
  const reply = (text: string) => ({ ip: '10.0.0.1', replies: [text] });
  expect(
    stepFailure({ kind: 'set-epoch', pod: 'r-1', epoch: 2 }, reply('ERR Node config epoch is already non-zero')),
  ).toBeUndefined();
  expect(stepFailure({ kind: 'replicate', pod: 'r-1', primary: 'r-0' }, reply('ERR Unknown node abc'))).toBeUndefined();
  expect(stepFailure({ kind: 'assign-slots', pod: 'r-1', slots: [] }, reply('ERR Slot 5 is already busy'))).toBe(
    'r-1 refused to assign-slots: ERR Slot 5 is already busy',
  );
  expect(
    stepFailure(
      { kind: 'reset', pod: 'r-1' },
      reply("ERR CLUSTER RESET can't be called with master nodes containing keys"),
    ),
  ).toContain('containing keys');
  expect(stepFailure({ kind: 'reset', pod: 'r-1' }, { ip: '10.0.0.1', silence: 'no answer in time' })).toBe(
    'r-1 did not answer: no answer in time',
  );
});
