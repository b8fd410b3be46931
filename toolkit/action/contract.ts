/**
 * The contract of an action: its inputs and outputs, once, with their types. The TypeScript types of the code, action.yml
 * and the tables of the README come from it.
 */

/** What every input has. */
interface InputBase {
  /** Markdown, one paragraph; shown in action.yml and in the README. */
  description: string;
  required?: boolean;
  /** As it stands in action.yml, so a text. */
  default?: string;
}

/** The kinds of input. Durations are given as `90s`, `15m`, `2h` and read as milliseconds. */
export type InputSpec =
  | (InputBase & { type: 'string' | 'path' | 'boolean' | 'duration' | 'list' | 'secret' | 'json' })
  | (InputBase & { type: 'enum'; values: readonly string[] })
  | (InputBase & { type: 'integer'; min: number; max: number });

/** The kinds of output. JSON outputs are given to `setOutput` as values and leave as text. */
export interface OutputSpec {
  description: string;
  type?: 'string' | 'integer' | 'boolean' | 'json' | 'enum';
  /** For `enum`. */
  values?: readonly string[];
}

/** One action. Names are those of action.yml: lower case with dashes. */
export interface Contract {
  /** As GitHub shows it. */
  name: string;
  description: string;
  /** An icon and colour of the Actions marketplace. */
  branding: { icon: string; color: string };
  inputs: Record<string, InputSpec>;
  outputs: Record<string, OutputSpec>;
}

/** Checks a contract's shape and keeps its literal types. */
export function defineContract<const C extends Contract>(contract: C): C {
  return contract;
}

/** `azure-tenant-id` as `azureTenantId`. */
export type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

type ValueOf<I> = I extends { type: 'enum'; values: readonly (infer V)[] }
  ? V
  : I extends { type: 'integer' | 'duration' }
    ? number
    : I extends { type: 'boolean' }
      ? boolean
      : I extends { type: 'list' }
        ? string[]
        : I extends { type: 'json' }
          ? unknown
          : string;

/** An input that may be left out and has no default is undefined then; a list is empty. */
type Presence<I> = I extends { required: true } | { default: string } | { type: 'list' }
  ? ValueOf<I>
  : ValueOf<I> | undefined;

/** The inputs as the code sees them: camel case, parsed. */
export type InputsOf<C extends Contract> = {
  readonly [K in keyof C['inputs'] & string as CamelCase<K>]: Presence<C['inputs'][K]>;
};

type OutputValueOf<O> = O extends { type: 'integer' }
  ? number
  : O extends { type: 'boolean' }
    ? boolean
    : O extends { type: 'json' }
      ? unknown
      : O extends { type: 'enum'; values: readonly (infer V)[] }
        ? V
        : string;

/** The outputs as the code gives them. `outcome` and `steps` are set by the framework; any other may be left out. */
export type OutputsOf<C extends Contract> = {
  [K in Exclude<keyof C['outputs'] & string, 'outcome' | 'steps'> as CamelCase<K>]?: OutputValueOf<C['outputs'][K]>;
};

/** `azureTenantId` as `azure-tenant-id`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `azure-tenant-id` as `azureTenantId`. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
