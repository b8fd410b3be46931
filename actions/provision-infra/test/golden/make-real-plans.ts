/**
 * Makes the plans under `real/` anew: `node actions/provision-infra/test/golden/make-real-plans.ts`. They are terraform's own
 * plans of `infra/` on the stand-in providers, cut to what a person reads: the resources that each is about.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveTestProviders } from '../../../../rehearsal/terraform/provider/testing.ts';
import { runTerraform } from '../../../../rehearsal/terraform/run.testing.ts';

const infra = resolve(import.meta.dirname, '../../../../infra');
const real = join(import.meta.dirname, 'real');
const home = mkdtempSync(join(tmpdir(), 'golden-plans-'));
const root = join(home, 'infra');
const providers = await serveTestProviders();

const variables = {
  environment: 'development',
  location: 'swedencentral',
  concurrent_users: 1000,
  high_availability: false,
  tags: { service: 'moodle' },
};

async function terraform(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runTerraform(root, [...args, '-no-color'], providers.environment);
  if (exitCode !== 0) throw new Error(`terraform ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}

const setVariables = (changes: object = {}): void =>
  writeFileSync(join(root, 'golden.auto.tfvars.json'), JSON.stringify({ ...variables, ...changes }));

const edit = (file: string, change: (text: string) => string): void => {
  const path = join(root, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
};

interface Change {
  address: string;
  previous_address?: string;
}
interface Plan {
  resource_changes?: Change[];
  resource_drift?: Change[];
  relevant_attributes?: { resource: string }[];
  output_changes?: Record<string, unknown>;
  planned_values?: unknown;
  [field: string]: unknown;
}

/** Plans, and keeps what is asked for. Nothing that changes with every run is kept. */
async function keep(name: string, addresses: RegExp, outputs: RegExp, ...args: string[]): Promise<void> {
  await terraform('plan', '-input=false', '-out=golden.plan', ...args);
  const plan = JSON.parse(await terraform('show', '-json', 'golden.plan')) as Plan;
  const cut = {
    format_version: plan.format_version,
    terraform_version: plan.terraform_version,
    resource_drift: plan.resource_drift?.filter(({ address }) => addresses.test(address)),
    resource_changes: plan.resource_changes?.filter(({ address }) => addresses.test(address)),
    output_changes: Object.fromEntries(Object.entries(plan.output_changes ?? {}).filter(([key]) => outputs.test(key))),
    relevant_attributes: plan.relevant_attributes?.filter(({ resource }) => addresses.test(resource)),
    checks: plan.checks,
    applyable: plan.applyable,
    complete: plan.complete,
    errored: plan.errored,
  };
  writeFileSync(join(real, `${name}.generated.json`), `${JSON.stringify(cut, null, 1)}\n`);
  console.log(name, cut.resource_changes?.length, cut.resource_drift?.length ?? 0);
}

try {
  rmSync(real, { recursive: true, force: true });
  mkdirSync(real);
  cpSync(infra, root, { recursive: true, filter: (path) => !/\.terraform(\/|$)|\.tfstate/.test(path) });
  writeFileSync(join(root, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  setVariables();
  await terraform('init', '-input=false');
  const ALL = /./;
  const NONE = /(?!)/;
  await keep('create', /^azurerm_(kubernetes_cluster|key_vault|postgresql_flexible_server)\b/, ALL);
  await terraform('apply', '-input=false', '-auto-approve');
  await keep('no-change', /^azurerm_key_vault\b/, /^k/);

  setVariables({ concurrent_users: 20_000, tags: { service: 'moodle', 'cost-center': '4711' } });
  await keep(
    'update',
    /^azurerm_(kubernetes_cluster_node_pool|postgresql_flexible_server|storage_share|resource_group)\b/,
    ALL,
  );
  setVariables();

  // What holds data refuses to go, in infra/ as in any customer's copy; here it goes.
  for (const file of ['database.tf', 'storage.tf']) edit(file, (text) => text.replaceAll('prevent_destroy = true', ''));
  setVariables({ location: 'norwayeast' });
  await keep('replace', /^azurerm_(storage_share|virtual_network|key_vault\w*)\b/, /location|vault/);
  setVariables();
  await keep('replace-asked-for', /\.nodes\b/, NONE, '-replace=azurerm_subnet.nodes');
  await keep('destroy', /^azurerm_(key_vault\w*|storage_share|subnet)\b/, /vault/, '-destroy');

  const original = new Map(providers.cloud.resources);
  for (const [key, values] of original) {
    if (/^azurerm_kubernetes_cluster_node_pool .*jobs$/.test(key)) providers.cloud.resources.delete(key);
    if (key.startsWith('azurerm_key_vault '))
      providers.cloud.resources.set(key, {
        ...values,
        public_network_access_enabled: false,
        tags: { touched: 'by hand' },
      });
  }
  await keep('drift', /^azurerm_(key_vault|kubernetes_cluster_node_pool)\b/, NONE);
  await keep('drift-only', /^azurerm_(key_vault|kubernetes_cluster_node_pool)\b/, NONE, '-refresh-only');
  for (const [key, values] of original) providers.cloud.resources.set(key, values);

  const vault = await terraform('state', 'show', 'azurerm_key_vault.platform');
  const id = /^ {4}id += "(.+)"$/m.exec(vault)?.[1];
  cpSync(join(root, 'terraform.tfstate'), join(home, 'kept.tfstate'));
  await terraform('state', 'rm', 'azurerm_key_vault.platform');
  writeFileSync(join(root, 'golden.tf'), `import {\n  to = azurerm_key_vault.platform\n  id = "${id}"\n}\n`);
  await keep('import', /^azurerm_key_vault\.platform$/, NONE);
  cpSync(join(home, 'kept.tfstate'), join(root, 'terraform.tfstate'));

  writeFileSync(
    join(root, 'golden.tf'),
    'moved {\n  from = azurerm_key_vault.platform\n  to   = azurerm_key_vault.secrets\n}\n',
  );
  const rename = (text: string): string =>
    text
      .replaceAll('"azurerm_key_vault" "platform"', '"azurerm_key_vault" "secrets"')
      .replaceAll('azurerm_key_vault.platform', 'azurerm_key_vault.secrets');
  for (const file of readdirSync(root).filter((name) => name.endsWith('.tf') && name !== 'golden.tf'))
    edit(file, rename);
  await keep('move', /^azurerm_key_vault\.secrets$/, NONE);
} finally {
  await providers.stop();
  rmSync(home, { recursive: true, force: true });
}
