import { describe, expect, jest, test } from '@jest/globals';
import { type Run, type Stage, staged } from './stage.ts';
import { until } from './until.ts';

jest.setTimeout(180_000);

const actions = (run: Run): string[] => [...new Set(run.steps.map((step) => step.action))];
/** The message under which the job failed; the whole log when it did not. */
const failure = (run: Run): string =>
  run.code === 1
    ? (/^::error::(.*)$/m.exec(run.log)?.[1] ?? '').replaceAll('%0A', '\n')
    : `exit ${run.code}\n${run.log}`;
const succeeded = (run: Run): Run => {
  expect({ code: run.code, log: run.log }).toMatchObject({ code: 0 });
  return run;
};

/** As redis-cli sees it from every server. */
function expectRight({ servers }: Stage): void {
  for (const ordinal of servers.ips.keys()) {
    const info = servers.cli(ordinal, 'cluster', 'info');
    expect(info).toContain('cluster_state:ok');
    expect(info).toContain('cluster_slots_ok:16384');
    expect(info).toContain('cluster_known_nodes:6');
    const replication = servers.cli(ordinal, 'info', 'replication');
    if (replication.includes('role:slave')) expect(replication).toContain('master_link_status:up');
    else expect(replication).toContain('connected_slaves:1');
  }
}

describe('forming', () => {
  test.concurrent(
    'apply forms and proves the cluster; the next run changes nothing',
    staged({}, async (stage) => {
      const first = succeeded(await stage.run('apply'));
      expect(first.outputs).toMatchObject({ outcome: 'applied', primaries: '3', replicas: '3' });
      expect(actions(first)).toEqual(['set-epoch', 'assign-slots', 'meet', 'replicate']);
      expect(first.outputs.seeds?.split(',')).toContain(
        'redis-sessions-5.redis-sessions.moodle.svc.cluster.local:6379',
      );
      const { state, shards } = JSON.parse(first.outputs.topology ?? '{}');
      expect(state).toBe('healthy');
      for (const { primary, replicas } of shards) expect(replicas[0].zone).not.toBe(primary.zone);
      expect(first.summary).toContain('flowchart LR');
      expect(first.summary).toContain('| 1 | primary | `redis-sessions-0` |');
      expectRight(stage);

      const before = stage.execs;
      const nodes = stage.servers.cli(0, 'cluster', 'nodes').replace(/ \d+ \d+ /g, ' ');
      const again = succeeded(await stage.run('apply'));
      expect(again.outputs).toMatchObject({ outcome: 'unchanged', steps: '[]' });
      expect(stage.execs - before).toBe(1);
      expect(stage.servers.cli(0, 'cluster', 'nodes').replace(/ \d+ \d+ /g, ' ')).toBe(nodes);
      for (const ordinal of stage.servers.ips.keys()) expect(stage.servers.cli(ordinal, 'dbsize')).toBe('0');
    }),
  );

  test.concurrent(
    'plan shows the same steps and changes nothing',
    staged({}, async (stage) => {
      const plan = succeeded(await stage.run('plan'));
      expect(plan.outputs.outcome).toBe('planned');
      expect(plan.steps.filter((step) => step.action === 'assign-slots').map((step) => step.reason)).toEqual([
        '0-5460',
        '5461-10921',
        '10922-16383',
      ]);
      for (const ordinal of stage.servers.ips.keys()) {
        expect(stage.servers.cli(ordinal, 'cluster', 'info')).toMatch(
          /cluster_slots_assigned:0[\s\S]*cluster_known_nodes:1\r[\s\S]*cluster_my_epoch:0/,
        );
      }
      expect(stage.calls.filter((call) => /^(apply|create|delete)/.test(call))).toEqual([]);
    }),
  );

  for (const killAfterExec of [1, 2])
    test.concurrent(
      `killed after exec ${killAfterExec}, the next run converges`,
      staged({}, async (stage) => {
        stage.change({ killAfterExec });
        expect((await stage.run('apply')).signal).toBe('SIGKILL');
        stage.change({ killAfterExec: 0 });
        const next = succeeded(await stage.run('apply'));
        expect(actions(next)).not.toContain('reset');
        expectRight(stage);
      }),
    );

  test.concurrent(
    'asks from the next pod when the first cannot run the script yet',
    staged({}, async (stage) => {
      stage.change({ startingPods: ['redis-sessions-0', 'redis-sessions-1'] });
      const plan = succeeded(await stage.run('plan'));
      expect(actions(plan)).toContain('assign-slots');
      stage.change({ startingPods: [0, 1, 2, 3, 4, 5].map((ordinal) => `redis-sessions-${ordinal}`) });
      const none = succeeded(await stage.run('plan'));
      expect(none.steps).toEqual([
        { action: 'wait', target: 'redis-sessions', reason: expect.stringContaining('container not found') },
      ]);
    }),
  );

  test.concurrent(
    'without the right to read nodes it warns and places by node',
    staged({}, async (stage) => {
      stage.change({ denyNodes: true });
      const run = succeeded(await stage.run('plan'));
      expect(run.log).toMatch(/::warning::"ci" may not list nodes in the cluster.*kept apart by node, but not by zone/);
      expect(run.steps.length).toBeGreaterThan(0);
    }),
  );
});

describe('left-overs', () => {
  test.concurrent(
    'slots on a node that met nobody: the empty nodes are reset and the cluster is formed',
    staged({}, async (stage) => {
      stage.servers.cli(4, 'cluster', 'addslotsrange', '0', '100');
      const run = succeeded(await stage.run('apply'));
      expect(actions(run)).toEqual(['reset', 'set-epoch', 'assign-slots', 'meet', 'replicate']);
      expectRight(stage);
    }),
  );

  test.concurrent(
    'keys in a node that is not in the cluster: refused, nothing changed',
    staged({}, async (stage) => {
      stage.servers.cli(2, 'cluster', 'addslotsrange', '0', '16383');
      await until(() => stage.servers.cli(2, 'set', 'who', 'me'), 'OK');
      stage.servers.cli(2, 'cluster', 'delslotsrange', '0', '16383');
      for (const mode of ['plan', 'apply'] as const) {
        expect(failure(await stage.run(mode))).toMatch(
          /Keys in nodes that serve no slot of this cluster: redis-sessions-2 \(1 key\)/,
        );
      }
      expect(stage.servers.cli(2, 'dbsize')).toBe('1');
      expect(stage.servers.cli(0, 'cluster', 'info')).toContain('cluster_known_nodes:1');
    }),
  );

  test.concurrent(
    'half of the slots with keys in them: refused',
    staged({}, async (stage) => {
      stage.servers.cli(0, 'config', 'set', 'cluster-require-full-coverage', 'no');
      stage.servers.cli(0, 'cluster', 'addslotsrange', '0', '8000');
      await until(() => stage.servers.cli(0, 'set', 'a{bar}', '1'), 'OK');
      expect(failure(await stage.run('apply'))).toMatch(
        /Slots 8001-16383 are served by no node, while redis-sessions-0 hold keys/,
      );
    }),
  );
});
