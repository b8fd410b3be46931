import { CommandReader } from './commands.ts';
import type { Annotation, LogLevel } from './events.ts';
import type { Masker } from './masks.ts';

/** GitHub keeps this many annotations of each kind for a step. */
const mostAnnotations = 10;

/** Reads the output of one step: obeys its workflow commands, masks what is shown. */
export class StepOutput {
  readonly outputs = new Map<string, string>();
  readonly state = new Map<string, string>();
  readonly annotations: Annotation[] = [];
  /** Set when the step used a command that fails it. */
  failed = false;
  readonly #reader = new CommandReader();
  readonly #masker: Masker;
  readonly #step: () => string;
  readonly #log: (line: string, level: LogLevel) => void;

  constructor(step: () => string, masker: Masker, log: (line: string, level: LogLevel) => void) {
    this.#step = step;
    this.#masker = masker;
    this.#log = (line, level) => log(masker.mask(line), level);
  }

  /** Takes a line of output. */
  line(line: string): void {
    const command = this.#reader.read(line);
    if (command === 'silent') return;
    if (command === undefined) {
      this.#log(line, 'text');
      return;
    }
    const { name, properties, value } = command;
    switch (name) {
      case 'add-mask':
        this.#masker.add(value);
        break;
      case 'set-output':
        this.outputs.set(properties.name ?? '', value);
        break;
      case 'save-state':
        this.state.set(properties.name ?? '', value);
        break;
      case 'error':
      case 'warning':
      case 'notice':
        this.annotate(name, value, properties);
        break;
      case 'group':
      case 'endgroup':
      case 'debug':
        this.#log(value, name);
        break;
      case 'set-env':
      case 'add-path':
        this.failed = true;
        this.annotate('error', `The \`${name}\` command is disabled. Please upgrade to using Environment Files.`);
        break;
      case 'add-matcher':
      case 'remove-matcher':
        this.#log(`${name} ${value}: problem matchers are not simulated`, 'debug');
        break;
      default:
        // `echo` only switches whether commands are shown, which this log never does.
        break;
    }
  }

  /** Logs a message and keeps it as an annotation, up to GitHub's limit. */
  annotate(level: Annotation['level'], message: string, properties: Readonly<Record<string, string>> = {}): void {
    this.#log(message, level);
    if (this.annotations.filter((annotation) => annotation.level === level).length >= mostAnnotations) return;
    const { title, file, line } = properties;
    this.annotations.push({
      level,
      message: this.#masker.mask(message),
      step: this.#step(),
      ...(title && { title: this.#masker.mask(title) }),
      ...(file && { file }),
      ...(line && { line }),
    });
  }

  /** Logs a line of the runner's own. */
  note(line: string, level: LogLevel = 'text'): void {
    this.#log(line, level);
  }
}
