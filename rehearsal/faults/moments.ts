/** What happens to others at the moment of a request: to the action's process, and to pods. */
import type { MomentFaultKind } from './fault.ts';

/** A pod as far as it matters here. */
export interface RunningPod {
  name: string;
  zone: string;
  /** First processes of its containers. */
  pids: number[];
}

/** Makes a moment happen; answers what it met. `pods` are those that run now, in no particular order. */
export function act(kind: MomentFaultKind, pid: number | undefined, pods: () => RunningPod[]): string | undefined {
  switch (kind) {
    // The action alone: what it has started goes on, as when the kernel takes one process.
    case 'kill':
      return pid !== undefined && send(pid, 'SIGKILL') ? 'the action was killed' : undefined;
    // It and all it has started, as when the runner is lost.
    case 'kill-tree':
      return pid !== undefined && send(-pid, 'SIGKILL')
        ? 'the action and all that it had started were killed'
        : undefined;
    case 'terminate':
      return pid !== undefined && send(-pid, 'SIGTERM') ? 'the job was told to end' : undefined;
    case 'pod-out-of-memory': {
      const victim = pods().sort(byName)[0];
      return victim?.pids.map((each) => send(each, 'SIGKILL')).includes(true)
        ? `pod ${victim.name} was killed`
        : undefined;
    }
    case 'zone-lost': {
      const zone = pods()
        .map((pod) => pod.zone)
        .sort()[0];
      const victims = pods().filter((pod) => pod.zone === zone);
      for (const victim of victims) for (const each of victim.pids) send(each, 'SIGKILL');
      return victims.length > 0 ? `${victims.length} pods of zone ${zone} were killed` : undefined;
    }
  }
}

/** The youngest pods of a name's order last in are the ones that a phase has just made. */
function byName(a: RunningPod, b: RunningPod): number {
  return a.name < b.name ? 1 : -1;
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // It has ended already.
  }
}
