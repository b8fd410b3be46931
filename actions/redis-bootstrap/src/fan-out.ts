/**
 * One script, run by `sh` in one pod, that asks many Redis nodes at once and prints what each answered. Forty nodes are
 * one `kubectl exec`, not forty; and what has to happen one after the other, with waits in between, is still one.
 */
import { type Client, clientLines } from './client.ts';
import { quote } from './shell.ts';

/** Commands that go to a node over one connection, in order. */
export interface Call {
  commands: readonly string[];
  /** Sent again until the answer has all of these texts, or `tries` are used up: the last answer counts. No blanks. */
  until?: readonly string[];
  /** Sent only when the answers of the node so far have all of these texts; else it has no replies. No blanks. */
  given?: readonly string[];
  /** How often it is sent at most, twenty times a second. 1 when absent. */
  tries?: number;
}

/** What one node is asked. */
export interface NodeRequest {
  /** The address, never a name: MEET and the exec must not depend on DNS. */
  ip: string;
  port: number;
  calls: readonly Call[];
  /** Sent after the calls whatever became of them; the answers are not kept. */
  finally?: readonly string[];
}

/** What is asked at the same time. The next stage begins when all of the one before have answered. */
export type Stage = readonly NodeRequest[];

/** What one node answered in one stage. */
export interface NodeReply {
  ip: string;
  /** One text per command of the calls that were sent, when all were answered. */
  replies?: readonly string[];
  /** Else: why not, in the words of the client. */
  silence?: string;
}

/** Bounds of one fan-out. */
export interface FanOutOptions {
  /** Seconds after which a node that has not answered a call counts as silent. */
  seconds: number;
  client: Client;
}

/** Nodes asked at the same time: enough for any cluster here, few enough for the memory limit of a pod. */
const AT_ONCE = 128;
/** Between two tries, in seconds. */
const PAUSE = 0.05;
const NODE_MARK = '@@node';
const REPLY_MARK = '@@reply';

/**
 * Each member of a pipeline asks its node, all at the same time, then waits for the end of the member before it, and only
 * then prints: answers of many kilobytes never mix and no file is needed. A member is parsed as a whole before it begins,
 * so that it does all it has to do even when nobody listens any more.
 */
const FUNCTIONS = `lacks() {
  for text in $2; do
    case $1 in *"$text"*) ;; *) return 0 ;; esac
  done
  return 1
}
call() {
  [ "$code" -eq 0 ] || return 0
  tries=$1
  while :; do
    answer=$(printf '%s\\n' "$3" | client "$ip" -p "$port" 2>&1)
    code=$?
    tries=$((tries - 1))
    [ "$code" -eq 0 ] && [ "$tries" -gt 0 ] && lacks "$answer" "$2" || break
    sleep ${PAUSE}
  done
  all="$all$answer
"
}
tell() {
  while read -r baton; do :; done
  printf '${NODE_MARK} %s %s\\n%s\\n' "$1" "$code" "$all" >&3
}
`;

/** The script for `sh -s` on standard input. */
export function fanOutScript(stages: readonly Stage[], options: FanOutOptions): string {
  const pipelines = stages.flatMap((stage, number) => {
    const members = stage.map((request, index) => member(request, `${number}.${index}`));
    return chunks(members, AT_ONCE).map((some) => `: | ${some.join(' |\n')}`);
  });
  return [...clientLines(options.client, options.seconds), FUNCTIONS, 'exec 3>&1', ...pipelines, ''].join('\n');
}

function member({ ip, port, calls, finally: last }: NodeRequest, mark: string): string {
  const lines = calls.map(({ commands, until = [], given = [], tries = 1 }) => {
    const input = commands.map((command) => `ECHO ${REPLY_MARK}\n${command}`).join('\n');
    const call = `call ${tries} ${quote(until.join(' '))} ${quote(input)}`;
    return given.length > 0 ? `lacks "$all" ${quote(given.join(' '))} || ${call}` : call;
  });
  if (last !== undefined)
    lines.push(`printf '%s\\n' ${quote(last.join('\n'))} | client "$ip" -p "$port" >/dev/null 2>&1`);
  return `{ ip=${quote(ip)} port=${port} code=0 all=\n${lines.join('\n')}\ntell ${mark}; }`;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** The longest that the script takes when every node is silent and nothing comes about, in milliseconds. */
export function longestMilliseconds(stages: readonly Stage[], seconds: number): number {
  const ofCall = ({ tries = 1 }: Call): number => seconds * 1000 + tries * (PAUSE * 1000 + 100);
  const ofRequest = ({ calls }: NodeRequest): number => calls.reduce((sum, call) => sum + ofCall(call), 0);
  const ofStage = (stage: Stage): number => Math.ceil(stage.length / AT_ONCE) * Math.max(0, ...stage.map(ofRequest));
  return stages.reduce((sum, stage) => sum + ofStage(stage), 0);
}

/**
 * Reads the output of the script, stage by stage in the order of the requests. A node that did not answer every command is
 * silent as a whole: half an observation is none.
 */
export function parseFanOut(stages: readonly Stage[], output: string): NodeReply[][] {
  const sections = new Map<string, { code: number; text: string }>();
  for (const section of output.split(new RegExp(`^${NODE_MARK} `, 'm')).slice(1)) {
    const end = section.indexOf('\n');
    const [mark = '', code] = section.slice(0, end).split(' ');
    sections.set(mark, { code: Number(code), text: section.slice(end + 1) });
  }
  return stages.map((stage, number) =>
    stage.map((request, index) => readSection(request, sections.get(`${number}.${index}`))),
  );
}

function readSection({ ip, calls }: NodeRequest, section: { code: number; text: string } | undefined): NodeReply {
  if (section === undefined) return { ip, silence: 'the command ended before it answered' };
  if (section.code === 124) return { ip, silence: 'no answer in time' };
  const [before, ...replies] = section.text.split(new RegExp(`^${REPLY_MARK}\\n`, 'm')).map((text) => text.trimEnd());
  const sent = (some: readonly Call[]): number => some.reduce((sum, { commands }) => sum + commands.length, 0);
  const least = sent(calls.filter(({ given }) => given === undefined));
  if (before !== '' || replies.length < least || replies.length > sent(calls)) {
    const lines = (before || section.text).trim().split('\n');
    return { ip, silence: (before ? lines[0] : lines.at(-1)) || 'no answer' };
  }
  return { ip, replies };
}
