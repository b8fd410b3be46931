/** A machine on which the providers are installed from a mirror, as a customer's are from a registry. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { type TestAzure, testIds } from '../../azure/testing.ts';

/** terraform and OpenTofu each look under the name of their own registry. */
const HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

const VERSIONS = { azurerm: '5.2.0', random: '3.7.2' };

/**
 * Puts both providers into a filesystem mirror under `home`, each a launcher that starts `plugin.ts`.
 *
 * @returns the environment in which terraform or tofu finds them, and they find Azure
 */
export function installMirror(home: string, { azure, caFile }: TestAzure): Record<string, string> {
  const mirror = join(home, 'mirror');
  const platform = `linux_${arch() === 'arm64' ? 'arm64' : 'amd64'}`;
  for (const host of HOSTS)
    for (const [name, version] of Object.entries(VERSIONS)) {
      const folder = join(mirror, host, 'hashicorp', name, version, platform);
      mkdirSync(folder, { recursive: true });
      const launcher = join(folder, `terraform-provider-${name}_v${version}_x5`);
      const plugin = join(import.meta.dirname, 'plugin.ts');
      writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${plugin}' ${name}\n`, { mode: 0o755 });
    }
  const configuration = join(home, 'terraform.rc');
  writeFileSync(configuration, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  return {
    TF_CLI_CONFIG_FILE: configuration,
    NODE_EXTRA_CA_CERTS: caFile,
    REHEARSAL_AZURE_URL: azure.url,
    REHEARSAL_AZURE_KEY: azure.controlKey,
    ARM_SUBSCRIPTION_ID: testIds.subscriptionId,
    ARM_TENANT_ID: testIds.tenantId,
    ARM_CLIENT_ID: testIds.clientId,
  };
}
