import { describe, expect, test } from '@jest/globals';
import type { Log } from '../log.ts';
import { applyObjects, type Ownership } from './apply-objects.ts';
import { compare } from './comparison.ts';
import type { Kube, KubeObject, ObjectRef } from './kube.ts';
import { KubeError } from './kube-error.ts';

const ownership: Ownership = { force: false, advice: 'Change it back.' };
const object = (name: string, more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'moodle' },
  ...more,
});
const namespace = object('moodle', { kind: 'Namespace', metadata: { name: 'moodle' } });

/** A cluster with some objects, which refuses some names; it remembers what was asked of it. */
function cluster(live: readonly KubeObject[], refusals: Readonly<Record<string, KubeError>> = {}) {
  const calls: string[] = [];
  const say = (verb: string, objects: readonly KubeObject[]) =>
    calls.push(`${verb} ${objects.map(({ metadata }) => metadata.name).join(',')}`);
  const applyAll: Kube['applyAll'] = async (objects, options) => {
    say(options?.force ? 'force' : options?.dryRun ? 'try' : 'apply', objects);
    if (options?.force) return [...objects];
    for (const { metadata } of objects) if (refusals[metadata.name] !== undefined) throw refusals[metadata.name];
    return [...objects];
  };
  const kube = {
    namespace: 'moodle',
    getAll: async (objects: readonly KubeObject[]) => {
      say('get', objects);
      return live.filter(({ kind, metadata }) =>
        objects.some((o) => o.kind === kind && o.metadata.name === metadata.name),
      );
    },
    list: async ({ labels }: { labels: object }) => {
      calls.push(`list ${JSON.stringify(labels)}`);
      return live.filter(({ kind }) => kind !== 'Namespace');
    },
    applyAll,
    apply: async (one: KubeObject, options: object) => (await applyAll([one], options))[0],
    delete: async ({ name }: ObjectRef) => void calls.push(`delete ${name}`),
  } as unknown as Kube;
  return { kube, calls };
}

const conflict = new KubeError('conflict', 'Fields are owned.', [{ manager: 'kubectl', field: '.spec.replicas' }]);
const forbidden = new KubeError('forbidden', '"ci" may not.');

describe('comparing', () => {
  test('takes one call for what there is, the namespace included, and one for what would be', async () => {
    const { kube, calls } = cluster([namespace, object('a')]);
    const { pairs } = await compare(kube, [object('a'), object('b')], ownership);
    expect(calls).toEqual(['get moodle,a,b', 'try a,b']);
    expect(pairs.map(({ live, wanted }) => [live?.metadata.name, wanted?.metadata.name])).toEqual([
      ['a', 'a'],
      [undefined, 'b'],
    ]);
  });

  test('a namespace that is rendered is not asked for twice', async () => {
    const { kube, calls } = cluster([namespace]);
    await compare(kube, [namespace, object('a')], ownership);
    expect(calls[0]).toBe('get moodle,a');
  });

  test('without the namespace no refusal counts or is looked into, and why is said', async () => {
    const { kube, calls } = cluster([], { a: new KubeError('not-found', 'namespaces "moodle" not found') });
    const list = () => Promise.reject(forbidden);
    expect(await compare({ ...kube, list }, [object('a')], { ...ownership, ours: { app: 'x' } })).toEqual({
      pairs: [{ rendered: object('a') }],
      leftOver: [],
      ahead: 'the namespace does not exist yet',
    });
    expect(calls).toEqual(['get moodle,a', 'try a']);
  });

  test('a failure is told when nothing is being asked any more, the first that would have been met first', async () => {
    const { kube } = cluster([namespace]);
    let running = 0;
    const failing = (message: string, milliseconds: number) => async (): Promise<never> => {
      running += 1;
      await new Promise((done) => setTimeout(done, milliseconds));
      running -= 1;
      throw new KubeError('unreachable', message);
    };
    const away = {
      ...kube,
      getAll: failing('reading', 20),
      list: failing('listing', 5),
      applyAll: failing('trying', 30),
    };
    await expect(compare(away, [object('a')], { ...ownership, ours: { app: 'x' } })).rejects.toThrow('reading');
    expect(running).toBe(0);
  });

  test('an object that says no namespace is the one of the cluster’s namespace', async () => {
    const { kube } = cluster([namespace, object('a')]);
    const bare = object('a', { metadata: { name: 'a' } });
    const { pairs, leftOver } = await compare(kube, [bare], { ...ownership, ours: { app: 'x' } });
    expect(pairs[0]?.live).toEqual(object('a'));
    expect(leftOver).toEqual([]);
  });

  test('what is ours and not rendered is left over; the same name of another kind or group is another object', async () => {
    const others = [object('a', { kind: 'ConfigMap' }), object('a', { apiVersion: 'other/v1' }), object('b')];
    const { kube, calls } = cluster([namespace, object('a'), ...others]);
    expect((await compare(kube, [object('a')], { ...ownership, ours: { app: 'x' } })).leftOver).toEqual(others);
    expect(calls).toContain('list {"app":"x"}');
  });

  test('a refusal of many is asked for one by one, to name the object', async () => {
    const { kube, calls } = cluster([namespace], { b: forbidden });
    await expect(compare(kube, [object('a'), object('b'), object('c')], ownership)).rejects.toThrow(
      'Service/b: "ci" may not.',
    );
    expect(calls.slice(1)).toEqual(['try a,b,c', 'try a', 'try b']);
  });

  test('all that is refused is said at once, with what can be done about a field that cannot change', async () => {
    const frozen = new KubeError('invalid', 'The Deployment "c" is invalid: spec.selector: field is immutable.');
    const { kube } = cluster([namespace], { b: conflict, c: frozen });
    const deployment = object('c', { kind: 'Deployment' });
    await expect(compare(kube, [object('a'), object('b'), deployment], ownership)).rejects.toThrow(
      [
        'Service/b: .spec.replicas was changed by "kubectl" (somebody with kubectl). Change it back.',
        'Deployment/c: The Deployment "c" is invalid: spec.selector: field is immutable. Kubernetes allows that only to a new object: change it back in the manifests, or delete it (kubectl -n moodle delete deployment c), which interrupts its service, and deploy again.',
      ].join('\n'),
    );
  });

  test('a conflict that is expected is taken over, and no other', async () => {
    const { kube, calls } = cluster([namespace], { b: conflict });
    const expected: Ownership['expected'] = (_, { field }) => field === '.spec.replicas';
    await compare(kube, [object('a'), object('b')], { ...ownership, expected });
    expect(calls.slice(1)).toEqual(['try a,b', 'try a', 'try b', 'force b']);
    await expect(
      compare(kube, [object('b')], { ...ownership, expected: (_, { manager }) => manager === 'keda' }),
    ).rejects.toThrow('was changed by "kubectl"');
  });

  test('a cluster without an add-on is asked for what it knows', async () => {
    const left = object('old', { kind: 'ConfigMap' });
    const { kube } = cluster([namespace, left]);
    const asked: string[] = [];
    const list: Kube['list'] = async ({ kind }) => {
      asked.push(kind);
      if (kind.includes('podmonitors')) throw new KubeError('unknown-kind', 'The cluster does not know it.');
      return kind.startsWith('deployments') ? [left] : [];
    };
    const { leftOver } = await compare({ ...kube, list }, [], { ...ownership, ours: { app: 'x' } });
    expect(leftOver).toEqual([left]);
    expect(asked).toHaveLength(5);
  });

  test('a server that is away is not asked again', async () => {
    const { kube, calls } = cluster([namespace], { a: new KubeError('unreachable', 'away') });
    await expect(compare(kube, [object('a')], ownership)).rejects.toThrow('away');
    expect(calls).toHaveLength(2);
  });
});

describe('applying', () => {
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line) } as unknown as Log;

  test('goes in order, deletes last, and says each', async () => {
    const { kube, calls } = cluster([]);
    await applyObjects({ apply: [object('a'), object('b')], prune: [object('c')] }, { kube, log, ...ownership });
    expect(calls).toEqual(['apply a', 'apply b', 'delete c']);
    expect(lines).toEqual(['applied Service/a', 'applied Service/b', 'deleted Service/c']);
  });

  test('stops at a conflict, with whose the field is and what can be done', async () => {
    const { kube, calls } = cluster([], { a: conflict });
    await expect(
      applyObjects({ apply: [object('a'), object('b')], prune: [] }, { kube, log, ...ownership }),
    ).rejects.toThrow('Service/a: .spec.replicas was changed by "kubectl" (somebody with kubectl). Change it back.');
    expect(calls).toEqual(['apply a']);
  });
});
