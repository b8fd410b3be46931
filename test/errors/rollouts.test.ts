/**
 * Every row of docs/rollout-errors.md: what the action says when this is all that the cluster says. Time is a number here,
 * so that a wait of five minutes takes none.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Kube, KubeObject, Selection, WatchEvent } from '#toolkit/kube/kube';
import type { Log } from '#toolkit/log';
import { type Clock, formatElapsed } from '#toolkit/process/clock';
import { waitUntilRunning } from '../../actions/deploy-moodle/src/running.ts';
import { cell } from './render.ts';
import { deploymentOf, ROLLOUT_CASES, type RolloutCase } from './rollout-cases.ts';

const page = resolve(import.meta.dirname, '../../docs/rollout-errors.md');
const written = existsSync(page) ? readFileSync(page, 'utf8') : '';

const HEADER = `# When pods do not come up

What the action \`deploy-moodle\` says when a rollout cannot succeed, and after how long. It follows the Deployment, its pods
and their events, and waits as long as the cause may still mend itself: a role that was just assigned, a node that is being
added. While it waits, the cause is in the log every five seconds. The old pods go on serving; with \`on-failure: rollback\`
the action goes back to them, and says so in a second sentence.

This page is generated from \`test/errors/rollout-cases.ts\`, like [the page of the other messages](errors.md):
\`UPDATE_DOCS=1 npm test -- test/errors\` writes it anew.

| Situation | Told after | Message |
| --- | --- | --- |
`;

const labels = { 'app.kubernetes.io/name': 'moodle-web', 'pod-template-hash': 'h' };
const replicaSet: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: 'moodle-web-h',
    labels,
    annotations: { 'deployment.kubernetes.io/revision': '2' },
    ownerReferences: [{ kind: 'Deployment', name: 'moodle-web', uid: 'd' }],
  },
};

/** The objects of a case, as watches show them. */
function objectsOf(one: RolloutCase): Record<string, KubeObject[]> {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'moodle-web-h-x', uid: 'p', labels } };
  const resources = { limits: { memory: '4Gi' } };
  const involvedObject = { kind: 'Pod', name: 'moodle-web-h-x', uid: 'p' };
  return {
    Deployment: [deploymentOf(one)],
    pods:
      one.pod === undefined ? [] : [{ ...pod, spec: { containers: [{ name: 'web', resources }] }, status: one.pod }],
    events: (one.events ?? []).map(([reason, message, type = 'Warning']) => {
      const metadata = { name: `moodle-web-h-x.${reason}` };
      return { apiVersion: 'v1', kind: 'Event', metadata, type, reason, message, involvedObject };
    }),
  };
}

/** Runs the wait, and answers what it ended with and when. */
async function tell(one: RolloutCase): Promise<{ message: string; seconds: number }> {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    async sleep(milliseconds, signal) {
      await new Promise((done) => setImmediate(done));
      signal?.throwIfAborted();
      now += milliseconds;
    },
  };
  const objects = objectsOf(one);
  const watch = (selection: Selection, see: (event: WatchEvent) => boolean, stop?: AbortSignal) =>
    new Promise<void>((_, reject) => {
      for (const object of objects[selection.kind] ?? []) see({ type: 'ADDED', object });
      stop?.addEventListener('abort', () => reject(stop.reason));
    });
  const get: Kube['get'] = async ({ kind }) =>
    kind === 'scaledobjects.keda.sh'
      ? { apiVersion: '', kind: '', metadata: { name: '' }, status: { conditions: [one.autoscaler?.ready] } }
      : objects.Deployment?.[0];
  const kube = {
    watch,
    get,
    getAll: async () => objects.Deployment ?? [],
    list: async () => [replicaSet],
    logs: async () => one.log ?? '',
  } as unknown as Kube;
  const log = { info() {}, warning() {} } as unknown as Log;
  const scaling = { scaleTargetRef: { name: 'moodle-web' }, minReplicaCount: one.autoscaler?.least };
  const scaled = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'moodle-web' },
    spec: scaling,
  };
  const rendered = [deploymentOf(one), ...(one.autoscaler === undefined ? [] : [scaled])];
  const bounds = { timeoutMilliseconds: 900_000, signal: new AbortController().signal };
  const error = await waitUntilRunning(rendered, { kube, log, clock, ...bounds }).then(
    () => new Error('It rolled out.'),
    (thrown: Error) => thrown,
  );
  return { message: error.message, seconds: now / 1000 };
}

const rows: string[] = [];

describe.each(ROLLOUT_CASES)('$situation', (one) => {
  test('is told by its cause, in time', async () => {
    const { message, seconds } = await tell(one);
    const neutral = message.replace(/within 15 min \d+ s/, 'within 15 min');
    // Ticks of the clock are not the point.
    const after = seconds < 5 ? 'at once' : formatElapsed(Math.floor(seconds / 5) * 5_000);
    rows.push(`| ${cell(one.situation)} | ${after} | ${cell(neutral)} |`);
    const [first = ''] = message.split('\n');
    expect(first).toMatch(/^Deployment\/moodle-web (does not roll out: |did not roll out within )/);
    expect(first).not.toMatch(/undefined|\[object/);
    expect(first.length).toBeLessThan(600);
    const cause = (one.events ?? [])
      .filter(([, , type]) => type !== 'Normal')
      .at(0)?.[1]
      .split(': ')
      .at(-1);
    if (cause !== undefined) expect(message).toContain(cause);
  });
});

test('at least fifteen, most of them within seconds, and docs/rollout-errors.md is what was seen', () => {
  expect(rows.length).toBeGreaterThanOrEqual(15);
  const rendered = `${HEADER}${rows.join('\n')}\n`;
  if (process.env.UPDATE_DOCS) writeFileSync(page, rendered);
  else expect(written).toBe(rendered);
});
