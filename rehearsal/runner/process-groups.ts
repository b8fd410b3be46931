import { type ChildProcess, spawn } from 'node:child_process';

// Reads the groups that are alive from its standard input and kills what is left when the other end is gone, which
// happens also when the runner itself gets SIGKILL.
const watchdogScript = `
live=' '
while read -r verb group; do
  case $verb in
    start) live="$live$group " ;;
    end) case $live in *" $group "*) live="\${live%%" $group "*} \${live#*" $group "}" ;; esac ;;
  esac
done
for group in $live; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * The process groups that a run has started. Nothing outlives the run: `killAll` ends what is left, and a watchdog
 * process does the same when the runner dies without a chance to.
 */
export class ProcessGroups {
  readonly #live = new Set<number>();
  #watchdog: ChildProcess | undefined;

  add(group: number): void {
    this.#live.add(group);
    this.#tell(`start ${group}`);
  }

  /** Forgets a group when no process of it is left; a daemon that a step left behind stays on the list. */
  settle(group: number): void {
    if (isAlive(group)) return;
    this.#live.delete(group);
    this.#tell(`end ${group}`);
  }

  /** Kills the given groups, or all. */
  killAll(groups: Iterable<number> = [...this.#live]): void {
    for (const group of groups) {
      if (!this.#live.has(group)) continue;
      signalGroup(group, 'SIGKILL');
      this.#live.delete(group);
      this.#tell(`end ${group}`);
    }
  }

  /** Kills what is left and ends the watchdog. */
  close(): void {
    this.killAll();
    this.#watchdog?.stdin?.end();
    this.#watchdog = undefined;
  }

  #tell(line: string): void {
    if (this.#watchdog === undefined) {
      this.#watchdog = spawn('sh', ['-c', watchdogScript], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
      this.#watchdog.unref();
      // The watchdog may be gone already when the runner is being torn down.
      this.#watchdog.stdin?.on('error', () => undefined);
    }
    this.#watchdog.stdin?.write(`${line}\n`);
  }
}

/** Sends a signal to every process of a group; a group that is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: the group ended between the look and the signal.
  }
}

function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
