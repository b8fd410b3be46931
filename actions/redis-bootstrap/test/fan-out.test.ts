import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '../src/client.ts';
import { stepFailure, wasTooBusy } from '../src/commands.ts';
import { fanOutScript, type NodeRequest, type Stage } from '../src/fan-out.ts';
import { type NodeReply, parseFanOut } from '../src/fan-out-answer.ts';
import { RedisServers } from './redis-servers.ts';

const CLIENT: Client = { port: 6379, tls: false };
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

  function run(stages: readonly Stage[], how: { client?: Client; perClient?: number } = {}): NodeReply[][] {
    const input = fanOutScript(stages, { seconds: 1, client: CLIENT, ...how });
    return parseFanOut(stages, spawnSync('dash', ['-s'], { input, encoding: 'utf8', maxBuffer: 2 ** 26 }).stdout);
  }
  const ask = (requests: readonly NodeRequest[], perClient?: number): NodeReply[] =>
    run([{ requests }], perClient === undefined ? {} : { perClient })[0] ?? [];

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

  test('a node that is not there is silent, and those after it are asked', () => {
    const [one] = servers.ips as [string];
    const replies = ask([request('127.122.0.9', 'PING'), request(one, 'PING'), request('127.122.0.8', 'PING')]);
    expect(replies.map(({ silence }) => silence)).toEqual([
      'Could not connect to Redis at 127.122.0.9:6379: Connection refused',
      undefined,
      'Could not connect to Redis at 127.122.0.8:6379: Connection refused',
    ]);
    expect(replies[1]?.replies).toEqual(['PONG']);
  });

  test('one that never answers holds up those after it, unless each has a client of its own', () => {
    const [one] = servers.ips as [string];
    const requests = [request(one, 'PING'), request(silentIp, 'PING'), request(one, 'DBSIZE')];
    const silences = (perClient: number) => ask(requests, perClient).map(({ silence }) => silence);
    expect(silences(25)).toEqual([undefined, 'no answer in time', 'no answer in time']);
    expect(silences(1)).toEqual([undefined, 'no answer in time', undefined]);
  });

  test('a hundred answers of some kilobytes each do not mix', () => {
    const requests = Array.from({ length: 100 }, (_, index) =>
      request(servers.ips[index % 2] ?? '', 'CLUSTER MYID', 'INFO', 'CLUSTER MYID'),
    );
    const ids = [0, 1].map((ordinal) => servers.cli(ordinal, 'cluster', 'myid'));
    for (const perClient of [10, 100]) {
      for (const [index, { replies }] of ask(requests, perClient).entries()) {
        expect(replies?.[0]).toBe(ids[index % 2]);
        expect(replies?.[1]).toMatch(/^# Server[\s\S]*# Keyspace$/);
        expect(replies?.[2]).toBe(ids[index % 2]);
      }
    }
  });

  test('a stage is asked again until every node answers with the texts, and not for ever', () => {
    const [one, other] = servers.ips as [string, string];
    // A number that is part of no address.
    const [key, value] = ['hash-max-listpack-entries', '51342'];
    servers.cli(1, 'config', 'set', key, value);
    const look = { requests: [one, other].map((ip) => request(ip, `CONFIG GET ${key}`)), until: [key, value] };
    const started = Date.now();
    expect(run([{ ...look, tries: 10 }])[0]?.[0]?.replies?.[0]).not.toContain(value);
    // Nine pauses of 20 ms.
    expect(Date.now() - started).toBeGreaterThan(9 * 20);
    servers.cli(0, 'config', 'set', key, value);
    const again = Date.now();
    expect(run([{ ...look, tries: 400 }])[0]?.[0]?.replies?.[0]).toContain(value);
    expect(Date.now() - again).toBeLessThan(10_000);
  });

  test('a text that has to be on several lines of every answer', () => {
    const requests = servers.ips.map((ip) => request(ip, 'ECHO one', 'ECHO one'));
    const took = (lines: number): number => {
      const started = Date.now();
      run([{ requests, until: ['one'], lines, tries: 30 }]);
      return Date.now() - started;
    };
    expect(took(3)).toBeGreaterThan(30 * 20);
    expect(took(2)).toBeLessThan(took(3));
  });

  test('stages follow each other, and one is left out when the one before says so', () => {
    const [one, other] = servers.ips as [string, string];
    const set = { requests: [request(one, 'CONFIG SET lfu-decay-time 9')] };
    const look = { requests: [request(other, 'PING'), request(one, 'CONFIG GET lfu-decay-time')] };
    const unless = (text: string): Stage => ({ requests: [request(one, 'PING')], unless: [text] });
    const replies = run([set, look, unless('lfu'), look, unless('lru')]).map((stage) =>
      stage.map((one) => one.replies),
    );
    expect(replies[1]?.[1]?.[0]).toContain('9');
    expect([replies[2], replies[4]]).toEqual([[undefined], [['PONG']]]);
  });

  test('whatever a command holds, the shell takes nothing for its own', () => {
    const [one] = servers.ips as [string];
    const nasty = `"it's $(id) \`id\` ; exit 9"`;
    expect(ask([request(one, `ECHO ${nasty}`)])[0]?.replies).toEqual([nasty.slice(1, -1)]);
  });

  test('a password is read in the pod, and is in no command line', () => {
    const [one] = servers.ips as [string];
    const file = join(servers.directory, 'password');
    writeFileSync(file, "o'pen $esame\n");
    servers.cli(
      0,
      'acl',
      'setuser',
      'keeper',
      'on',
      `#${createHash('sha256').update("o'pen $esame").digest('hex')}`,
      '+@all',
      '~*',
    );
    const stages = [{ requests: [request(one, 'ACL WHOAMI')] }];
    const told = (client: Client): NodeReply | undefined => {
      expect(fanOutScript(stages, { seconds: 1, client })).not.toContain('esame');
      return run(stages, { client })[0]?.[0];
    };
    expect(told({ ...CLIENT, user: 'keeper', passwordFile: file })?.replies).toEqual(['keeper']);
    writeFileSync(file, 'wrong');
    expect(told({ ...CLIENT, user: 'keeper', passwordFile: file })?.silence).toMatch(/WRONGPASS/);
  });
});

test('an output that was cut off makes the rest silent', () => {
  const stages = [{ requests: [request('10.0.0.1', 'PING'), request('10.0.0.2', 'PING')] }];
  const cut = { ip: '10.0.0.2', silence: 'no answer' };
  expect(parseFanOut(stages, '@@stage s0\n@@node.0\n@@reply\nPONG\n@@end\n@@node.1\n@@reply\nPO')).toEqual([
    [{ ip: '10.0.0.1', replies: ['PONG'] }, cut],
  ]);
  const [[gone] = []] = parseFanOut(stages, '');
  expect(gone).toEqual({ ip: '10.0.0.1', silence: 'the command ended before it answered' });
});

test('what the client says is what a node is silent for', () => {
  const stages = [{ requests: [request('10.0.0.1', 'PING')] }];
  const output = '@@stage s0\nNOAUTH Authentication required.\n@@errors\nAUTH failed: WRONGPASS\ncode 0\n@@done\n';
  expect(parseFanOut(stages, output)).toEqual([[{ ip: '10.0.0.1', silence: 'AUTH failed: WRONGPASS' }]]);
});

test('a node that reads its data has not done its step, and not refused it', () => {
  expect(wasTooBusy(['LOADING Redis is loading the dataset in memory'])).toBe(true);
  expect(wasTooBusy(['OK', 'BUSY Redis is busy running a script.'])).toBe(true);
  expect(wasTooBusy(['OK', 'ERR Slot 5 is already busy'])).toBe(false);
});

test('refusals that only mean "not needed" are no failures; others name the pod', () => {
  const reply = (text: string) => [text];
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
});
