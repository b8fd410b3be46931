/**
 * The Secrets Store CSI driver with its Azure provider: the objects of a SecretProviderClass, read from Key Vault, as
 * files, and as a Secret where the class asks for one.
 * Follows https://azure.github.io/secrets-store-csi-driver-provider-azure/ (getting started, usage).
 */
import { parse } from 'yaml';
import type { Outside } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import type { VolumeFile } from './volume-files.ts';

interface VaultObject {
  objectName: string;
  objectType: string;
  objectAlias?: string;
}

interface ProviderClass {
  provider?: string;
  parameters?: Record<string, string>;
  secretObjects?: { secretName: string; type?: string; data?: { objectName: string; key: string }[] }[];
}

/** The files of a class; throws a sentence when the class, the vault's secret or the permission is missing. */
export async function vaultFiles(
  cluster: Cluster,
  outside: Outside,
  namespace: string,
  className: string,
): Promise<VolumeFile[]> {
  const object = cluster.get('SecretProviderClass', namespace, className);
  if (object === undefined) {
    throw new Error(
      `failed to get secretproviderclass ${namespace}/${className}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${className}" not found`,
    );
  }
  const spec = (object.spec ?? {}) as unknown as ProviderClass;
  const vault = spec.parameters?.keyvaultName ?? '';
  if (spec.provider !== 'azure' || vault === '') {
    throw new Error(`SecretProviderClass ${className} needs provider azure and parameters.keyvaultName`);
  }
  const files: VolumeFile[] = [];
  for (const entry of vaultObjects(spec.parameters?.objects ?? '', className)) {
    const content = Buffer.from(await outside.secret(vault, entry.objectName));
    files.push({ path: entry.objectAlias ?? entry.objectName, content });
  }
  copyToSecrets(cluster, namespace, spec, files);
  return files;
}

/** The `objects` parameter: YAML whose array holds YAML texts. */
export function vaultObjects(text: string, className: string): VaultObject[] {
  const outer = parse(text) as { array?: (string | VaultObject)[] } | null;
  const objects = (outer?.array ?? []).map((entry) =>
    typeof entry === 'string' ? (parse(entry) as VaultObject) : entry,
  );
  const wrong = objects.find((entry) => typeof entry?.objectName !== 'string' || entry.objectType !== 'secret');
  if (objects.length === 0 || wrong !== undefined) {
    throw new Error(
      `SecretProviderClass ${className}: parameters.objects must list objects with an objectName and objectType secret`,
    );
  }
  return objects;
}

function copyToSecrets(cluster: Cluster, namespace: string, spec: ProviderClass, files: readonly VolumeFile[]): void {
  for (const { secretName, type = 'Opaque', data = [] } of spec.secretObjects ?? []) {
    const entries = data.map(({ objectName, key }) => {
      const file = files.find((candidate) => candidate.path === objectName);
      if (file === undefined) {
        throw new Error(`file matching objectName ${objectName} not found in the pod`);
      }
      return [key, file.content.toString('base64')];
    });
    const content = Object.fromEntries(entries) as Record<string, string>;
    const existing = cluster.get('Secret', namespace, secretName);
    const manager = 'secrets-store-csi-driver';
    if (existing === undefined) {
      const labels = { 'secrets-store.csi.k8s.io/managed': 'true' };
      const metadata = { name: secretName, namespace, labels };
      cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, type, data: content }, manager);
    } else {
      cluster.change(
        existing,
        (draft) => {
          draft.data = content;
        },
        manager,
      );
    }
  }
}
