import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '../src/client.ts';
import { stepFailure } from '../src/commands.ts';
import { fanOutScript, type NodeReply, type NodeRequest, parseFanOut, type Stage } from '../src/fan-out.ts';
import { RedisServers } from './redis-servers.ts';

const CLIENT: Client = { port: 6379, tls: false };
const request = (ip: string, ...commands: string[]): NodeRequest => ({ ip, port: 6379, calls: [{ commands }] });

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

  function run(...stages: Stage[]): NodeReply[][] {
    const input = fanOutScript(stages, { seconds: 1, client: CLIENT });
    return parseFanOut(stages, spawnSync('dash', ['-s'], { input, encoding: 'utf8', maxBuffer: 2 ** 26 }).stdout);
  }
  const ask = (requests: Stage): NodeReply[] => run(requests)[0] ?? [];

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

  test('a call is made again until its answer has the texts, and not for ever', () => {
    const [one] = servers.ips as [string];
    const started = Date.now();
    const commands = ['CLUSTER REPLICATE abc'];
    const [reply] = ask([{ ip: one, port: 6379, calls: [{ commands, until: ['OK'], tries: 10 }] }]);
    expect(reply?.replies).toEqual(['ERR Unknown node abc']);
    expect(Date.now() - started).toBeGreaterThan(450);
    const calls = [{ commands: ['INCR {tries}'], until: ['4'], tries: 50 }];
    servers.cli(0, 'cluster', 'addslotsrange', '0', '16383');
    servers.cli(0, 'config', 'set', 'cluster-node-timeout', '500');
    const wait = { commands: ['CLUSTER INFO'], until: ['cluster_state:ok'], tries: 100 };
    expect(ask([{ ip: one, port: 6379, calls: [wait, ...calls] }])[0]?.replies?.[1]).toBe('4');
  });

  test('a call is made only when the answers so far have its texts; the last commands are sent in any case', () => {
    const [one] = servers.ips as [string];
    const given = (text: string) => ({ commands: ['ECHO given'], given: [text] });
    const calls = [{ commands: ['PING'] }, given('PONG'), given('PANG')];
    const last = ['CONFIG SET lfu-decay-time 7'];
    expect(ask([{ ip: one, port: 6379, calls, finally: last }])[0]?.replies).toEqual(['PONG', 'given']);
    expect(servers.cli(0, 'config', 'get', 'lfu-decay-time')).toContain('7');
  });

  test('stages follow each other', () => {
    const [one, other] = servers.ips as [string, string];
    const set = (text: string) => `CONFIG SET proc-title-template ${text}`;
    const slow = { ip: one, port: 6379, calls: [{ commands: ['DEBUG SLEEP 0', set('early')] }] };
    const replies = run([slow, request(other, 'PING')], [request(one, 'CONFIG GET proc-title-template')]);
    expect(replies[1]?.[0]?.replies?.[0]).toContain('early');
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
    const stages = [[request(one, 'ACL WHOAMI')]];
    const told = (client: Client): NodeReply | undefined => {
      const input = fanOutScript(stages, { seconds: 1, client });
      expect(input).not.toContain('esame');
      return parseFanOut(stages, spawnSync('dash', ['-s'], { input, encoding: 'utf8' }).stdout)[0]?.[0];
    };
    expect(told({ ...CLIENT, user: 'keeper', passwordFile: file })?.replies).toEqual(['keeper']);
    writeFileSync(file, 'wrong');
    expect(told({ ...CLIENT, user: 'keeper', passwordFile: file })?.silence).toMatch(/WRONGPASS/);
  });
});

test('an output that was cut off makes the rest silent', () => {
  const stages = [[request('10.0.0.1', 'PING'), request('10.0.0.2', 'PING')]];
  expect(parseFanOut(stages, '@@node 0.0 0\n@@reply\nPONG\n')).toEqual([
    [
      { ip: '10.0.0.1', replies: ['PONG'] },
      { ip: '10.0.0.2', silence: 'the command ended before it answered' },
    ],
  ]);
  expect(parseFanOut(stages, '@@node 0.0 0\nAUTH failed: WRONGPASS\n@@reply\nPONG\n')[0]?.[0]).toEqual({
    ip: '10.0.0.1',
    silence: 'AUTH failed: WRONGPASS',
  });
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
