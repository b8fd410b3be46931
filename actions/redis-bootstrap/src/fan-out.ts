/**
 * One script, run by `sh` in one pod, that talks to many Redis nodes and prints what each answered. Forty nodes are one
 * `kubectl exec`, not forty; and what has to happen one after the other, with waits in between, is still one.
 *
 * Within a stage a single client goes from node to node by its own command `connect`: forty nodes take it less time than
 * forty processes take to start. Only a node that never answers holds up those after it; `nodes.ts` asks these anew, each by
 * a client of its own.
 */
import { type Client, clientLines } from './client.ts';
import { quote } from './shell.ts';

/** Commands for one node, in order. */
export interface NodeRequest {
  /** The address, never a name: MEET and the exec must not depend on DNS. */
  ip: string;
  port: number;
  commands: readonly string[];
}

/** What is asked together. The next stage begins when all of the one before have answered. */
export interface Stage {
  requests: readonly NodeRequest[];
  /** Asked again until each of these texts is on a line of every answer; the last answers count. No blanks. */
  until?: readonly string[];
  /** On so many lines of each answer. 1 when absent. */
  lines?: number;
  /** How often it is asked at most, some twenty times a second. 1 when absent. */
  tries?: number;
  /** Left out when the answers of the stage before have one of these texts. */
  unless?: readonly string[];
}

/** How to ask. */
export interface FanOutOptions {
  /** Seconds that a node may take. */
  seconds: number;
  client: Client;
  /** Nodes that one client visits. */
  perClient?: number;
}

/** At most: enough to save processes, few enough to use more than one processor for a large cluster. */
const NODES_PER_CLIENT = 25;
/** A client that visits many may take so much longer for each, in seconds. */
const VISIT_SECONDS = 0.2;
/** Between two tries, in seconds. */
const PAUSE = 0.02;
/** What the script says of a stage that it left out. */
export const LEFT_OUT = '@@left-out';

/**
 * `visit` prints the answers of one client, then what it had to say of nodes it did not reach. Clients of one stage are the
 * members of a pipeline: each waits for the end of the one before it and only then prints, so that no file is needed.
 * `talk` is the conversation with one node; what is said to many is in the script once, in a variable.
 */
const FUNCTIONS = `talk() {
  printf 'connect %s %s\\nECHO @@node.%s\\n%s\\nECHO @@end\\n' "$2" "$3" "$1" "$4"
}
visit() {
  limit=$3
  answer=$({ errors=$(printf '%s\\n' "$4" | client "$1" -p "$2" 2>&1 >&5; echo "code $?"); } 5>&1
    [ "$errors" = 'code 0' ] || errors=$(printf '%s\\n' "$errors" | sort -u)
    printf '@@errors\\n%s\\n@@done' "$errors")
  while read -r baton; do :; done
  printf '%s\\n' "$answer" >&3
}
short() {
  patterns= wanted=0
  for text in $2; do patterns="$patterns -e $text" wanted=$((wanted + $1)); done
  [ "$(printf '%s\\n' "$out" | grep -c -F $patterns)" -lt "$wanted" ]
}
ask() {
  tries=$2
  while :; do
    out=$("$1" 3>&1)
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] && short "$3" "$4" || break
    sleep ${PAUSE}
  done
  printf '@@stage %s\\n%s\\n' "$1" "$out"
}
`;

/**
 * The script for `sh -s` on standard input. It is one function, so that it is there as a whole before it begins: what it
 * sets for a moment it also sets back, even when nobody listens any more.
 */
export function fanOutScript(stages: readonly Stage[], options: FanOutOptions): string {
  const { client, seconds, perClient = NODES_PER_CLIENT } = options;
  const texts = [...new Set(stages.flatMap(({ requests }) => requests.map(conversation)))];
  const variables = texts.map((text, index) => `c${index}=${quote(text)}`);
  const names = new Map(texts.map((text, index) => [text, `"$c${index}"`]));
  const functions = stages.map(({ requests }, stage) => {
    const numbered = requests.map((request, number) => ({ request, number }));
    const visits = evenly(numbered, perClient).map((some) => {
      const [first] = some;
      const limit = Math.ceil(seconds + some.length * VISIT_SECONDS);
      const talks = some.map(({ request, number }) => {
        const { ip, port } = request;
        return `talk ${number} ${quote(ip)} ${port} ${names.get(conversation(request))}`;
      });
      return `visit ${quote(first?.request.ip ?? '')} ${first?.request.port} ${limit} "$(${talks.join('\n')})"`;
    });
    return `s${stage}() {\n: | ${visits.join(' |\n')}\n}`;
  });
  const calls = stages.map(({ requests, until = [], lines = 1, tries = 1, unless = [] }, stage) => {
    const call = `ask s${stage} ${tries} ${requests.length * lines} ${quote(until.join(' '))}`;
    const not = unless.map((text) => `*${quote(text)}*`).join(' | ');
    const leave = `printf '@@stage s%s\\n${LEFT_OUT}\\n' ${stage}`;
    return not === '' ? call : `case $out in ${not}) ${leave} ;; *) ${call} ;; esac`;
  });
  const main = ['main() {', ...calls, '}', 'main', ''];
  return [...clientLines(client), FUNCTIONS, ...variables, ...functions, ...main].join('\n');
}

/** What is said to a node once the client is there. ECHO marks where each answer begins. */
function conversation({ commands }: NodeRequest): string {
  return commands.flatMap((command) => ['ECHO @@reply', command]).join('\n');
}

/** In as few parts as can be, none above the most and all of a size, so that none is waited for alone. */
function evenly<T>(items: readonly T[], most: number): T[][] {
  const parts = Math.ceil(items.length / most);
  const size = Math.ceil(items.length / Math.max(1, parts));
  return Array.from({ length: parts }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** The longest that the script takes when every node is silent and nothing comes about, in milliseconds. */
export function longestMilliseconds(stages: readonly Stage[], { seconds }: FanOutOptions): number {
  const once = ({ requests }: Stage): number => seconds + Math.min(requests.length, NODES_PER_CLIENT) * VISIT_SECONDS;
  const seen = ({ tries = 1 }: Stage): number => tries * (PAUSE + 0.2);
  return stages.reduce((sum, stage) => sum + 1000 * (once(stage) + seen(stage)), 0);
}
