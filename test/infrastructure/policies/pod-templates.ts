/** What the manifests say about the nodes of their pods. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const manifests = resolve(import.meta.dirname, '../../../manifests');

interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

interface PodSpec {
  containers?: { image?: string }[];
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
}

/** A pod template of a Deployment, StatefulSet or Job. */
export interface PodTemplate {
  file: string;
  /** The node pool that it selects. */
  pool: string | undefined;
  /** Taints that it tolerates, as AKS writes them. */
  tolerated: string[];
}

export function podTemplates(): PodTemplate[] {
  return readdirSync(manifests, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(file, 'utf8'))
        .map((document) => document.toJS() as { kind?: string; spec?: { template?: { spec?: PodSpec } } } | null)
        .filter((object) => ['Deployment', 'StatefulSet', 'Job'].includes(object?.kind ?? ''))
        // A patch has no image of its own, and its pods are those of what it changes.
        .filter((object) => object?.spec?.template?.spec?.containers?.some(({ image }) => image !== undefined))
        .map((object) => templateOf(relative(manifests, file), object?.spec?.template?.spec ?? {})),
    );
}

function templateOf(file: string, { nodeSelector = {}, tolerations = [] }: PodSpec): PodTemplate {
  return {
    file,
    pool: nodeSelector['kubernetes.azure.com/agentpool'],
    tolerated: tolerations.map(({ key = '', value = '', effect = '' }) => `${key}=${value}:${effect}`),
  };
}
