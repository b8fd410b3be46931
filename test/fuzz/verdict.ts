/** What is wrong with how a run on hostile inputs ended; nothing, when it is as it must be. Pure. */
import type { Contract } from '#toolkit/action/contract';
import type { ActionEnd } from '../support/action-process.ts';
import { MARK } from './hostile.ts';

/** All that was seen of one run. */
export interface Seen {
  end: ActionEnd;
  contract: Contract;
  /** The words of each call of kubectl and terraform. */
  calls: readonly (readonly string[])[];
  /** The run was told to stop, because it would have waited for as long as an input says. */
  stopped: boolean;
  outsideChanged: boolean;
  proven: boolean;
  left: readonly string[];
}

/** Commands that the runner knows; any other name is ordinary text. */
const KNOWN =
  /^(add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|set-output|stop-commands|warning)$/i;
/** Those that an action has no reason to print: it uses files. */
const NEVER = /^(add-matcher|add-path|echo|remove-matcher|set-env|set-output|save-state|stop-commands)$/i;
/** How long a message may be that a person is to read, with all that it repeats. */
const LONGEST_MESSAGE = 4100;
/** What a program says of itself and not of its user's mistake. */
const CRASH =
  /^\s+at (?:async )?[\w.<>[\] ]*\(?(?:file:|node:|\/)[^\s]*:\d+|\b(?:TypeError|ReferenceError|RangeError|SyntaxError)\b|Cannot read properties|is not a function|is not iterable|\[object Object\]|node:internal|Warning: .*(?:overflow|deprecat)|Unhandled/m;
/** An error of the system as the system words it, at the beginning of a message. */
const BARE_SYSTEM_ERROR = /^(?:Error: )?E[A-Z0-9]{3,}: /;

/** A command that the runner would obey. */
export interface Obeyed {
  name: string;
  properties: string;
  text: string;
}

/**
 * The commands that the runner would obey, as it finds them (actions/runner, ActionCommand.cs): `::name …::` at the
 * beginning of a line, white space left out, or else `##[name …]` anywhere in it. A lone carriage return ends a line too.
 */
export function obeyed(log: string): Obeyed[] {
  return log.split(/\r\n|\r|\n/).flatMap((line) => {
    for (const form of [/^[\s\u0085]*::([^: ]+)( [^:]*(?::[^:]+)*)?::(.*)$/s, /##\[([^\] ]+)( [^\]]*)?\](.*)$/s]) {
      const [, name = '', properties = '', text = ''] = form.exec(line) ?? [];
      if (KNOWN.test(name)) return [{ name: name.toLowerCase(), properties, text }];
    }
    return [];
  });
}

/** Sentences that say what is wrong. */
export function problemsOf({ end, contract, calls, stopped, outsideChanged, proven, left }: Seen): string[] {
  const problems: string[] = [];
  const say = (wrong: boolean, what: string): void => {
    if (wrong) problems.push(what);
  };
  const commands = obeyed(end.log);
  say(end.exitCode !== 0 && end.exitCode !== 1, `ended with ${end.exitCode ?? 'a signal'}`);
  say(end.exitCode === 1 && end.errors.length === 0, 'failed without saying why');
  say(end.exitCode === 0 && stopped, 'ended well although it was stopped');
  const crash = CRASH.exec(end.log.replace(/^::debug::.*$/gm, ''));
  say(crash !== null, `crashed: ${crash?.[0]}`);
  for (const message of end.errors) {
    say(message.trim().length < 12, `says too little: "${message}"`);
    say(message.length > LONGEST_MESSAGE, `says too much: ${message.length} characters, "${message.slice(0, 80)}…"`);
    say(BARE_SYSTEM_ERROR.test(message), `repeats the system: "${message.slice(0, 120)}"`);
  }
  for (const { name, properties, text } of commands)
    say(
      NEVER.test(name) || properties.includes(`title=${MARK}`) || (name !== 'error' && text === MARK),
      `obeyed ${name}${properties}: ${text.slice(0, 200)}`,
    );
  const names = [...Object.keys(end.outputs), ...Object.keys(end.state)];
  const unknown = names.filter(
    (name) => !(name in contract.outputs) && !['temporary-directory', 'note'].includes(name),
  );
  say(unknown.length > 0, `set ${unknown.join(', ')}`);
  const options = calls.flat().filter((word) => /^-/.test(word) && !/^-[\w-]+=/.test(word) && word.includes(MARK));
  const first = calls
    .flat()
    .filter((word) => new RegExp(`^--?(${MARK}|(kubeconfig|chdir|raw|filename)=/${MARK})`).test(word));
  say(
    options.length > 0 || first.length > 0,
    `a value became an option: ${[...options, ...first].join(' ').slice(0, 200)}`,
  );
  say(outsideChanged, 'something outside of the workspace changed');
  say(proven, 'a value was run as a command');
  say(left.length > 0, `left ${left.join(', ')}`);
  return problems;
}
