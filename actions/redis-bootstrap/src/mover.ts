/**
 * The script that moves slots live, run by `sh` in one pod. Slots go in batches: the taker is told to import and the giver to
 * migrate, the keys are moved by MIGRATE while clients are redirected key by key, then the taker takes the slots over.
 * Cut off anywhere it leaves slots open, which the next run moves to their end; nothing has to be remembered.
 */
import { type Client, clientLines } from './client.ts';
import { quote } from './shell.ts';

/** One end of a move. */
interface End {
  ip: string;
  id: string;
}

/** Slots that go from one node to another. */
export interface SlotTransfer {
  from: End;
  to: End;
  slots: readonly number[];
}

/** Slots opened at the same time. */
const BATCH_SLOTS = 128;
/** Keys that one MIGRATE takes. The giver serves nobody else meanwhile: a hundred small keys are about a millisecond. */
const BATCH_KEYS = 100;
/** How long one MIGRATE may wait for the taker, in milliseconds. */
const MIGRATE_TIMEOUT = 10_000;
/** How often a batch is tried again when a taker does not answer for a moment. */
const TRIES = 5;

const MOVED_MARK = '@@moved';
const FAILED_MARK = '@@failed';

/**
 * Moves some keys of a slot and answers how many are left. Names of keys are any bytes and never leave the server. The keys
 * of the giver are what clients see while it has them, so they replace what an attempt that was cut off left at the taker.
 */
const MIGRATE_SOME = [
  'if redis.replicate_commands then redis.replicate_commands() end',
  'local keys = redis.call([[CLUSTER]], [[GETKEYSINSLOT]], ARGV[1], ARGV[2])',
  'if #keys > 0 then',
  'local words = {ARGV[3], ARGV[4], [[]], [[0]], ARGV[5], [[REPLACE]]}',
  'for i = 6, #ARGV do words[#words + 1] = ARGV[i] end',
  'words[#words + 1] = [[KEYS]]',
  'for i = 1, #keys do words[#words + 1] = keys[i] end',
  'redis.call([[MIGRATE]], unpack(words))',
  'end',
  'return ARGV[1] .. [[:]] .. redis.call([[CLUSTER]], [[COUNTKEYSINSLOT]], ARGV[1])',
].join(' ');

/** The password goes to MIGRATE as one word of escaped bytes, on standard input like everything else. */
function authLines({ passwordFile, user }: Client): string[] {
  if (passwordFile === undefined) return ["auth=''"];
  const word = `$(printf %s "$REDISCLI_AUTH" | od -An -v -tx1 | tr -d '\\n' | sed 's/ /\\\\x/g')`;
  const method = user === undefined ? 'AUTH' : `AUTH2 ${user}`;
  return [`auth="${method} \\"${word}\\""`];
}

/**
 * A slot that somebody else has opened towards another taker meanwhile is left alone, and one that is not open towards ours
 * any more is not taken over: two scripts that overlap, because the first outlived its run, do not lose each other's keys.
 */
const FUNCTIONS = `each() {
  for slot in $2; do printf "$1\\n" "$slot"; done
}
tell() {
  answers=$(each "CLUSTER SETSLOT %s $2" "$3" | client "$1" -p "$port" --pipe 2>&1)
}
look() {
  mine=$(echo 'CLUSTER NODES' | client "$from" -p "$port" 2>&1 | grep myself)
}
not_elsewhere() {
  ours=
  for slot in $1; do
    case $mine in
      *"[$slot->-$to_id]"*) ;;
      *"[$slot->-"*) continue ;;
    esac
    ours="$ours $slot"
  done
}
open_to_us() {
  ours=
  for slot in $1; do
    case $mine in *"[$slot->-$to_id]"*) ours="$ours $slot" ;; esac
  done
}
evacuate() {
  left=$1 rounds=1
  while [ -n "$left" ]; do
    answers=$(for slot in $left; do
      round=0
      while [ "$round" -lt "$rounds" ]; do
        printf 'EVAL "%s" 0 %s ${BATCH_KEYS} %s %s ${MIGRATE_TIMEOUT} %s\\n' "$lua" "$slot" "$to" "$port" "$auth"
        round=$((round + 1))
      done
    done | client "$from" -p "$port" 2>&1)
    case $answers in '' | *[!0-9:"$newline"]*) return 1 ;; esac
    left= slot= rest=0
    for answer in $answers end:0; do
      [ "\${answer%:*}" = "$slot" ] || [ "$rest" = 0 ] || left="$left $slot"
      slot=\${answer%:*} rest=\${answer#*:}
    done
    rounds=20
  done
}
move_batch() {
  look
  not_elsewhere "$1"
  tell "$to" "IMPORTING $from_id" "$ours"
  tell "$from" "MIGRATING $to_id" "$ours"
  look
  open_to_us "$ours"
  evacuate "$ours" || return 1
  look
  open_to_us "$ours"
  tell "$to" "NODE $to_id" "$ours" && tell "$from" "NODE $to_id" "$ours"
}
move() {
  number=$1 from=$2 from_id=$3 to=$4 to_id=$5
  shift 5
  while [ $# -gt 0 ]; do
    batch= size=0 tries=0
    while [ $# -gt 0 ] && [ "$size" -lt ${BATCH_SLOTS} ]; do
      batch="$batch $1" size=$((size + 1))
      shift
    done
    until move_batch "$batch"; do
      tries=$((tries + 1))
      if [ "$tries" -eq ${TRIES} ]; then
        reason=$(printf '%s\\n' "$answers" | grep -v '^[0-9]*:[0-9]*$' | tr '\\n' ' ' | cut -c 1-300)
        printf '${FAILED_MARK} %s %s\\n' "$number" "$reason"
        return 1
      fi
      sleep 1
    done
    printf '${MOVED_MARK} %s %s\\n' "$number" "$size"
  done
}
`;

/** The script for `sh -s`. Givers work side by side, each for one taker after the other. */
export function moverScript(transfers: readonly SlotTransfer[], client: Client, seconds: number): string {
  const givers = new Map<string, string[]>();
  for (const [number, { from, to, slots }] of transfers.entries()) {
    const words = ['move', String(number), from.ip, from.id, to.ip, to.id, ...slots.map(String)].map(quote).join(' ');
    givers.set(from.id, [...(givers.get(from.id) ?? []), words]);
  }
  return [
    // MIGRATE waits for the taker: the client must not give up before it.
    ...clientLines(client),
    `limit=${seconds + MIGRATE_TIMEOUT / 1000}`,
    ...authLines(client),
    `lua=${quote(MIGRATE_SOME)} port=${client.port}`,
    `newline='\n'`,
    FUNCTIONS,
    ...[...givers.values()].map((moves) => `{ ${moves.join(' && ')}; } &`),
    'wait',
    '',
  ].join('\n');
}

/** One line of the script's output: slots moved, or why one transfer stopped. */
export type MoverNews = { moved: number } | { transfer: number; failure: string };

/** Reads one line; undefined for any other. */
export function readMoverLine(line: string): MoverNews | undefined {
  const [mark, number, ...rest] = line.split(' ');
  if (mark === MOVED_MARK) return { moved: Number(rest[0]) };
  if (mark === FAILED_MARK) return { transfer: Number(number), failure: rest.join(' ') };
  return undefined;
}
