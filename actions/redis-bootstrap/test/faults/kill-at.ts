/** Ends a run in the middle of what it does to the servers. */

import { ask } from '../ask.ts';
import type { RedisServers } from '../redis-servers.ts';
import type { RunOptions } from '../stage.ts';

/**
 * Options that kill the run, with all its processes, when the servers have carried out so many commands of a kind, as
 * INFO commandstats counts them: `cluster|meet`. A burst may go a little further before it is seen.
 */
export function killAt(servers: RedisServers, command: string, count: number): RunOptions {
  return {
    onStart: (kill) => {
      const watch = async (): Promise<void> => {
        for (const end = Date.now() + 60_000; Date.now() < end; ) {
          const calls = await Promise.all(servers.ips.map((ip) => callsOf(ip, command)));
          if (calls.reduce((sum, one) => sum + one, 0) >= count) return kill();
        }
      };
      void watch();
    },
  };
}

async function callsOf(ip: string, command: string): Promise<number> {
  const said = await ask(ip, ['INFO commandstats']).catch(() => '');
  const line = said.split('\r\n').find((text) => text.startsWith(`cmdstat_${command}:`));
  return Number(/calls=(\d+)/.exec(line ?? '')?.[1] ?? 0);
}
