/**
 * One script, run by `sh` in one pod, that asks many Redis nodes at once and prints what each answered. Forty nodes are
 * one `kubectl exec`, not forty.
 */

/** Commands for one node, sent in order over one connection. */
export interface NodeRequest {
  /** The address, never a name: MEET and the exec must not depend on DNS. */
  ip: string;
  port: number;
  commands: readonly string[];
}

/** What one node answered. */
export interface NodeReply {
  ip: string;
  /** One text per command, when all were answered. */
  replies?: readonly string[];
  /** Else: why not, in the words of the client. */
  silence?: string;
}

/** Bounds of one fan-out. */
export interface FanOutOptions {
  /** Seconds after which a node that has not answered counts as silent. */
  seconds: number;
  /** How often a node that answers `Unknown node` is asked again, five times a second. 0 when absent. */
  retries?: number;
}

/** Exit code of the script in a container without a client. */
export const NO_CLIENT = 3;
/** Nodes asked at the same time: enough for any cluster here, few enough for the memory limit of a pod. */
const AT_ONCE = 50;
/** No shell metacharacter and no quote, so that single quotes are enough. */
const SAFE = /^[A-Za-z0-9 .:_{}/+-]*$/;
const NODE_MARK = '@@node';
const REPLY_MARK = '@@reply';

/**
 * Each stage of the pipeline asks its node, all at the same time, then waits for the end of the stage before it, and only
 * then prints: answers of many kilobytes never mix and no file is needed.
 */
const PRELUDE = `set -u
for cli in valkey-cli redis-cli none; do command -v "$cli" >/dev/null 2>&1 && break; done
[ "$cli" = none ] && { echo 'neither valkey-cli nor redis-cli is in this container' >&2; exit ${NO_CLIENT}; }
ask() {
  node=$1 ip=$2 port=$3 tries=0
  shift 3
  while :; do
    answer=$(for command do printf 'ECHO ${REPLY_MARK}\\n%s\\n' "$command"; done |
      timeout "$seconds" "$cli" -h "$ip" -p "$port" 2>&1)
    code=$?
    case $answer in *'Unknown node'*) ;; *) break ;; esac
    [ "$tries" -ge "$retries" ] && break
    tries=$((tries + 1))
    sleep 0.2
  done
  while read -r baton; do :; done
  printf '${NODE_MARK} %s %s\\n%s\\n' "$node" "$code" "$answer" >&3
}
`;

/** The script for `sh -s` on standard input. */
export function fanOutScript(requests: readonly NodeRequest[], options: FanOutOptions): string {
  const lines: string[] = [];
  for (let start = 0; start < requests.length; start += AT_ONCE) {
    const stages = requests
      .slice(start, start + AT_ONCE)
      .map((request, index) =>
        ['ask', String(start + index), request.ip, String(request.port), ...request.commands].map(quote).join(' '),
      );
    lines.push(`: | ${stages.join(' |\n  ')}`);
  }
  return `seconds=${Math.ceil(options.seconds)} retries=${options.retries ?? 0}\n${PRELUDE}exec 3>&1\n${lines.join('\n')}\n`;
}

function quote(word: string): string {
  if (!SAFE.test(word)) throw new Error(`A command for Redis holds a character that is not sent: ${word}`);
  return /^[A-Za-z0-9.:-]+$/.test(word) ? word : `'${word}'`;
}

/**
 * Reads the output of the script, in the order of the requests. A node that did not answer every command is silent as a
 * whole: half an observation is none.
 */
export function parseFanOut(requests: readonly NodeRequest[], output: string): NodeReply[] {
  const sections = new Map<number, { code: number; text: string }>();
  for (const section of output.split(new RegExp(`^${NODE_MARK} `, 'm')).slice(1)) {
    const end = section.indexOf('\n');
    const [index, code] = section.slice(0, end).split(' ').map(Number);
    if (index !== undefined) sections.set(index, { code: code ?? 1, text: section.slice(end + 1) });
  }
  return requests.map((request, index) => {
    const section = sections.get(index);
    if (section === undefined) return { ip: request.ip, silence: 'the command ended before it answered' };
    if (section.code === 124) return { ip: request.ip, silence: 'no answer in time' };
    const [before, ...replies] = section.text.split(new RegExp(`^${REPLY_MARK}\\n`, 'm')).map((text) => text.trimEnd());
    if (before !== '' || replies.length !== request.commands.length) {
      return { ip: request.ip, silence: firstLine(section.text) };
    }
    return { ip: request.ip, replies };
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] || 'no answer';
}
