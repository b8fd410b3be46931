import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { type Run, staged } from './stage.ts';

jest.setTimeout(180_000);

/** The message under which the job failed. */
const failure = (run: Run): string => {
  expect(run.code).toBe(1);
  return (/^::error::(.*)$/m.exec(run.log)?.[1] ?? '').replaceAll('%0A', '\n');
};

describe('inputs', () => {
  test.concurrent(
    'all wrong ones are told at once, and nothing is called',
    staged({ servers: 0 }, async (stage) => {
      const inputs = {
        mode: 'destroy',
        'stateful-set': '',
        nodes: 'many',
        'replicas-per-primary': '9',
        timeout: 'soon',
        'azure-cloud': 'mars',
      };
      const lines = failure(await stage.run('apply', { inputs })).split('\n');
      expect(lines).toEqual([
        'Input "mode" must be one of plan, apply; it is "destroy".',
        'Input "azure-cloud" must be one of public, us-government, china; it is "mars".',
        'Input "stateful-set" is required and was not given.',
        'Input "nodes" must be a whole number from 3 to 1000; it is "many".',
        'Input "replicas-per-primary" must be a whole number from 0 to 5; it is "9".',
        'Input "timeout" must be a number with a unit, such as 90s, 15m or 2h; it is "soon".',
      ]);
      expect(stage.calls).toEqual([]);
    }),
  );

  test.concurrent(
    'nodes that do not make whole shards, or too few of them',
    staged({ servers: 0 }, async (stage) => {
      expect(failure(await stage.run('plan', { inputs: { nodes: '7' } }))).toBe(
        'Input "nodes" must be a multiple of 2, one primary and its 1 replica ("replicas-per-primary"); it is 7.',
      );
      expect(failure(await stage.run('plan', { inputs: { nodes: '4' } }))).toMatch(
        /at least 6: .*three primaries.*it is 4/,
      );
    }),
  );

  test.concurrent(
    'a folder without a kustomization, or without the StatefulSet',
    staged({ servers: 0 }, async (stage) => {
      expect(failure(await stage.run('plan', { inputs: { manifests: 'actions' } }))).toBe(
        'Input "manifests" must be a folder with a kustomization.yaml; there is none in "actions".',
      );
      expect(failure(await stage.run('plan', { inputs: { manifests: 'manifests/redis/cache' } }))).toMatch(
        /have no StatefulSet "redis-sessions"; they have redis-cache/,
      );
    }),
  );

  test.concurrent(
    'apply without a cluster',
    staged({ servers: 0 }, async (stage) => {
      expect(failure(await stage.run('apply', { inputs: { kubeconfig: '' } }))).toMatch(
        /"kubeconfig", or both "resource-group" and "cluster-name"/,
      );
      expect(failure(await stage.run('apply', { inputs: { kubeconfig: '/nowhere' } }))).toContain('"/nowhere"');
    }),
  );
});

describe('before there is a cluster', () => {
  test.concurrent(
    'a plan lists the objects and says that it will form',
    staged({ servers: 0 }, async (stage) => {
      const run = await stage.run('plan', {
        inputs: { kubeconfig: '', manifests: 'manifests/redis/sessions', nodes: '20' },
      });
      expect({ code: run.code, log: run.log }).toMatchObject({ code: 0 });
      expect(run.outputs.outcome).toBe('planned');
      expect(run.steps).toContainEqual({
        action: 'create',
        target: 'StatefulSet/redis-sessions',
        reason: 'after infra',
      });
      expect(run.steps.at(-1)).toEqual({
        action: 'form',
        target: 'redis-sessions',
        reason: '10 primaries, 1 replica each, placed when the pods run',
      });
      expect(run.outputs.seeds?.split(',')).toHaveLength(20);
      expect(JSON.parse(run.outputs.topology ?? '{}')).toEqual({ state: 'absent', shards: [] });
    }),
  );

  test.concurrent(
    'apply creates everything, namespace first, and forms; then nothing is left to do',
    staged({ exists: false }, async (stage) => {
      const inputs = { manifests: 'manifests/redis/sessions' };
      const run = await stage.run('apply', { inputs });
      expect({ code: run.code, log: run.log }).toMatchObject({ code: 0 });
      expect(run.steps[0]).toEqual({
        action: 'create',
        target: 'Namespace/moodle',
        reason: 'the namespace does not exist yet',
      });
      expect(run.steps.map((step) => step.action)).toContain('replicate');
      expect(Object.keys(stage.state.objects).sort()).toEqual([
        expect.stringMatching(/^ConfigMap\/redis-sessions-/),
        'Namespace/moodle',
        'NetworkPolicy/redis-sessions',
        'PodDisruptionBudget/redis-sessions',
        'PodMonitor/redis-sessions',
        'PriorityClass/redis-sessions',
        'Service/redis-sessions',
        'StatefulSet/redis-sessions',
      ]);
      const again = await stage.run('apply', { inputs });
      expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
    }),
  );

  test.concurrent(
    'apply without manifests says that there is no StatefulSet',
    staged({ servers: 0, exists: false }, async (stage) => {
      expect(failure(await stage.run('apply'))).toBe(
        'There is no StatefulSet "redis-sessions" in namespace "moodle". Give input "manifests" to have it applied.',
      );
    }),
  );
});

describe('faults', () => {
  test.concurrent(
    'an API server that does not answer',
    staged({ servers: 0 }, async (stage) => {
      const kubeconfig = join(stage.servers.directory, 'closed');
      writeFileSync(
        kubeconfig,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'c',
          clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
          users: [{ name: 'u', user: { token: 't' } }],
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        }),
      );
      expect(failure(await stage.run('apply', { inputs: { kubeconfig }, realKubectl: true }))).toMatch(
        /^The Kubernetes API server cannot be reached: /,
      );
    }),
  );

  test.concurrent(
    'no right to exec',
    staged({}, async (stage) => {
      stage.change({ denyExec: true });
      expect(failure(await stage.run('apply'))).toBe(
        '"ci" may not create pods/exec in the namespace "moodle"; give it a role that allows it.',
      );
      expect(stage.servers.cli(0, 'cluster', 'info')).toContain('cluster_slots_assigned:0');
    }),
  );

  test.concurrent(
    'pods that do not answer are named when the time is up',
    staged({}, async (stage) => {
      await stage.servers.kill(3);
      const plan = await stage.run('plan');
      expect(plan.steps).toEqual([
        {
          action: 'wait',
          target: 'redis-sessions',
          reason: expect.stringContaining('redis-sessions-3 does not answer'),
        },
      ]);
      const message = failure(await stage.run('apply', { inputs: { timeout: '1s' } }));
      expect(message).toMatch(
        /^The cluster did not become right within \d s: redis-sessions-3 does not answer: Could not connect/,
      );
      expect(stage.servers.cli(0, 'cluster', 'info')).toContain('cluster_slots_assigned:0');
    }),
  );

  test.concurrent(
    'a pod that is not there yet is named too',
    staged({}, async (stage) => {
      const { pods } = stage.state;
      stage.change({ pods: pods.slice(0, 5) });
      expect(failure(await stage.run('apply', { inputs: { timeout: '1s' } }))).toContain(
        'redis-sessions-5 does not answer: the pod does not exist',
      );
    }),
  );

  test.concurrent(
    'a cancelled job ends at once and says that it can be run again',
    staged({}, async (stage) => {
      await stage.servers.kill(3);
      const started = Date.now();
      const run = await stage.run('apply', { signalAt: { text: 'Apply', signal: 'SIGTERM' } });
      expect(failure(run)).toMatch(/cancelled \(SIGTERM\)\. Run it again/);
      expect(Date.now() - started).toBeLessThan(10_000);
    }),
  );

  test.concurrent(
    'neither valkey-cli nor redis-cli in the container',
    staged({}, async (stage) => {
      const tools = join(stage.servers.directory, 'tools');
      mkdirSync(tools);
      const path = stage.program('sh', `#!/bin/dash\nPATH=${tools} exec /bin/dash "$@"\n`);
      expect(failure(await stage.run('apply', { path }))).toMatch(
        /neither valkey-cli nor redis-cli is in this container/,
      );
    }),
  );
});
