import { describe, expect, test } from '@jest/globals';
import type { LivePod } from '../src/cluster-view.ts';
import { sizeObjects } from '../src/manifests.ts';
import { seedsOf } from '../src/pods.ts';
import { probeProblem } from '../src/probe.ts';
import { diagram, shardTable } from '../src/topology.ts';

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
    [['OK', '1', 'v'], undefined],
    [['OOM command not allowed', '0', ''], 'refused to write: OOM'],
    [['OK', '0', 'v'], '0 of 1 replicas of r-0 confirmed'],
    [['OK', '1', 'w'], 'another value'],
    [undefined, 'r-0 was not asked'],
  ])('%j: %s', (answers, expected) => {
    const [written = '', confirmed = '', read = ''] = answers ?? [];
    const probe = answers === undefined ? {} : { probe: { written, confirmed, read, expected: 'v' } };
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

test('the picture has a box for each zone and an arrow for each replica', () => {
  const place = (ordinal: number, zone: string) => ({ pod: `r-${ordinal}`, node: `n-${ordinal}`, zone });
  const shards = [
    { slots: '0-8191', primary: place(0, 'a'), replicas: [place(2, 'b')] },
    { slots: '8192-16383', primary: place(1, 'b'), replicas: [place(3, '')] },
  ];
  expect(diagram(shards)).toBe(`flowchart LR
  subgraph zone0["no zone"]
    n3(["r-3"])
  end
  subgraph zone1["zone a"]
    n0["r-0<br/>0-8191"]
  end
  subgraph zone2["zone b"]
    n1(["r-2"])
    n2["r-1<br/>8192-16383"]
  end
  n0 --> n1
  n2 --> n3
  classDef primary stroke-width:3px
  class n0,n2 primary`);
  expect(shardTable(shards).split('\n')).toHaveLength(6);
});
