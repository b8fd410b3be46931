/** Ends a run in the middle of what it does to the servers. */
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../ask.ts';
import type { RedisServers } from '../redis-servers.ts';
import type { RunOptions } from '../stage.ts';

/** So that looking does not take the processors from what is looked at. */
const LOOK_EVERY_MILLISECONDS = 50;

/**
 * Options that kill the run, with all its processes, when the servers have carried out so many commands of a kind, as
 * INFO commandstats counts them: `cluster|meet`. A burst may go a little further before it is seen.
 */
export function killAt(servers: RedisServers, command: string, count: number): RunOptions {
  return {
    onStart: (running) => {
      const watch = async (): Promise<void> => {
        while (!running.hasEnded()) {
          if ((await callsOf(servers, command)) >= count) running.kill();
          await delay(LOOK_EVERY_MILLISECONDS);
        }
      };
      void watch();
    },
  };
}

/** How many commands of a kind all servers together have carried out; before 7.0 its subcommands are counted as one kind. */
export async function callsOf(servers: RedisServers, command: string): Promise<number> {
  const counted = servers.isSince7 ? command : command.split('|')[0];
  const calls = await Promise.all(
    servers.ips.map(async (ip) => {
      const said = await ask(ip, ['INFO commandstats']).catch(() => '');
      const line = said.split('\r\n').find((text) => text.startsWith(`cmdstat_${counted}:`));
      return Number(/calls=(\d+)/.exec(line ?? '')?.[1] ?? 0);
    }),
  );
  return calls.reduce((sum, one) => sum + one, 0);
}
