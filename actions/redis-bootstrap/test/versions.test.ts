/** The action on real servers of every version that it supports, oldest and newest: forming, healing and resizing. */
import { expect, jest, test } from '@jest/globals';
import { ordinalsOf } from './faults/faulty.ts';
import { contentsOf, loadKeys } from './faults/keys.ts';
import { stateOf, succeeded } from './faults/outcome.ts';
import { VERSIONS } from './redis-programs.ts';
import { type Run, type Stage, staged } from './stage.ts';

jest.setTimeout(120_000);

const KEYS = 20_000;
const SETTINGS = { 'enable-debug-command': 'yes', 'cluster-node-timeout': '3000' };

const nodes = (count: number): { inputs: Record<string, string> } => ({ inputs: { nodes: String(count) } });
const apply = async (stage: Stage, count: number): Promise<Run> => succeeded(await stage.run('apply', nodes(count)));
const actionsOf = ({ steps }: Run): string[] => [...new Set(steps.map(({ action }) => action))];

test.concurrent.each(VERSIONS)('%s is formed, healed and resized, with all its keys', (version) =>
  staged({ version, servers: 8, settings: SETTINGS }, async (stage) => {
    const { servers } = stage;
    await apply(stage, 8);
    await loadKeys(servers, KEYS);
    const before = await contentsOf(servers);
    expect(servers.cli(ordinalsOf(stage, 'slave')[0] ?? -1, 'cluster', 'reset', 'hard')).toBe('OK');
    expect(actionsOf(await apply(stage, 8))).toEqual(expect.arrayContaining(['meet', 'replicate', 'forget']));
    expect(actionsOf(await apply(stage, 6))).toEqual(expect.arrayContaining(['move-slots', 'retire', 'scale']));
    expect(stateOf(succeeded(await stage.run('plan', nodes(6))))).toBe('healthy');
    expect(await contentsOf(servers)).toEqual(before);
  })(),
);
