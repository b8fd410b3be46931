import type { JobCredentials } from '../github/tokens.ts';
import { jobContext, mergeNames } from './contexts.ts';
import type { Annotation, LogLevel } from './events.ts';
import type { Scope, Status } from './expressions.ts';
import type { Leg } from './instance.ts';
import type { Masker } from './masks.ts';
import type { NodeAction, Step } from './model.ts';
import type { StepResult, StepSummary } from './result.ts';
import type { RunState } from './run-state.ts';
import type { Value, Values } from './values.ts';

/** The steps of a job, or of a composite action inside it: each has its own `steps` and `inputs` contexts. */
export interface Frame {
  /** Tells the frames of a job apart; empty for the job's own steps. */
  readonly prefix: string;
  readonly depth: number;
  readonly inputs: Values;
  /** The `steps` context. */
  readonly steps: Record<string, Value>;
  /** The env of the composite steps around, which their inner steps see over the job's. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the composite action is; undefined for the job's own steps. */
  readonly action: { readonly directory: string; readonly repository: string; readonly ref: string } | undefined;
  /** Ends the inner steps when the composite step itself is ended, for example by its timeout. */
  readonly signal: AbortSignal | undefined;
  failed: boolean;
}

/** The clean-up of an action, run after all main steps, last in first out. */
export interface Post {
  readonly frame: Frame;
  readonly step: Step;
  readonly action: NodeAction;
}

/** The directories of one job. */
export interface JobDirectories {
  readonly workspace: string;
  readonly temp: string;
  readonly tools: string;
  readonly home: string;
}

/** What a running job knows and has collected. */
export class JobState {
  readonly run: RunState;
  readonly leg: Leg;
  readonly name: string;
  readonly directories: JobDirectories;
  /** What its runner has in the environment. */
  readonly base: Readonly<Record<string, string>>;
  readonly credentials: JobCredentials;
  readonly masker: Masker;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly github: Values;
  /** Cancelled by a person, a newer run, a failed leg or the job's own timeout. */
  readonly signal: AbortSignal;
  status: Status = 'success';
  /** Workflow env, job env, and what steps wrote to GITHUB_ENV. */
  env: Record<string, string> = {};
  /** What steps wrote to GITHUB_PATH, newest first. */
  path: string[] = [];
  readonly posts: Post[] = [];
  /** Saved state of actions, by frame and step. */
  readonly saved = new Map<string, Map<string, string>>();
  readonly steps: StepResult[] = [];
  readonly summaries: StepSummary[] = [];
  readonly annotations: Annotation[] = [];
  /** Process groups that this job's steps left behind. */
  readonly leftovers = new Set<number>();
  injected = false;
  #files = 0;

  constructor(
    facts: Pick<
      JobState,
      'run' | 'leg' | 'directories' | 'base' | 'credentials' | 'masker' | 'secrets' | 'vars' | 'github' | 'signal'
    >,
  ) {
    this.run = facts.run;
    this.leg = facts.leg;
    this.name = facts.leg.names.join(' / ');
    this.directories = facts.directories;
    this.base = facts.base;
    this.credentials = facts.credentials;
    this.masker = facts.masker;
    this.secrets = facts.secrets;
    this.vars = facts.vars;
    this.github = facts.github;
    this.signal = facts.signal;
  }

  /** What an expression sees in a frame. `env` is the `env` context. */
  scope(frame: Frame, env: Readonly<Record<string, string>>): Scope {
    const { leg } = this;
    const composite = frame.action !== undefined;
    return {
      contexts: {
        ...leg.contexts,
        github: this.githubFor(frame),
        vars: this.vars,
        inputs: frame.inputs,
        env,
        steps: frame.steps,
        runner: this.runner(),
        job: jobContext(this.run, leg.instance.workflow, this.status),
        // A composite action gets secrets as inputs only.
        ...(!composite && { secrets: this.secretsContext() }),
      },
      status: this.statusOf(composite ? () => frame.failed : () => this.status === 'failure'),
      workspace: this.directories.workspace,
    };
  }

  /** What an expression sees once the steps are over: a composite action no longer counts, only the job does. */
  afterwards(frame: Frame): Scope {
    return { ...this.scope(frame, this.env), status: this.statusOf(() => this.status === 'failure') };
  }

  private statusOf(failed: () => boolean): NonNullable<Scope['status']> {
    return {
      success: () => !failed() && this.status !== 'cancelled',
      failure: failed,
      cancelled: () => this.status === 'cancelled',
    };
  }

  secretsContext(): Record<string, string> {
    return mergeNames(this.secrets, { GITHUB_TOKEN: this.credentials.token });
  }

  githubFor(frame: Frame): Values {
    if (frame.action === undefined) return this.github;
    const { directory, repository, ref } = frame.action;
    return { ...this.github, action_path: directory, action_repository: repository, action_ref: ref };
  }

  /** The `runner` context. */
  runner(): Values {
    const { workspace, temp, tools } = this.directories;
    return {
      os: 'Linux',
      arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
      name: 'rehearsal',
      environment: 'github-hosted',
      tool_cache: tools,
      temp,
      workspace: workspace.replace(/\/[^/]+$/, ''),
    };
  }

  /** The variables through which a step asks for ID tokens, and a node action for the run's services. */
  services(node: boolean): Record<string, string> {
    const { github } = this.run;
    const allowed = this.leg.permissions['id-token'] === 'write';
    return {
      ...(allowed && {
        ACTIONS_ID_TOKEN_REQUEST_URL: github.idTokenRequestUrl,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.credentials.runtimeToken,
      }),
      ...(node && {
        ACTIONS_RUNTIME_URL: `${github.url}/`,
        ACTIONS_RUNTIME_TOKEN: this.credentials.runtimeToken,
        ACTIONS_RESULTS_URL: `${github.url}/`,
      }),
    };
  }

  log(line: string, level: LogLevel = 'text'): void {
    this.run.emit({ type: 'log', job: this.name, line, level });
  }

  /** A number for the next temporary file of the job. */
  nextFile(): number {
    this.#files += 1;
    return this.#files;
  }
}

/** The frame of the job's own steps. */
export function jobFrame(inputs: Values): Frame {
  return { prefix: '', depth: 0, inputs, steps: {}, env: {}, action: undefined, signal: undefined, failed: false };
}
