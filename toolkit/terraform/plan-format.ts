/**
 * A plan as `show -json` prints it, in the names of the published format
 * (https://developer.hashicorp.com/terraform/internals/json-format) and, where that is silent, of its source
 * (internal/command/jsonplan). All values may be secret.
 */

/** What happens to one object: a resource's, or an output's value. */
export interface PlannedValueChange {
  /**
   * One of: no-op, create, read, update, delete, forget; two of them for a replacement, in the order they happen. Later
   * versions may add some.
   */
  actions: readonly string[];
  before?: unknown;
  /** Incomplete where values are not known yet. */
  after?: unknown;
  /** Shaped like `after`, with `true` in place of what is not known yet. */
  after_unknown?: unknown;
  /** Shaped like `before`, with `true` in place of what is sensitive. */
  before_sensitive?: unknown;
  after_sensitive?: unknown;
  /** Ways into the object that forced a replacement. */
  replace_paths?: readonly (readonly (string | number)[])[];
  /** Present when the object is taken into the state; whoever reads it must do without all of its parts. */
  importing?: { id?: string; identity?: unknown; unknown?: boolean };
  /** Configuration that terraform wrote for an import. */
  generated_config?: string;
}

/** A resource, or the remains of one, and what happens to it. */
export interface ResourceChange {
  address: string;
  /** Where it was, when it moves. */
  previous_address?: string;
  module_address?: string;
  /** `managed` or `data`. */
  mode: string;
  type: string;
  name?: string;
  /** Key of `count` or `for_each`. */
  index?: string | number;
  provider_name?: string;
  /** Key of an object that a replacement left behind. */
  deposed?: string;
  change: PlannedValueChange;
  action_reason?: string;
}

/** A change that this plan cannot make yet. */
export interface DeferredChange {
  reason: string;
  resource_change: ResourceChange;
}

/** A provider's action that runs beside the changes. */
export interface ActionInvocation {
  address: string;
  type?: string;
  provider_name?: string;
  config_values?: unknown;
  config_sensitive?: unknown;
  config_unknown?: unknown;
  lifecycle_action_trigger?: { triggering_resource_address?: string; action_trigger_event?: string };
}

/** Where a check is written and which of its instances failed. */
export interface CheckResult {
  address: { kind?: string; to_display?: string };
  /** `pass`, `fail`, `error` or `unknown`. */
  status: string;
  instances?: readonly {
    address?: { to_display?: string };
    status?: string;
    problems?: readonly { message?: string }[];
  }[];
}

/** Outputs by name. */
export type OutputValues = Record<
  string,
  {
    sensitive: boolean;
    /** Absent while it is not known. */
    value?: unknown;
  }
>;

/** A data source that was read for the plan. */
export interface ReadResource {
  type: string;
  values?: unknown;
  sensitive_values?: unknown;
}

/** A plan. `configuration` and `prior_state`, which are most of the text, are given up but for the last two parts. */
export interface PlanJson {
  format_version: string;
  terraform_version?: string;
  resource_changes: readonly ResourceChange[];
  /** What changed outside of Terraform since its last run. */
  resource_drift: readonly ResourceChange[];
  /** Attributes that the planned changes follow from. */
  relevant_attributes: readonly { resource: string }[];
  output_changes: Readonly<Record<string, PlannedValueChange>>;
  deferred_changes?: readonly DeferredChange[];
  action_invocations?: readonly ActionInvocation[];
  checks: readonly CheckResult[];
  planned_values: { outputs: OutputValues };
  variables: Readonly<Record<string, { value?: unknown }>>;
  /** False when another plan must follow this one. */
  complete: boolean;
  /** False when there is nothing to apply, or when it must not be. */
  applyable: boolean;
  /** The plan stopped at an error. */
  errored: boolean;
  /** Names of the variables that the configuration marks as sensitive. */
  sensitive_variables: readonly string[];
  /** The data sources of `prior_state`. */
  data_resources: readonly ReadResource[];
}
