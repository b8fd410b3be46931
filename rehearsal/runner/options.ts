import type { GitHub } from '../github/server.ts';
import type { ConcurrencyGroups } from './concurrency.ts';
import type { RunEvent } from './events.ts';
import type { Permissions } from './permissions.ts';
import type { Ladder } from './process.ts';
import type { RunResult } from './result.ts';
import type { Repository } from './sources.ts';
import type { StepEnd } from './steps.ts';
import type { Value } from './values.ts';

/** What started the run. */
export type Trigger =
  | { readonly name: 'workflow_dispatch'; readonly ref?: string; readonly actor?: string }
  | {
      readonly name: 'pull_request';
      readonly number: number;
      readonly action?: 'opened' | 'synchronize' | 'reopened';
      readonly title?: string;
      /** Branch of the change; `repository` names the fork it comes from. */
      readonly head: { readonly ref: string; readonly repository?: string };
      /** Branch the change goes to. */
      readonly base: string;
      readonly actor?: string;
      /** Paths that the pull request changes, for the API's list of files. */
      readonly files?: readonly string[];
    };

/** An environment of the caller's repository. Only declared ones exist; GitHub would create any other without a gate. */
export interface Environment {
  /** Who may approve; one approval is enough. Empty or missing: no gate. */
  readonly reviewers?: readonly string[];
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the runners of this environment's jobs have beside `baseEnvironment`. */
  readonly runnerEnvironment?: Readonly<Record<string, string>>;
}

/** A job that waits for a person. */
export interface ReviewRequest {
  readonly environment: string;
  /** Full name of the job, such as `deploy / apply`. */
  readonly job: string;
  readonly reviewers: readonly string[];
}

/** What happens at a gate. `expire`: nobody answers, and after 30 days GitHub fails the job; here at once. */
export type GateMode = 'approve' | 'reject' | 'ask' | 'expire';

/** How the gates of the run are answered. */
export interface Gate {
  readonly mode: GateMode;
  /** By environment, where it is not `mode`. */
  readonly of?: Readonly<Record<string, GateMode>>;
  /** Who answers; the environment's first reviewer unless given. Must be one of its reviewers. */
  readonly reviewer?: string;
  /**
   * For `ask`: true approves. One question at a time; `signal` is aborted when the answer is no longer needed. Without
   * it the run waits for the REST call that reviews pending deployments.
   */
  readonly ask?: (request: ReviewRequest, signal: AbortSignal) => Promise<boolean>;
}

/** A fresh work tree that `actions/checkout` has just made. */
export interface Checkout {
  readonly repository: string;
  readonly sha: string;
  readonly directory: string;
  /** Full name of the job. */
  readonly job: string;
}

/** The main script of a node action that is about to run. */
export interface ActionCall {
  /** Ids of the jobs around it and of its step: `deploy/apply/infra/apply`. */
  readonly stage: string;
  /** Runs it. Before another attempt the post script cleans up after the one before, as it would before a job is run again. */
  attempt(options: AttemptOptions): Promise<ActionAttempt>;
}

/** How an attempt is made. */
export interface AttemptOptions {
  /** Called with the process, which leads a group of its own. */
  readonly onStart?: (pid: number) => void;
  /** Its folder for temporary files is on a disk that is full. */
  readonly diskFull?: boolean;
}

/** How an attempt went. */
export interface ActionAttempt {
  readonly end: StepEnd;
  /** The errors that it told. */
  readonly errors: readonly string[];
}

/** What `runWorkflow` needs. Everything that comes from outside is here. */
export interface RunOptions {
  /** The file that the event starts; its repository is the caller's. */
  readonly workflow: { readonly repository: string; readonly path: string };
  readonly event: Trigger;
  /** Inputs of `workflow_dispatch`; texts are converted as GitHub converts them. */
  readonly inputs?: Readonly<Record<string, Value>>;
  /** Every repository that the run may read, by `owner/name`. */
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly gate: Gate;
  /** What every process inherits: PATH, HOME, LANG and what the stand-ins need. Nothing else is inherited. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** PEM texts: the authority that processes shall trust, and the certificate of the GitHub stand-in. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Work area of this run; its contents are the run's own. */
  readonly directory: string;
  /** A GitHub stand-in that is already up; without it the run starts one and stops it. */
  readonly github?: GitHub;
  /** Concurrency groups shared with other runs; without it the run has its own. */
  readonly concurrency?: ConcurrencyGroups;
  /** What a job's token may do when neither the job nor the workflow says. Default: what a new repository gives. */
  readonly defaultPermissions?: Permissions;
  /** Called on every fresh work tree of `actions/checkout`, before the next step. */
  readonly overlays?: (checkout: Checkout) => Promise<void>;
  readonly onEvent?: (event: RunEvent) => void;
  /** Cancels as GitHub's button does: the running step gets SIGINT, `always()` steps and jobs still run. */
  readonly signal?: AbortSignal;
  /** Stops at once: every process is killed, nothing more starts. */
  readonly force?: AbortSignal;
  /** Ids of jobs to run (`infra`, or with callers `deploy/apply/infra`), with all that they need. */
  readonly only?: readonly string[];
  /** Takes the place of running a node action's main script once. */
  readonly aroundAction?: (call: ActionCall) => Promise<StepEnd>;
  /** Makes a step fail without running it: the job by id as in `only`; the step by id or name, else the first. */
  readonly failStep?: { readonly job: string; readonly step?: string };
  /** Delays between the signals that end a cancelled step; the real runner's unless given. */
  readonly ladder?: Ladder;
  readonly runId?: number;
  readonly attempt?: number;
  /**
   * *Re-run failed jobs* of this earlier attempt, in the same `directory`: a job that succeeded is kept with its outputs, unless
   * it needs one that is run again. `runId` and `attempt` follow from it.
   */
  readonly rerun?: RunResult;
}
