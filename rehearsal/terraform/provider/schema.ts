/** A provider's schema in the form that Terraform core works with, and what only the provider itself knows of it. */

/** A type in Terraform's JSON notation. `dynamic` is not among them: no provider here uses it. */
export type Type =
  | 'string'
  | 'bool'
  | 'number'
  | readonly ['list' | 'set' | 'map', Type]
  | readonly ['object', Readonly<Record<string, Type>>];

export interface Attribute {
  type: Type;
  required?: true;
  optional?: true;
  computed?: true;
  sensitive?: true;
  /** Reaches the provider by the configuration only, and is in no plan and no state. */
  writeOnly?: true;
  /** A change needs a new resource. */
  forceNew?: true;
  /** What the provider plans when nothing is configured. */
  default?: string | boolean | number;
}

export interface NestedBlock {
  nesting: 'single' | 'list' | 'set';
  min?: number;
  max?: number;
  /** Another number of these blocks needs a new resource. */
  forceNew?: true;
  block: Block;
}

export interface Block {
  attributes: Readonly<Record<string, Attribute>>;
  blocks: Readonly<Record<string, NestedBlock>>;
}

/** One resource, data source or provider configuration, with the version that its states carry. */
export interface Schema {
  version: number;
  block: Block;
}

export type Schemas = Readonly<Record<string, Schema>>;

/** Everything that a provider has. */
export interface ProviderSchema {
  provider: Schema;
  resources: Schemas;
  dataSources: Schemas;
  ephemeral: Schemas;
}

/** A type by its name; the sentence is for whoever extends the stand-in. */
export function schemaOf(schemas: Schemas, type: string): Schema {
  const schema = schemas[type];
  if (schema === undefined) throw new Error(`not simulated: ${type}`);
  return schema;
}

/** Numbers of NestedBlock.NestingMode in the protocol. */
const nestingModes = { single: 1, list: 2, set: 3 } as const;

/** The message `Schema` of the plugin protocol. */
export function schemaMessage({ version, block }: Schema): object {
  return { version, block: blockMessage(block) };
}

function blockMessage({ attributes, blocks }: Block): object {
  return {
    attributes: Object.entries(attributes).map(([name, attribute]) => ({
      name,
      type: Buffer.from(JSON.stringify(attribute.type)),
      required: attribute.required === true,
      optional: attribute.optional === true,
      computed: attribute.computed === true,
      sensitive: attribute.sensitive === true,
      write_only: attribute.writeOnly === true,
    })),
    block_types: Object.entries(blocks).map(([name, { nesting, min = 0, max = 0, block }]) => ({
      type_name: name,
      block: blockMessage(block),
      nesting: nestingModes[nesting],
      // Counts are for lists and sets: core refuses them with single blocks.
      ...(nesting === 'single' ? {} : { min_items: min, max_items: max }),
    })),
  };
}
