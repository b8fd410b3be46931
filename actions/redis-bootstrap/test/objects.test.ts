import { describe, expect, test } from '@jest/globals';
import type { LivePod } from '../src/cluster-view.ts';
import { diagram } from '../src/diagram.ts';
import { sizeObjects } from '../src/manifests.ts';
import { seedsOf } from '../src/pods.ts';
import { probeProblem } from '../src/probe.ts';
import { shardTable } from '../src/topology.ts';

const set = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'r', namespace: 'moodle' },
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: 'redis',
            image: 'docker.io/valkey/valkey:8.1.4',
            command: ['valkey-server', '/etc/valkey/valkey.conf'],
          },
          { name: 'other', image: 'x' },
        ],
      },
    },
  },
};
const inputs = { manifests: 'm', statefulSet: 'r', nodes: 12, namespace: 'school' };
const container = ([object]: readonly { spec?: unknown }[]): unknown => {
  const { template } = (object ?? set).spec as typeof set.spec;
  return template.spec.containers[0];
};

describe('the rendered objects', () => {
  test('get replicas and the namespace of the inputs', () => {
    const objects = sizeObjects([set, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'moodle' } }], inputs);
    expect(objects[0]).toMatchObject({ metadata: { namespace: 'school' }, spec: { replicas: 12 } });
    expect(objects[1]?.metadata.name).toBe('school');
    expect(container(objects)).toEqual(container([set]));
  });

  test('get the image, with the name that the server has in it', () => {
    const image = 'registry.example/library/redis:7.2.6@sha256:00';
    expect(container(sizeObjects([set], { ...inputs, image }))).toMatchObject({
      image,
      command: ['redis-server', '/etc/valkey/valkey.conf'],
    });
    expect(container(sizeObjects([set], { ...inputs, image: 'valkey/valkey:8.0' }))).toMatchObject({
      command: ['valkey-server', '/etc/valkey/valkey.conf'],
    });
  });
});

describe('the write probe', () => {
  test.each([
    [['v', '1'], undefined],
    [["OOM command not allowed when used memory > 'maxmemory'.", '0'], 'refused to write: OOM'],
    [['v', '0'], '0 of 1 replicas of r-0 confirmed'],
    [['w', '1'], 'another value'],
    [undefined, 'r-0 was not asked'],
  ])('%j: %s', (answers, expected) => {
    const [read = '', confirmed = ''] = answers ?? [];
    const probe = answers === undefined ? {} : { probe: { read, confirmed, expected: 'v' } };
    const problem = probeProblem({ pod: 'r-0', redis: probe } as LivePod, 1);
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(expected);
  });
});

test('seeds are the stable names of all pods', () => {
  expect(seedsOf({ name: 'r', serviceName: 'r-headless', replicas: 2 }, 'school', 6379)).toBe(
    'r-0.r-headless.school.svc.cluster.local:6379,r-1.r-headless.school.svc.cluster.local:6379',
  );
});

test('the picture has a line for each shard, a colour for each zone, and says which pair one failure would take', () => {
  const place = (ordinal: number, zone: string) => ({ pod: `r-${ordinal}`, node: `n-${ordinal % 4}`, zone });
  const shards = [
    { slots: '0-5460', primary: place(0, 'a'), replicas: [place(2, 'b')] },
    { slots: '5461-10922', primary: place(1, 'b'), replicas: [place(3, '')] },
    { slots: '10923-16383', primary: place(4, 'b'), replicas: [place(6, 'b'), place(8, 'a')] },
  ];
  expect(diagram(shards).split('\n').slice(1).join('\n')).toBe(`flowchart LR
  p0["r-0 · a<br/>0-5460"]:::zone1
  p0 --> r0_0(["r-2 · b"]):::zone2
  p1["r-1 · b<br/>5461-10922"]:::zone2
  p1 --> r1_0(["r-3"]):::zone0
  p2["r-4 · b<br/>10923-16383"]:::zone2
  p2 -. same zone .-> r2_0(["r-6 · b"]):::zone2
  p2 -. same node .-> r2_1(["r-8 · a"]):::zone1
  classDef zone0 fill:#cfe8ff,stroke:#555,color:#000
  classDef zone1 fill:#ffe3b3,stroke:#555,color:#000
  classDef zone2 fill:#d5f2d0,stroke:#555,color:#000`);
  expect(shardTable(shards).split('\n')).toHaveLength(9);
  expect(diagram(Array.from({ length: 101 }, () => shards[0]).flatMap((shard) => shard ?? []))).toBe('');
});
