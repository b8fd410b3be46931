/** What tests of the providers need: an Azure in memory, and the providers served to a real terraform. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTerraform, type TerraformEnd } from '../run.testing.ts';
import { azurermProvider } from './azurerm.ts';
import type { Cloud } from './cloud.ts';
import { randomProvider } from './random.ts';
import { serveProviders } from './serve.ts';
import type { Values } from './values.ts';

export const testAccount = {
  subscriptionId: '44444444-4444-4444-8444-444444444444',
  tenantId: '11111111-1111-4111-8111-111111111111',
  clientId: '22222222-2222-4222-8222-222222222222',
};

/** An Azure that takes everything, and what it holds. */
export interface MemoryCloud extends Cloud {
  /** Keyed by type and id, with a space between. */
  resources: Map<string, Values>;
  /** Every write-only value, as often as it was sent. */
  sent: { id: string; secrets: Values }[];
  /** Refuses the next change with this sentence. */
  refuse(sentence: string): void;
}

export function memoryCloud(): MemoryCloud {
  const resources = new Map<string, Values>();
  const sent: MemoryCloud['sent'] = [];
  let refusal: string | undefined;
  const pass = (): void => {
    const sentence = refusal;
    refusal = undefined;
    if (sentence !== undefined) throw new Error(sentence);
  };
  return {
    resources,
    sent,
    refuse(sentence) {
      refusal = sentence;
    },
    read: async (type, id) => resources.get(`${type} ${id}`),
    async write(type, id, values, secrets) {
      pass();
      resources.set(`${type} ${id}`, values);
      if (Object.keys(secrets).length > 0) sent.push({ id, secrets });
    },
    async remove(type, id) {
      pass();
      resources.delete(`${type} ${id}`);
    },
    async secret(vaultId, name) {
      const id = `https://${vaultId.split('/').at(-1)}.vault.azure.net/secrets/${name}`;
      return String(sent.findLast((one) => one.id === id)?.secrets.value_wo);
    },
  };
}

/** Both providers on an Azure in memory. */
export async function serveTestProviders() {
  const cloud = memoryCloud();
  const served = await serveProviders({
    'hashicorp/azurerm': azurermProvider({ ...testAccount, cloud }),
    'hashicorp/random': randomProvider(),
  });
  return { cloud, environment: { TF_REATTACH_PROVIDERS: served.reattach }, stop: () => served.stop() };
}

/** A resource's change in a plan, of `terraform show -json`. */
export interface PlannedChange {
  address: string;
  change: {
    actions: string[];
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
    after_unknown: Record<string, unknown>;
    after_sensitive: Record<string, unknown>;
    replace_paths?: unknown[];
  };
}

/** A Terraform root in a folder of its own. */
export interface TestRoot {
  folder: string;
  /** Replaces the file main.tf. */
  write(hcl: string): void;
  run(...args: string[]): Promise<TerraformEnd>;
  /** Plans and shows the changes of resources; fails with terraform's own words. */
  plan(...args: string[]): Promise<PlannedChange[]>;
  apply(...args: string[]): Promise<void>;
  /** The state, as terraform stores it. */
  state(): string;
  /** True when a plan has nothing to change. */
  isClean(): Promise<boolean>;
}

/** A root in `folder`, which is made; `hcl` is its main.tf. */
export function testRoot(folder: string, environment: Readonly<Record<string, string>>, hcl?: string): TestRoot {
  mkdirSync(folder, { recursive: true });
  const write = (text: string): void => writeFileSync(join(folder, 'main.tf'), text);
  if (hcl !== undefined) write(hcl);
  const run = (...args: string[]) => runTerraform(folder, [...args, '-no-color'], environment);
  const succeed = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...args);
    if (exitCode !== 0) throw new Error(`terraform ${args[0]}: ${stderr}${stdout}`);
    return stdout;
  };
  return {
    folder,
    write,
    run,
    async plan(...args) {
      await succeed('plan', '-input=false', '-out=plan', ...args);
      const shown = JSON.parse(await succeed('show', '-json', 'plan')) as { resource_changes?: PlannedChange[] };
      return shown.resource_changes ?? [];
    },
    async apply(...args) {
      await succeed('apply', '-input=false', '-auto-approve', ...args);
    },
    state: () => readFileSync(join(folder, 'terraform.tfstate'), 'utf8'),
    isClean: async () => (await run('plan', '-input=false', '-detailed-exitcode')).exitCode === 0,
  };
}

/** What configures the provider in a small root. */
export const azurermBlock = 'provider "azurerm" {\n  features {}\n}\n';

/** Both providers on an Azure in memory, and roots that use them. */
export interface ProviderBench {
  cloud: MemoryCloud;
  /** A root of its own with this main.tf, to which azurermBlock is added. */
  root(hcl: string): TestRoot;
  /** Forgets everything that was made. */
  clear(): void;
  close(): Promise<void>;
}

export async function openProviderBench(): Promise<ProviderBench> {
  const home = mkdtempSync(join(tmpdir(), 'provider-test-'));
  const { cloud, environment, stop } = await serveTestProviders();
  let folders = 0;
  return {
    cloud,
    root(hcl) {
      folders += 1;
      return testRoot(join(home, String(folders)), environment, azurermBlock + hcl);
    },
    clear() {
      cloud.resources.clear();
      cloud.sent.length = 0;
    },
    async close() {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
