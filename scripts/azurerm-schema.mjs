/**
 * Makes rehearsal/terraform/provider/schema/azurerm.generated.json: the schema of the types that the roots under infra/
 * use, cut from the file that the azurerm provider publishes of itself (.release/provider-schema.json, MPL-2.0), in the
 * form that Terraform core works with.
 *
 *   git clone --bare --depth 1 --branch v5.2.0 https://github.com/hashicorp/terraform-provider-azurerm.git azurerm.git
 *   node scripts/azurerm-schema.mjs azurerm.git
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '5.2.0';
const commit = '8d8282ef5bee6861b43a9532e948498e3355c0cb';
const root = resolve(fileURLToPath(import.meta.url), '../..');

/** What the file does not tell, read in the provider's sources at the same commit: `SchemaVersion`, `Sensitive`. */
const schemaVersions = {
  azurerm_cdn_frontdoor_origin: 1,
  azurerm_container_registry: 2,
  azurerm_key_vault: 2,
  azurerm_kubernetes_cluster: 2,
  azurerm_kubernetes_cluster_node_pool: 1,
  azurerm_log_analytics_workspace: 3,
  azurerm_storage_account: 4,
  azurerm_storage_container: 2,
  azurerm_storage_share: 3,
  azurerm_user_assigned_identity: 1,
};
const sensitive = {
  azurerm_container_registry: ['admin_password'],
  azurerm_key_vault_secret: ['value'],
  azurerm_kubernetes_cluster: [
    'http_proxy_config.trusted_ca',
    'kube_admin_config',
    'kube_admin_config_raw',
    'kube_config',
    'kube_config_raw',
    'service_principal.client_secret',
    'windows_profile.admin_password',
  ],
  azurerm_log_analytics_workspace: ['primary_shared_key', 'secondary_shared_key'],
  azurerm_postgresql_flexible_server: ['administrator_password'],
  azurerm_storage_account: [
    'primary_access_key',
    'primary_blob_connection_string',
    'primary_connection_string',
    'secondary_access_key',
    'secondary_blob_connection_string',
    'secondary_connection_string',
  ],
};
/** Ephemeral resources are not in the file at all. */
const ephemeral = {
  azurerm_key_vault_secret: {
    version: 0,
    block: {
      attributes: {
        name: { type: 'string', required: true },
        key_vault_id: { type: 'string', required: true },
        version: { type: 'string', optional: true, computed: true },
        expiration_date: { type: 'string', computed: true },
        not_before_date: { type: 'string', computed: true },
        value: { type: 'string', computed: true },
      },
      blocks: {},
    },
  },
};

const scalars = { TypeString: 'string', TypeBool: 'bool', TypeInt: 'number', TypeFloat: 'number' };
const collections = { TypeList: 'list', TypeSet: 'set', TypeMap: 'map' };

/** The type of an attribute, in Terraform's JSON notation. */
function typeOf(field) {
  const scalar = scalars[field.type];
  if (scalar !== undefined) return scalar;
  // The SDK takes a map of resources for a map of strings.
  const element =
    field.elem?.schema === undefined ? typeOf(field.elem) : field.type === 'TypeMap' ? 'string' : objectOf(field.elem);
  return [collections[field.type], element];
}

function objectOf({ schema }) {
  return ['object', Object.fromEntries(sorted(schema).map(([name, field]) => [name, typeOf(field)]))];
}

/** The rules of the SDK's CoreConfigSchema. The file prints SchemaConfigModeAttr as "Auto". */
function isBlock(field) {
  if (field.elem?.schema === undefined || field.type === 'TypeMap' || field.configMode === 'Auto') return false;
  return field.configMode === 'Block' || !(field.computed && !field.optional);
}

function convertBlock(schema, type, path) {
  const block = { attributes: {}, blocks: {} };
  for (const [name, field] of sorted(schema)) {
    const here = [...path, name].join('.');
    if (isBlock(field)) {
      block.blocks[name] = {
        nesting: collections[field.type],
        ...(field.required ? { min: field.minItems ?? 1 } : {}),
        ...(field.maxItems === undefined ? {} : { max: field.maxItems }),
        ...(field.forceNew ? { forceNew: true } : {}),
        block: convertBlock(field.elem.schema, type, [...path, name]),
      };
      continue;
    }
    block.attributes[name] = {
      type: typeOf(field),
      ...flags(field, ['required', 'optional', 'computed', 'forceNew']),
      ...(field.default === undefined ? {} : { default: field.default }),
      ...(sensitive[type]?.includes(here) ? { sensitive: true } : {}),
      ...(name.endsWith('_wo') ? { writeOnly: true } : {}),
    };
  }
  return block;
}

function flags(field, names) {
  return Object.fromEntries(names.filter((name) => field[name] === true).map((name) => [name, true]));
}

function sorted(object) {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A resource or data source: with `id`, and with the block `timeouts` for the operations it has. */
function convertType(type, { schema, timeouts }) {
  const block = convertBlock(schema, type, []);
  block.attributes.id ??= { type: 'string', optional: true, computed: true };
  if (timeouts !== undefined) {
    const operations = Object.keys(timeouts).sort();
    const attributes = Object.fromEntries(operations.map((name) => [name, { type: 'string', optional: true }]));
    block.blocks.timeouts = { nesting: 'single', block: { attributes, blocks: {} } };
  }
  return { version: schemaVersions[type] ?? 0, block };
}

/** Types that the roots name after `kind`. */
function used(kind) {
  const names = ['infra', 'infra/bootstrap', 'infra/frontend'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.tf'))
      .flatMap((file) => [
        ...readFileSync(join(root, folder, file), 'utf8').matchAll(new RegExp(`^${kind} "(azurerm_\\w+)"`, 'gm')),
      ])
      .map(([, name]) => name),
  );
  return [...new Set(names)].sort();
}

function pick(kind, from, convert) {
  return Object.fromEntries(
    used(kind).map((type) => {
      if (from[type] === undefined) throw new Error(`azurerm ${version} has no ${kind} ${type}.`);
      return [type, convert(type, from[type])];
    }),
  );
}

const [repository] = process.argv.slice(2);
if (repository === undefined) {
  console.error('Give the git directory of hashicorp/terraform-provider-azurerm.');
  process.exit(1);
}
const published = execFileSync('git', ['--git-dir', repository, 'show', `${commit}:.release/provider-schema.json`], {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
});
const { schema, resources, dataSources } = JSON.parse(published).providerSchema;

const lines = (types) =>
  `{\n${Object.entries(types)
    .map(([type, made]) => `    "${type}": ${JSON.stringify(made)}`)
    .join(',\n')}\n  }`;
const source = {
  provider: 'registry.terraform.io/hashicorp/azurerm',
  version,
  commit,
  file: '.release/provider-schema.json',
  licence: 'MPL-2.0',
  notice:
    'Copyright (c) HashiCorp, Inc. The schema facts in this file come from a file of terraform-provider-azurerm, which is subject to the terms of the Mozilla Public License, v. 2.0; a copy of it is at https://mozilla.org/MPL/2.0/.',
};
writeFileSync(
  join(root, 'rehearsal/terraform/provider/schema/azurerm.generated.json'),
  `{
  "source": ${JSON.stringify(source)},
  "provider": ${JSON.stringify({ version: 0, block: convertBlock(schema, 'provider', []) })},
  "resources": ${lines(pick('resource', resources, convertType))},
  "dataSources": ${lines(pick('data', dataSources, convertType))},
  "ephemeral": ${lines(pick('ephemeral', ephemeral, (_type, made) => made))}
}
`,
);
