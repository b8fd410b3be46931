/** Clusters that let in only who shows a certificate and a password: every path of the action, the moving of slots among them. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { failureOf } from './faults/outcome.ts';
import { type RunOptions, Stage } from './stage.ts';

jest.setTimeout(240_000);

const PASSWORD = 'not$a"plain one';
/** What docs/redis.md says that the action and the servers among themselves need. */
const KEEPER =
  '+ping +echo +select +dbsize +info +config|get +config|set +cluster +eval +wait +set +get +del +migrate +asking +restore +restore-asking';
const FOLLOWER = '+ping +replconf +psync';

let directory: string;
let stage: Stage;
const file = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'redis-access-'));
  await writeCertificates();
  writeFileSync(file('password'), `${PASSWORD}\n`);
  const hash = await sha256(PASSWORD);
  writeFileSync(
    file('users'),
    [
      'user default off',
      `user keeper on #${hash} ~* -@all ${KEEPER}`,
      `user follower on >following -@all ${FOLLOWER}`,
      'user tester on >testing ~* +@all',
      '',
    ].join('\n'),
  );
  stage = await Stage.open({
    servers: 8,
    client: ['--tls', '--cacert', file('ca'), '--cert', file('cert'), '--key', file('key')].concat(
      ['--user', 'tester'],
      ['--pass', 'testing', '--no-auth-warning'],
    ),
    settings: {
      port: '0',
      'tls-port': '6379',
      'tls-cluster': 'yes',
      'tls-replication': 'yes',
      'tls-ca-cert-file': file('ca'),
      'tls-cert-file': file('cert'),
      'tls-key-file': file('key'),
      aclfile: file('users'),
      masteruser: 'follower',
      masterauth: 'following',
      'cluster-node-timeout': '5000',
    },
  });
  stage.resize(6);
});

afterAll(async () => {
  await stage?.close();
  await rm(directory, { recursive: true });
});

/** One authority, and one certificate that the servers and the action show to each other. */
async function writeCertificates(): Promise<void> {
  const validity = { keyType: 'ec', algorithm: 'sha256' } as const;
  const authority = await generate([{ name: 'commonName', value: 'authority of a test' }], {
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'redis' }], {
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    ],
  });
  writeFileSync(file('ca'), authority.cert);
  writeFileSync(file('cert'), leaf.cert);
  writeFileSync(file('key'), leaf.private);
}

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
}

const inputs = (nodes: number, changed: Record<string, string> = {}): RunOptions => ({
  inputs: {
    nodes: String(nodes),
    user: 'keeper',
    'password-file': file('password'),
    tls: 'true',
    'tls-ca-file': file('ca'),
    'tls-cert-file': file('cert'),
    'tls-key-file': file('key'),
    ...changed,
  },
});

test('forms, moves slots with their keys, and finds nothing to do, as a user with few rights', async () => {
  const { servers } = stage;
  const formed = await stage.run('apply', inputs(6));
  expect({ code: formed.code, log: formed.log }).toMatchObject({ code: 0 });
  for (let key = 0; key < 60; key += 1) expect(servers.cluster(0, 'set', `session:${key}`, String(key))).toBe('OK');
  const grown = await stage.run('apply', inputs(8));
  expect({ code: grown.code, log: grown.log }).toMatchObject({ code: 0 });
  expect(grown.steps.map(({ action }) => action)).toContain('move-slots');
  const kept = Array.from({ length: 60 }, (_, key) => servers.cluster(0, 'get', `session:${key}`));
  expect(kept).toEqual(kept.map((_, key) => String(key)));
  const again = await stage.run('apply', inputs(8));
  expect({ code: again.code, log: again.log }).toMatchObject({ code: 0 });
  expect(again.outputs.outcome).toBe('unchanged');
  for (const ordinal of servers.ips.keys()) servers.cli(ordinal, 'acl', 'setuser', 'keeper', '-migrate');
  expect(failureOf(await stage.run('apply', inputs(6)))).toMatch(
    /^The user "keeper" \(input "user"\) lacks a right on pod redis-sessions-[67]: it may not run (MIGRATE|a command that a script calls)/,
  );
  const said = [formed, grown, again].map(({ log, summary }) => log + summary).join();
  expect(said + stage.calls.join()).not.toContain(PASSWORD);
});

test.each([
  [
    'a wrong password',
    { 'password-file': 'wrong' },
    'Pod redis-sessions-0 refuses the password in input "password-file" (DIRECTORY/wrong): it is not that of the user "keeper", or there is no such user, or it is off.',
  ],
  [
    'an empty password file',
    { 'password-file': 'empty' },
    'Input "password-file" must be a file in the container with the password; in redis-sessions-0: DIRECTORY/empty is empty.',
  ],
  [
    'a password file that is not there',
    { 'password-file': 'absent' },
    'Input "password-file" must be a file in the container with the password; in redis-sessions-0: cat: DIRECTORY/absent: No such file or directory.',
  ],
  [
    'an authority that did not sign',
    { 'tls-ca-file': 'other' },
    'Pod redis-sessions-0 shows a certificate that input "tls-ca-file" (DIRECTORY/other) does not vouch for.',
  ],
])('says at once of %s', async (_, changed, message) => {
  writeFileSync(file('wrong'), 'wrong');
  writeFileSync(file('empty'), '');
  const other = await generate([{ name: 'commonName', value: 'another' }], { keyType: 'ec', algorithm: 'sha256' });
  writeFileSync(file('other'), other.cert);
  const where = Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, file(value)]));
  for (const mode of ['plan', 'apply'] as const) {
    const run = await stage.run(mode, inputs(8, where));
    expect(failureOf(run)).toBe(message.replace('DIRECTORY', directory));
    expect(run.log).not.toMatch(/wrong\n/);
  }
});
