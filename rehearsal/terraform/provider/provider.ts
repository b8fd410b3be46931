/** What a provider of this folder is: its schema, and what it does when the plan has been made by the schema. */
import type { ProviderSchema } from './schema.ts';
import type { Values } from './values.ts';

/** A provider. What it refuses it throws, as a sentence. */
export interface Provider {
  schema: ProviderSchema;
  /**
   * Built on Terraform's older SDK, whose plans and results core checks less strictly: it may plan defaults for what is
   * not configured, and may answer other values than planned.
   */
  legacyTypeSystem: boolean;
  configure(config: Values): void;
  /** Looks at what is there; nothing when it is gone. */
  read(type: string, state: Values): Promise<Values | undefined>;
  /** @param writeOnly values of the configuration that are sent and forgotten */
  create(type: string, planned: Values, writeOnly: Values): Promise<Values>;
  update(type: string, prior: Values, planned: Values, writeOnly: Values): Promise<Values>;
  remove(type: string, prior: Values): Promise<void>;
  /** A state that {@link read} can complete. */
  importState(type: string, id: string): Values;
  readData(type: string, config: Values): Promise<Values>;
  /** Opens an ephemeral resource. */
  open(type: string, config: Values): Promise<Values>;
}
