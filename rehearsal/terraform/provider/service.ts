/** The plugin protocol over a provider: every call that Terraform core makes, answered by the schema and the provider. */
import { join } from 'node:path';
import type { ServerUnaryCall, ServiceDefinition, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type Path, planBlock, replacements, writeOnlyValues } from './plan.ts';
import type { Provider } from './provider.ts';
import { type Schemas, schemaMessage, schemaOf } from './schema.ts';
import {
  asValues,
  conform,
  decodeValue,
  encodeValue,
  isObject,
  parseState,
  type Value,
  type Values,
} from './values.ts';

const definition = loadSync(join(import.meta.dirname, 'tfplugin5.proto'), {
  keepCase: true,
  longs: Number,
  defaults: true,
})['tfplugin5.Provider'] as ServiceDefinition;

/** The service for a gRPC server. */
export const providerService = definition;

interface DynamicValue {
  msgpack: Uint8Array;
  json: Uint8Array;
}

/** A request of any call; each has some of these. */
interface Request {
  type_name: string;
  id: string;
  config: DynamicValue | null;
  current_state: DynamicValue | null;
  prior_state: DynamicValue | null;
  proposed_new_state: DynamicValue | null;
  planned_state: DynamicValue | null;
  raw_state: { json: Uint8Array } | null;
}

type Handler = (request: Request) => object | Promise<object>;

/** The handlers for a gRPC server. What the provider throws becomes a diagnostic. */
export function implement(provider: Provider): UntypedServiceImplementation {
  const { schema } = provider;
  const message = schemaResponse(provider);
  const resource = (request: Request) => schemaOf(schema.resources, request.type_name).block;
  const handlers: Record<string, Handler> = {
    GetSchema: () => message,
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    // Core has checked names, types and counts against the schema before it asks.
    ValidateResourceTypeConfig: () => ({}),
    ValidateDataSourceConfig: () => ({}),
    ValidateEphemeralResourceConfig: () => ({}),
    Configure({ config }) {
      provider.configure(asValues(read(config)));
      return {};
    },
    UpgradeResourceState(request) {
      const stored = parseState(Buffer.from(request.raw_state?.json ?? []).toString('utf8'));
      return { upgraded_state: write(conform(resource(request), asValues(stored))) };
    },
    async ReadResource(request) {
      const seen = await provider.read(request.type_name, asValues(read(request.current_state)));
      return { new_state: write(seen === undefined ? null : conform(resource(request), seen)) };
    },
    PlanResourceChange(request) {
      const prior = optional(read(request.prior_state));
      const proposed = optional(read(request.proposed_new_state));
      const legacy_type_system = provider.legacyTypeSystem;
      if (proposed === undefined) return { planned_state: write(null), legacy_type_system };
      const planned = planBlock(resource(request), prior, proposed);
      const replaced = prior === undefined ? [] : replacements(resource(request), prior, planned);
      return { planned_state: write(planned), requires_replace: replaced.map(pathMessage), legacy_type_system };
    },
    async ApplyResourceChange(request) {
      const { type_name: type } = request;
      const prior = optional(read(request.prior_state));
      const planned = optional(read(request.planned_state));
      const legacy_type_system = provider.legacyTypeSystem;
      try {
        const state = await change(provider, type, prior, planned, asValues(read(request.config)));
        return { new_state: write(state), legacy_type_system };
      } catch (error) {
        // A refused change leaves things as they were.
        return { new_state: write(prior ?? null), diagnostics: [diagnostic(error)], legacy_type_system };
      }
    },
    ImportResourceState(request) {
      const state = conform(resource(request), provider.importState(request.type_name, request.id));
      return { imported_resources: [{ type_name: request.type_name, state: write(state) }] };
    },
    async ReadDataSource(request) {
      const { block } = schemaOf(schema.dataSources, request.type_name);
      return {
        state: write(conform(block, await provider.readData(request.type_name, asValues(read(request.config))))),
      };
    },
    async OpenEphemeralResource(request) {
      const { block } = schemaOf(schema.ephemeral, request.type_name);
      return { result: write(conform(block, await provider.open(request.type_name, asValues(read(request.config))))) };
    },
    CloseEphemeralResource: () => ({}),
    // Every change here is over in a moment: there is nothing to stop.
    Stop: () => ({}),
  };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, answering(handler)]));
}

async function change(
  provider: Provider,
  type: string,
  prior: Values | undefined,
  planned: Values | undefined,
  config: Values,
): Promise<Values | null> {
  if (planned === undefined) {
    if (prior !== undefined) await provider.remove(type, prior);
    return null;
  }
  const { block } = schemaOf(provider.schema.resources, type);
  const writeOnly = writeOnlyValues(block, config, prior);
  return prior === undefined
    ? await provider.create(type, planned, writeOnly)
    : await provider.update(type, prior, planned, writeOnly);
}

function answering(handler: Handler) {
  return (call: ServerUnaryCall<Request, object>, answer: sendUnaryData<object>): void => {
    Promise.resolve()
      .then(() => handler(call.request))
      .catch((error: unknown) => ({ diagnostics: [diagnostic(error)] }))
      .then((response) => answer(null, response));
  };
}

function schemaResponse({ schema }: Provider): object {
  const messages = (schemas: Schemas) =>
    Object.fromEntries(Object.entries(schemas).map(([type, one]) => [type, schemaMessage(one)]));
  return {
    provider: schemaMessage(schema.provider),
    resource_schemas: messages(schema.resources),
    data_source_schemas: messages(schema.dataSources),
    ephemeral_resource_schemas: messages(schema.ephemeral),
    server_capabilities: { plan_destroy: false, get_provider_schema_optional: true },
  };
}

function read(value: DynamicValue | null): Value {
  if (value === null) return null;
  return value.msgpack.length > 0 ? decodeValue(value.msgpack) : parseState(Buffer.from(value.json).toString('utf8'));
}

function write(value: Value): { msgpack: Uint8Array } {
  return { msgpack: encodeValue(value) };
}

function optional(value: Value): Values | undefined {
  return isObject(value) ? (value as Values) : undefined;
}

function pathMessage(path: Path): object {
  return {
    steps: path.map((step) => (typeof step === 'string' ? { attribute_name: step } : { element_key_int: step })),
  };
}

/** An error; its first line is the summary. */
function diagnostic(error: unknown): object {
  const [summary = '', ...detail] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { severity: 1, summary, detail: detail.join('\n') };
}
