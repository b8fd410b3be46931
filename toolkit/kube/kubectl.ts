import { CommandError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Exec, ExecRequest, ExecResult } from '../process/exec.ts';
import { retry } from '../process/retry.ts';
import { readEvent } from './events.ts';
import { jsonObjects } from './json-stream.ts';
import type { Kube, KubeObject, WatchEvent } from './kube.ts';
import { asKubeError, classifyKubectl, KubeError } from './kube-error.ts';
import * as args from './kubectl-arguments.ts';
import { kubectlEnvironment } from './kubectl-environment.ts';
import { objectPath } from './object-path.ts';

/** What kubectl needs from outside. */
export interface KubectlOptions extends args.Connection {
  exec: Exec;
  /** An `Exec` that is also stopped by another signal, for watches: `createExec(secrets, signal)`. */
  execUntil: (signal: AbortSignal) => Exec;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  /** The environment of this process. */
  environment: Readonly<Record<string, string | undefined>>;
}

/** Server-side apply with `--dry-run=server`, `--output-watch-events` and field selectors as used here: since 1.30. */
const OLDEST_MINOR = 30;

/** How long to wait before a watch that the server ended is begun again. */
const REWATCH_MILLISECONDS = 1000;

/** An API server may be away for a moment, while it is upgraded; so many watches in a row may fail for that. */
const MOST_WATCH_FAILURES = 5;

/**
 * Checks that a kubectl is there and new enough.
 *
 * @throws UserError when it is not
 */
export async function requireKubectl(exec: Exec): Promise<void> {
  let version: { clientVersion?: { major?: string; minor?: string; gitVersion?: string } };
  try {
    const { stdout } = await exec({ command: 'kubectl', args: ['version', '--client', '--output=json'] });
    version = JSON.parse(stdout) as typeof version;
  } catch (error) {
    if (error instanceof CommandError || !/locate executable|ENOENT/.test(String(error))) throw error;
    throw new UserError(`kubectl is not on the PATH of this runner; install version 1.${OLDEST_MINOR} or later.`);
  }
  const minor = Number.parseInt(version.clientVersion?.minor ?? '', 10);
  if (version.clientVersion?.major !== '1' || !(minor >= OLDEST_MINOR)) {
    const found = version.clientVersion?.gitVersion ?? 'of unknown version';
    throw new UserError(`kubectl ${found} is too old; install version 1.${OLDEST_MINOR} or later.`);
  }
}

/** The `Kube` behind which kubectl runs. Reads and applies are tried again after faults that pass by themselves. */
export function createKubectl(options: KubectlOptions): Kube {
  const { exec, log, clock, signal } = options;
  const connection = args.connectionArguments(options);
  const env = kubectlEnvironment(options.environment);
  const request = (list: readonly string[], more: Partial<ExecRequest> = {}): ExecRequest => ({
    command: 'kubectl',
    args: [...connection, ...list],
    env,
    ...more,
  });
  const run = async (list: readonly string[], more: Partial<ExecRequest> = {}): Promise<ExecResult> => {
    try {
      return await exec(request(list, more));
    } catch (error) {
      throw asKubeError(error);
    }
  };
  const repeatable = async (list: readonly string[], stdin?: string): Promise<KubeObject[]> => {
    const call = () => exec(request(list, stdin === undefined ? {} : { stdin }));
    const failureOf = (error: unknown) => (error instanceof CommandError ? { text: error.stderr } : {});
    try {
      const { stdout } = await retry(call, { what: `kubectl ${list[0]}`, clock, log, signal, attempts: 4, failureOf });
      return readObjects(stdout);
    } catch (error) {
      throw asKubeError(error);
    }
  };
  const applyAll: Kube['applyAll'] = (objects, how = {}) => repeatable(args.applyArguments(how), listOf(objects));

  return {
    namespace: options.namespace,
    get: async (ref) => (await repeatable(args.getArguments(ref)))[0],
    getAll: (objects) => repeatable(args.getAllArguments(), listOf(objects)),
    list: (selection) => repeatable(args.listArguments(selection)),
    apply: async (object, how) => only(await applyAll([object], how), 'apply'),
    applyAll,
    create: async (object) =>
      only(readObjects((await run(args.createArguments(), { stdin: listOf([object]) })).stdout), 'create'),
    replace: async (object) =>
      only(readObjects((await run(args.replaceArguments(), { stdin: listOf([object]) })).stdout), 'replace'),
    async delete(ref) {
      await run(args.deleteArguments(ref));
    },
    async deleteExactly(object) {
      const stdin = JSON.stringify({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: object.metadata.uid },
        propagationPolicy: 'Background',
      });
      try {
        await run(args.rawDeleteArguments(objectPath(object, options.namespace)), { stdin });
        return true;
      } catch (error) {
        if (error instanceof KubeError && (error.reason === 'not-found' || error.reason === 'conflict')) return false;
        throw error;
      }
    },
    async watch(selection, see, stop) {
      const done = new AbortController();
      const until = AbortSignal.any([signal, done.signal, ...(stop === undefined ? [] : [stop])]);
      const watcher = options.execUntil(until);
      let failures = 0;
      const onStdout = jsonObjects((event) => {
        failures = 0;
        if (!done.signal.aborted && see(event as WatchEvent)) done.abort();
      });
      while (!done.signal.aborted) {
        try {
          await watcher(request(args.watchArguments(selection), { onStdout }));
        } catch (error) {
          if (done.signal.aborted) return;
          failures += 1;
          const known = asKubeError(error);
          if (failures > MOST_WATCH_FAILURES || !passes(known)) throw known;
        }
        await clock.sleep(REWATCH_MILLISECONDS, until);
      }
    },
    async exec(pod, command, how = {}) {
      const result = await exec(
        request(args.execArguments(pod, command, how), {
          expectedExitCodes: EVERY_EXIT_CODE,
          ...(how.stdin === undefined ? {} : { stdin: how.stdin }),
          ...(how.laterStdin === undefined ? {} : { laterStdin: how.laterStdin }),
          ...(how.onStdout === undefined ? {} : { onStdout: how.onStdout }),
          ...(how.timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds: how.timeoutMilliseconds }),
        }),
      );
      if (result.exitCode !== 0 && !COMMAND_ENDED.test(result.stderr)) throw classifyKubectl(result.stderr);
      return result;
    },
    logs: async (of, how = {}) => (await run(args.logsArguments(of, how, false))).stdout,
    async followLogs(of, onLine, how) {
      const follower = options.execUntil(AbortSignal.any([signal, how.signal]));
      try {
        await follower(request(args.logsArguments(of, how, true), { onStdout: onLine }));
      } catch (error) {
        throw asKubeError(error);
      }
    },
    events: async (ref) =>
      (await repeatable(args.eventsArguments(ref))).map(readEvent).sort((a, b) => (a.lastSeen < b.lastSeen ? -1 : 1)),
  };
}

/** Whether a failed watch may be begun again: the server was away, or kubectl was cut off without a word of refusal. */
function passes(error: unknown): boolean {
  return error instanceof KubeError && (error.reason === 'unreachable' || error.reason === 'failed');
}

/** In a pod, every exit code is the command's answer. */
const EVERY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code);

/** What kubectl adds when the command in the pod ended with that code; without it, kubectl itself failed. */
const COMMAND_ENDED = /command terminated with exit code \d+\s*$/;

/** Several objects are sent as a List: one document, whatever their number. */
function listOf(objects: readonly KubeObject[]): string {
  return JSON.stringify(objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects });
}

/** kubectl answers one object as itself, several as a List, and none as nothing. */
function readObjects(stdout: string): KubeObject[] {
  if (stdout.trim() === '') return [];
  const answer = JSON.parse(stdout) as KubeObject & { items?: KubeObject[] };
  return answer.items ?? [answer];
}

function only(objects: readonly KubeObject[], verb: string): KubeObject {
  const [object] = objects;
  if (object === undefined) throw new Error(`kubectl ${verb} answered no object.`);
  return object;
}
