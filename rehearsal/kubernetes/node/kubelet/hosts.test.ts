import { expect, test } from '@jest/globals';
import { ownHosts, sharedHosts } from './hosts.ts';

const services = [
  { name: 'db', namespace: 'a', clusterIP: '127.96.0.1', endpoints: [] },
  {
    name: 'redis',
    namespace: 'b',
    clusterIP: 'None',
    endpoints: [
      { pod: 'redis-0', ip: '127.64.0.1', ready: true, hostname: 'redis-0' },
      { pod: 'redis-1', ip: '127.64.0.2', ready: false, hostname: 'redis-1' },
    ],
  },
];

test('short names only in the own namespace; pods of a headless Service under their own names, when ready', () => {
  expect(sharedHosts('a', services, { 'db.example': '127.1.1.1' })).toBe(
    `127.96.0.1 db.a.svc.cluster.local db.a.svc db.a db
127.64.0.1 redis-0.redis.b.svc.cluster.local redis-0.redis.b.svc redis-0.redis.b redis.b.svc.cluster.local redis.b.svc redis.b
127.1.1.1 db.example
`,
  );
  expect(sharedHosts('b', services, {})).toContain(
    ' redis-0.redis.b redis-0.redis redis.b.svc.cluster.local redis.b.svc redis.b redis\n',
  );
});

test('a pod knows itself, under its full name when it has a subdomain', () => {
  const pod = { name: 'redis-0', namespace: 'b', ip: '127.64.0.1' };
  expect(ownHosts(pod)).toBe('127.0.0.1 localhost\n127.64.0.1 redis-0\n');
  expect(ownHosts({ ...pod, subdomain: 'redis' })).toContain('127.64.0.1 redis-0.redis.b.svc.cluster.local redis-0\n');
});
