/** The azurerm provider: real schema, made-up Azure. See README.md for what it is faithful in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from './cloud.ts';
import { azureId } from './ids.ts';
import { decider, type Subscription } from './made-up.ts';
import { completeBlock } from './plan.ts';
import type { Provider } from './provider.ts';
import { type ProviderSchema, schemaOf } from './schema.ts';
import { Unknown, type Value, type Values } from './values.ts';

export interface AzurermOptions extends Subscription {
  /** Who Terraform signs in as. */
  clientId: string;
  cloud: Cloud;
}

/** The generated file, without its source. */
export function azurermSchema(): ProviderSchema {
  const file = join(import.meta.dirname, 'schema/azurerm.generated.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ProviderSchema;
}

export function azurermProvider({ cloud, ...account }: AzurermOptions): Provider {
  const schema = azurermSchema();
  const { subscriptionId, tenantId, clientId } = account;
  const idOf = (type: string, values: Values): string => azureId(type, values, subscriptionId);

  /** The id of a resource whose values are all there. */
  const keyOf = (type: string, state: Values): string =>
    type === 'azurerm_key_vault_secret' ? withoutVersion(String(state.id)) : String(state.id);

  function complete(type: string, planned: Values): Values {
    const id = idOf(type, planned);
    const values = { ...planned, ...(planned.id instanceof Unknown ? { id } : {}) };
    return completeBlock(schemaOf(schema.resources, type).block, values, decider({ ...account, type, id, values }));
  }

  return {
    schema,
    legacyTypeSystem: true,
    configure(config) {
      const given = config.subscription_id;
      if (typeof given === 'string' && given.toLowerCase() !== subscriptionId.toLowerCase())
        throw new Error(`The subscription ${given} is not the one of the rehearsal, which is ${subscriptionId}.`);
    },
    async read(type, state) {
      return await cloud.read(type, keyOf(type, state));
    },
    async create(type, planned, writeOnly) {
      const made = complete(type, planned);
      const key = keyOf(type, made);
      if ((await cloud.read(type, key)) !== undefined)
        throw new Error(
          `A resource with the ID "${key}" already exists - to be managed via Terraform this resource needs to be imported into the State. Please see the resource documentation for "${type}" for more information.`,
        );
      const state = type === 'azurerm_key_vault_secret' ? newVersion(made, key) : made;
      await cloud.write(type, key, state, writeOnly);
      return state;
    },
    async update(type, _prior, planned, writeOnly) {
      const made = complete(type, planned);
      const key = keyOf(type, made);
      const state = Object.hasOwn(writeOnly, 'value_wo') ? newVersion(made, key) : made;
      await cloud.write(type, key, state, writeOnly);
      return state;
    },
    async remove(type, prior) {
      await cloud.remove(type, keyOf(type, prior));
    },
    importState: (_type, id) => ({ id }),
    async readData(type, config) {
      if (type !== 'azurerm_client_config') throw new Error(`not simulated: ${type}`);
      return {
        ...config,
        id: Buffer.from(`clientConfigs/clientId=${clientId};objectId=${clientId}`).toString('base64'),
        client_id: clientId,
        object_id: clientId,
        subscription_id: subscriptionId,
        tenant_id: tenantId,
      };
    },
    async open(type, config) {
      if (type !== 'azurerm_key_vault_secret') throw new Error(`not simulated: ephemeral ${type}`);
      return await openSecret(cloud, config);
    },
  };
}

/** A secret with a new value has a new version, and its id is that of the version. */
function newVersion(secret: Values, key: string): Values {
  const number = Number.parseInt(String(secret.version).slice(-8), 16) || 0;
  const version = (number + 1).toString(16).padStart(32, '0');
  return { ...secret, id: `${key}/${version}`, version };
}

function withoutVersion(id: string): string {
  return id.replace(/(\/secrets\/[^/]+)\/[^/]+$/, '$1');
}

async function openSecret(cloud: Cloud, config: Values): Promise<Values> {
  const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
  const vaultId = text(config.key_vault_id);
  const key = azureId('azurerm_key_vault_secret', config, '');
  const present = await cloud.read('azurerm_key_vault_secret', key);
  const version = text(present?.version);
  if (present === undefined || (text(config.version) !== '' && text(config.version) !== version))
    throw new Error(`secret ${text(config.name)} does not exist in ${vaultId}`);
  return {
    ...config,
    version,
    expiration_date: present.expiration_date ?? null,
    not_before_date: present.not_before_date ?? null,
    value: await cloud.secret(vaultId, text(config.name)),
  };
}
