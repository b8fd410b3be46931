import { expect, test } from '@jest/globals';
import { accessRefusal } from '../src/access.ts';

const CLIENT = { port: 6379, tls: true, user: 'keeper', passwordFile: '/run/secrets/redis' };
const told = (text: string): string | undefined => accessRefusal('redis-0', text, CLIENT);

test.each([
  ["NOPERM this user has no permissions to run the 'info' command or its subcommand", 'INFO'],
  ["NOPERM this user has no permissions to run the 'cluster|meet' command", 'CLUSTER MEET'],
  ["NOPERM User keeper has no permissions to run the 'config|get' command", 'CONFIG GET'],
  ["ERR ACL failure in script: User keeper has no permissions to run the 'set' command script: d7", 'SET'],
  [
    "ERR Error running script: The user executing the script can't run this command or subcommand",
    'a command that a script calls (SET, GET, DEL, MIGRATE, CLUSTER)',
  ],
])('%s', (text, right) => {
  expect(told(text)).toBe(
    `The user "keeper" (input "user") lacks a right on pod redis-0: it may not run ${right}; docs/redis.md lists the rights it needs.`,
  );
});

test.each([
  'NOPERM this user has no permissions to access one of the keys used as arguments',
  'NOPERM No permissions to access a key',
  "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
])('%s', (text) => expect(told(text)).toContain('it may not touch every key (~*)'));

test.each(['LOADING Redis is loading the dataset in memory', 'CLUSTERDOWN The cluster is down', 'no answer in time'])(
  '%s may pass',
  (text) => expect(told(text)).toBeUndefined(),
);
