import type { InputDeclaration } from './inputs.ts';
import type { Permissions } from './permissions.ts';
import type { Reference } from './references.ts';
import type { Snapshot } from './sources.ts';
import type { Token } from './tokens.ts';

/** A workflow file with everything it calls. The same file called twice is two objects: its inputs differ. */
export interface Workflow {
  readonly source: Snapshot;
  /** Path in its repository, for example `.github/workflows/deploy.yml`. */
  readonly path: string;
  readonly name: string;
  readonly runName: Token | undefined;
  readonly events: ReadonlyMap<string, Token>;
  readonly dispatchInputs: ReadonlyMap<string, InputDeclaration>;
  readonly callInputs: ReadonlyMap<string, InputDeclaration>;
  /** Declared secrets of `workflow_call`, true where required. */
  readonly callSecrets: ReadonlyMap<string, boolean>;
  readonly callOutputs: ReadonlyMap<string, Token>;
  readonly permissions: Permissions | undefined;
  readonly env: Token | undefined;
  readonly defaults: Token | undefined;
  readonly concurrency: Token | undefined;
  readonly jobs: ReadonlyMap<string, Job>;
}

/** A job as written; tokens are evaluated when it is reached. */
export interface Job {
  readonly id: string;
  readonly line: number;
  readonly name: Token | undefined;
  readonly needs: readonly string[];
  /** Already wrapped: `success() && (...)` where no status function is called. */
  readonly condition: string;
  readonly permissions: Permissions | undefined;
  readonly concurrency: Token | undefined;
  readonly strategy: Token | undefined;
  readonly environment: Token | undefined;
  readonly runsOn: Token | undefined;
  readonly env: Token | undefined;
  readonly defaults: Token | undefined;
  readonly outputs: Token | undefined;
  readonly timeout: Token | undefined;
  readonly continueOnError: Token | undefined;
  readonly steps: readonly Step[];
  /** Set on a job that calls a reusable workflow. */
  readonly call: Call | undefined;
}

/** The call of a reusable workflow. */
export interface Call {
  readonly uses: string;
  readonly with: Token | undefined;
  readonly secrets: Token | undefined;
  readonly workflow: Workflow;
}

/** A step of a job or of a composite action. */
export interface Step {
  /** The `id`, or the name that the runner makes up (`__run`, `__actions_checkout`), which no expression can reach. */
  readonly key: string;
  readonly id: string | undefined;
  readonly line: number;
  readonly name: Token | undefined;
  readonly condition: string;
  readonly env: Token | undefined;
  readonly timeout: Token | undefined;
  readonly continueOnError: Token | undefined;
  readonly body: RunBody | UsesBody;
}

/** `run:` with its keys. */
export interface RunBody {
  readonly kind: 'run';
  readonly script: Token;
  readonly shell: Token | undefined;
  readonly workingDirectory: Token | undefined;
}

/** `uses:` with its keys and, unless it is a `./` path, what it was found to be when the workflow was loaded. */
export interface UsesBody {
  readonly kind: 'uses';
  readonly uses: string;
  readonly reference: Reference;
  readonly with: Token | undefined;
  readonly target: Action | Substitution | undefined;
}

/** An action this runner does itself (checkout, artifacts, tool set-up). */
export interface Substitution {
  readonly kind: 'substitute';
  readonly repository: string;
}

/** An action that runs from its files. */
export type Action = NodeAction | CompositeAction;

interface ActionBase {
  readonly name: string;
  /** Directory of action.yml. */
  readonly directory: string;
  /** Undefined for a `./` action, which belongs to the job's workspace. */
  readonly source: Snapshot | undefined;
  readonly inputs: ReadonlyMap<string, Token | undefined>;
  readonly outputs: ReadonlyMap<string, Token | undefined>;
}

/** `using: node24`. */
export interface NodeAction extends ActionBase {
  readonly kind: 'node';
  readonly main: string;
  readonly pre: string | undefined;
  readonly preIf: string;
  readonly post: string | undefined;
  readonly postIf: string;
}

/** `using: composite`. */
export interface CompositeAction extends ActionBase {
  readonly kind: 'composite';
  readonly steps: readonly Step[];
}
