/**
 * What is proven beside the phases, from outside the pipeline: the run did nothing that the stand-ins don't know, its plans
 * changed nothing, and nobody else's private link connection was touched.
 */
import { existsSync, readFileSync } from 'node:fs';
import { planWritesFile, type WorldFacts } from './layout.ts';
import { askAzure } from './world-process.ts';

/** The verdict of one check. */
export interface Check {
  check: string;
  passed: boolean;
  detail: string;
}

interface Connection {
  name: string;
  status: string;
  /** Asked for by our own Front Door. */
  ours: boolean;
}

/** Looks at the Azure stand-in after a run. */
export async function checkWorld(facts: WorldFacts): Promise<Check[]> {
  const clouds = [facts, ...Object.values(facts.sites)].map(({ azureUrl }) => azureUrl);
  const ask = <T>(path: string) => Promise.all(clouds.map((url) => askAzure(facts, path, url) as Promise<T>));
  const notSimulated = (await ask<{ notSimulated: string[] }>('log')).flatMap((log) => log.notSimulated);
  const connections = (await ask<{ connections: Connection[] }>('connections')).flatMap((log) => log.connections);
  const planWrites = existsSync(planWritesFile) ? readFileSync(planWritesFile, 'utf8').trim().split('\n') : [];
  const foreign = connections.filter(({ ours }) => !ours);
  return [
    {
      check: 'nothing beyond what Azure is known to answer',
      passed: notSimulated.length === 0,
      detail: notSimulated.join('; ') || 'no unknown request',
    },
    {
      check: 'planning changed nothing in the cluster',
      passed: planWrites.length === 0,
      detail: planWrites.join('; ') || 'dry runs only',
    },
    {
      check: "nobody else's private link connection was touched",
      passed: foreign.every(({ status }) => status === 'Pending'),
      detail: foreign.map(({ name, status }) => `${name} is ${status}`).join('; ') || 'there is none yet',
    },
  ];
}
