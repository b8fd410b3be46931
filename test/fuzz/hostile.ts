/** Values that somebody who means ill, or nobody who means anything, could put into an input. */
import type { InputSpec } from '#toolkit/action/contract';
import type { Random } from '../support/random.ts';

/** Stands in every value that would do something if it were obeyed. */
export const MARK = 'fuzzed';

/** Places that a hostile path may name. */
export interface Places {
  /** A file beside the workspace, which nothing may change. */
  canary: string;
  /** A file that would be made by whoever runs a value as a command. */
  proof: string;
}

/** Environment variables hold 128 KiB at most (MAX_ARG_STRLEN of Linux), the name included. */
const HUGE = 100_000;

/** Each kind of malice, as a list of values. */
function kinds({ canary, proof }: Places): Record<string, readonly string[]> {
  return {
    paths: [
      '../outside/canary',
      '../../../../../../../../etc/passwd',
      canary,
      '/etc/passwd',
      '/proc/self/environ',
      '/dev/full',
      '/dev/null',
      '.',
      '..',
      '/',
      'a/../../outside',
      '~/.ssh/id_ed25519',
      'file:///etc/passwd',
      'https://192.0.2.1/x',
      'C:\\Windows',
      '..\\outside',
      './link-out/canary',
      'a'.repeat(300),
      '../'.repeat(2000),
    ],
    shell: [
      `$(touch ${proof})`,
      `\`touch ${proof}\``,
      `; touch ${proof};`,
      `| touch ${proof}`,
      `&& touch ${proof} &&`,
      `' ; touch ${proof} ; '`,
      `" ; touch ${proof} ; "`,
      `x\ntouch ${proof}\n`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's, not JavaScript's.
      '${IFS}',
      '%s%n%x',
      '*',
      '!!',
      '>/dev/full',
    ],
    options: [
      `--${MARK}`,
      `-${MARK}`,
      `--${MARK}=x`,
      `--kubeconfig=/${MARK}`,
      `-chdir=/${MARK}`,
      `--raw=/${MARK}`,
      `--filename=/${MARK}`,
      '--',
      '-',
    ],
    commands: ['\n', '\r', '\r\n', ' ', '\u0085', '\u2028', 'x'].flatMap((before) => [
      `${before}::set-env name=${MARK}::x`,
      `${before}::add-path::/${MARK}`,
      `${before}::set-output name=${MARK}::x`,
      `${before}::stop-commands::${MARK}`,
      `${before}::warning title=${MARK}::x`,
      `${before}::add-mask::${MARK}`,
      `${before}##[warning]${MARK}`,
      `${before}##[set-output name=${MARK}]x`,
      `${before}%0A::error title=${MARK}::x`,
    ]),
    huge: [
      'x'.repeat(HUGE),
      '9'.repeat(400),
      '-'.repeat(5000),
      ' '.repeat(5000),
      '['.repeat(HUGE / 2),
      '{"a":'.repeat(10_000),
      `"${'x'.repeat(HUGE)}"`,
      'a,'.repeat(20_000),
      'a=b\n'.repeat(20_000),
      '\n'.repeat(10_000),
      '😀'.repeat(20_000),
      '99999999999h',
      '999999h',
      '9007199254740993s',
    ],
    types: [
      'true',
      'null',
      'undefined',
      'NaN',
      'Infinity',
      '-1',
      '-0',
      '0',
      '00',
      '0x10',
      '1e9',
      '1.5',
      '+5',
      '٣',
      '[]',
      '{}',
      '""',
      '[null]',
      '[[]]',
      '[1]',
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"start":1}',
      '[{"start":"x","end":null}]',
      '{"":""}',
      `{"a b":1,"${MARK}\\n::warning::x":{"deep":[{}]}}`,
      '0s',
      '0h',
    ],
    names: [
      '__proto__',
      'constructor',
      'toString',
      'a b',
      "a'b",
      'a"b',
      'a\\b',
      'A_B',
      '-a',
      'a-',
      'a..b',
      'a/b/c',
      ':',
      ',',
      ',,',
      '=',
      '=x',
      'x=',
      '@',
      '@everyone',
      '#',
      '<script>alert(1)</script>',
      '| a | b |',
      '{{ . }}',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not JavaScript's.
      '${{ github.token }}',
      '{environment}{root}{nothing}',
      'registry.example/moodle@sha256:abc',
      `registry.example/moodle@sha256:${'a'.repeat(64)}\n::warning title=${MARK}::x`,
    ],
    unicode: [
      '\u202egnp.exe',
      '\ufeffmoodle',
      'mood\u00adle',
      'mood\u200ble',
      'ｍｏｏｄｌｅ',
      'İıſ',
      'e\u0301',
      '👩‍👩‍👧‍👦',
      '\u0001\u0002\u001b[31mred\u001b[0m',
      '\u007f',
      'ﷺ',
      '\ud7ff\ue000',
      'z̸̡̢͉̗͇͙͎͕͖͔̥̥̊̈́̽̀̒'.repeat(20),
    ],
  };
}

/** One hostile value for an input: of any kind, or its usual value with malice before, behind or inside. */
export function hostileValue(random: Random, spec: InputSpec, usual: string, places: Places): string {
  const malice = random.pick(random.pick(Object.values(kinds(places))));
  // Where only few texts are valid, one of them leads on to what comes after the check.
  if (spec.type === 'enum' && random.chance(0.7)) return random.pick(spec.values);
  if (spec.type === 'boolean' && random.chance(0.7)) return random.pick(['true', 'false']);
  switch (random.below(4)) {
    case 0:
      return `${usual}${malice}`;
    case 1:
      return `${malice}${usual}`;
    case 2:
      return `${usual.slice(0, usual.length / 2)}${malice}${usual.slice(usual.length / 2)}`;
    default:
      return malice;
  }
}
