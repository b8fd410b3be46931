/** What can be given to an action or a called workflow, and what comes out: of our own from their contracts. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contract } from '#toolkit/action/contract';
import { ownPath, type WorkflowFile } from './model.ts';

/** One input. */
export interface Input {
  type: string;
  required: boolean;
  /** Of an enumeration. */
  values?: readonly string[];
}

/** An action or a workflow from outside. */
export interface Interface {
  inputs: Readonly<Record<string, Input>>;
  /** Types by name. */
  outputs: Readonly<Record<string, string>>;
  /** Of a workflow. */
  secrets?: readonly string[];
  /** What its job's token must be allowed, as `scope: access`. */
  permissions: readonly string[];
}

const root = resolve(import.meta.dirname, '../..');

/** Inputs that are used here of actions of others, with what their documentation says they need. */
const OTHERS: Readonly<Record<string, { inputs: string; outputs?: string; permissions?: string[] }>> = {
  'actions/attest-build-provenance': {
    inputs: 'subject-path subject-checksums',
    permissions: ['id-token: write', 'attestations: write'],
  },
  'actions/checkout': {
    inputs: 'repository ref path persist-credentials fetch-depth',
    permissions: ['contents: read'],
  },
  'actions/download-artifact': { inputs: 'name pattern path merge-multiple' },
  'actions/setup-node': { inputs: 'node-version' },
  'actions/upload-artifact': {
    inputs: 'name path if-no-files-found include-hidden-files retention-days overwrite',
    outputs: 'artifact-id',
  },
  'github/codeql-action/analyze': { inputs: 'category', permissions: ['security-events: write'] },
  'github/codeql-action/init': { inputs: 'languages build-mode config queries' },
  'hashicorp/setup-terraform': { inputs: 'terraform_version terraform_wrapper' },
};

/** What our own actions need beside an identity. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  '.github/actions/comment': ['pull-requests: write'],
};

/** Contracts of our actions by their folder. */
export async function readContracts(): Promise<Map<string, Contract>> {
  const folders = ['actions', '.github/actions'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  const contracts = new Map<string, Contract>();
  for (const folder of folders) {
    const file = join(root, folder, 'src/contract.ts');
    if (!existsSync(file)) continue;
    const { contract } = (await import(file)) as { contract: Contract };
    contracts.set(folder, contract);
  }
  return contracts;
}

/** Finds interfaces by `uses:`; undefined when there is no such thing. */
export type Finder = (uses: string) => Interface | undefined;

export function finderOf(contracts: ReadonlyMap<string, Contract>, files: readonly WorkflowFile[]): Finder {
  return (uses) => {
    const path = ownPath(uses);
    if (path === undefined) return ofOthers(uses);
    if (!path.endsWith('.yml')) return ofContract(path, contracts.get(path));
    return ofWorkflow(files.find(({ file }) => `.github/workflows/${file}` === path));
  };
}

function ofOthers(uses: string): Interface | undefined {
  const known = OTHERS[uses.split('@')[0] ?? ''];
  if (known === undefined) return undefined;
  const names = (text = ''): string[] => text.split(' ').filter((name) => name !== '');
  return {
    inputs: Object.fromEntries(names(known.inputs).map((name) => [name, { type: 'any', required: false }])),
    outputs: Object.fromEntries(names(known.outputs).map((name) => [name, 'string'])),
    permissions: known.permissions ?? [],
  };
}

function ofContract(path: string, contract: Contract | undefined): Interface | undefined {
  if (contract === undefined) return undefined;
  return {
    inputs: Object.fromEntries(
      Object.entries(contract.inputs).map(([name, spec]) => [
        name,
        {
          type: spec.type,
          required: spec.required === true && spec.default === undefined,
          ...(spec.type === 'enum' ? { values: spec.values } : {}),
        },
      ]),
    ),
    outputs: Object.fromEntries(Object.entries(contract.outputs).map(([name, { type }]) => [name, type ?? 'string'])),
    permissions: NEEDS[path] ?? [],
  };
}

function ofWorkflow(found: WorkflowFile | undefined): Interface | undefined {
  const call = found?.workflow.on.workflow_call;
  if (call === undefined) return undefined;
  return {
    inputs: Object.fromEntries(
      Object.entries(call.inputs ?? {}).map(([name, { type = 'string', required = false, default: fallback }]) => [
        name,
        { type, required: required && fallback === undefined },
      ]),
    ),
    outputs: Object.fromEntries(Object.keys(call.outputs ?? {}).map((name) => [name, 'string'])),
    secrets: Object.keys(call.secrets ?? {}),
    permissions: Object.values(found?.workflow.jobs ?? {}).flatMap(({ permissions = {} }) =>
      Object.entries(permissions).map(([scope, access]) => `${scope}: ${access}`),
    ),
  };
}
