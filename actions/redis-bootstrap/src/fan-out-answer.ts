/** Reads what the script of a fan-out printed. */
import { LEFT_OUT, type NodeRequest, type Stage } from './fan-out.ts';

/** What one node answered in one stage. */
export interface NodeReply {
  ip: string;
  /** One text per command, when all were answered. */
  replies?: readonly string[];
  /** Else why not, in the words of the client. Neither is there when the stage was left out. */
  silence?: string;
}

/**
 * Reads the output, stage by stage in the order of the requests. A node that did not answer every command is silent as a
 * whole: half an observation is none.
 */
export function parseFanOut(stages: readonly Stage[], output: string): NodeReply[][] {
  const blocks = new Map<number, string>();
  for (const block of output.split(/^@@stage s/m).slice(1)) {
    const end = block.indexOf('\n');
    blocks.set(Number(block.slice(0, end)), block.slice(end + 1));
  }
  return stages.map(({ requests }, number) => {
    const block = blocks.get(number);
    if (block === undefined) return requests.map(({ ip }) => ({ ip, silence: 'the command ended before it answered' }));
    return block.startsWith(LEFT_OUT) ? requests.map(({ ip }) => ({ ip })) : readStage(requests, block);
  });
}

function readStage(requests: readonly NodeRequest[], block: string): NodeReply[] {
  const errors = [...block.matchAll(/^@@errors\n([\s\S]*?)\n@@done$/gm)].flatMap(([, lines = '']) => lines.split('\n'));
  // The client goes on as the default user, which may be allowed to answer: not what was asked for.
  const refusal = errors.find((line) => line.startsWith('AUTH failed')) ?? unmarked(block);
  if (refusal !== undefined) return requests.map(({ ip }) => ({ ip, silence: refusal }));
  const answers = new Map<number, string>();
  for (const answer of block.split(/^@@node\./m).slice(1)) {
    const [before = ''] = answer.split(/^@@end$/m, 1);
    const end = answer.indexOf('\n');
    if (before !== answer) answers.set(Number(answer.slice(0, end)), before.slice(end + 1));
  }
  return requests.map(({ ip, port, commands }, number) => {
    const texts = answers.get(number)?.split(/^@@reply\n/m) ?? [];
    const replies = texts.slice(1).map((text) => text.trimEnd());
    const isWhole = texts.length > 0 && replies.length === commands.length;
    return isWhole ? { ip, replies } : { ip, silence: silenceOf(`${ip}:${port}`, errors) };
  });
}

/** Who may not even ECHO is told so in place of the marks. */
function unmarked(block: string): string | undefined {
  return /^@@node\./m.test(block) ? undefined : /^(?:NOAUTH|NOPERM) .*$/m.exec(block)?.[0];
}

/** What the client said of this node; else why it came to no node any more. */
function silenceOf(address: string, errors: readonly string[]): string {
  const own = errors.find((line) => line.includes(address));
  if (own !== undefined) return own;
  if (errors.includes('code 124')) return 'no answer in time';
  return errors.find((line) => line !== '' && !line.startsWith('code ')) ?? 'no answer';
}
