/**
 * Where the bundles are fuzzed: a workspace with everything an action reads, a folder beside it that nothing may touch, a
 * kubectl and a terraform that write down how they were called, and the Azure stand-in.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { applyFrontend, applyPlatform, startTestAzure, testService } from '../../rehearsal/azure/testing.ts';
import type { Places } from './hostile.ts';

const repository = resolve(import.meta.dirname, '../..');

/** A sandbox that is ready for one run at a time. */
export interface Sandbox {
  workspace: string;
  places: Places;
  /** For the process of the action. */
  environment: Record<string, string>;
  azureUrl: string;
  /** The calls of kubectl and terraform since the last look: the words of each. */
  calls(): string[][];
  /** A digest of everything outside of the workspace and of the run's own folders. */
  outside(): string;
  /** What a run has left in the folder for temporary files; it is emptied. */
  left(): string[];
  /** Whether a value was run as a command, by a shell or by anybody. */
  proven(): boolean;
  close(): Promise<void>;
}

/** Where provision-infra puts the plan as JSON and as Markdown; the runner removes it with the job. */
const KEPT_FOR_LATER_STEPS = 'moodle-high-scale-plans';

/** Each word ends in NUL, which no word can hold, and each call in an empty word. */
const record = (calls: string): string => `for word in "$0" "$@"; do printf '%s\\0' "$word"; done >>'${calls}'
printf '\\0' >>'${calls}'`;

/** Answers as an empty cluster to which only reading is allowed, and repeats in its refusal what it was asked. */
const kubectl = (calls: string, real: string): string => `#!/bin/sh
${record(calls)}
verb=
for word in "$@"; do case $word in -*) ;; *) verb=$word; break ;; esac; done
case $verb in
  version) echo '{"clientVersion":{"major":"1","minor":"34","gitVersion":"v1.34.0"}}' ;;
  kustomize) exec '${real}' "$@" ;;
  get) case "$*" in *--ignore-not-found*|*--watch*) ;; *) echo '{"apiVersion":"v1","kind":"List","items":[]}' ;; esac ;;
  *) printf 'Error from server (Forbidden): %s is forbidden: User "ci" may only read\\n' "$*" >&2; exit 1 ;;
esac
`;

/** Plans nothing, and repeats in its refusal of all else what it was asked. */
const terraform = (calls: string): string => `#!/bin/sh
${record(calls)}
case $1 in
  version) echo '{"terraform_version":"1.13.0","platform":"linux_amd64","provider_selections":{}}' ;;
  init|workspace) ;;
  plan) for word in "$@"; do case $word in -out=*) : >"\${word#-out=}" ;; esac; done ;;
  show) echo '{"format_version":"1.2","terraform_version":"1.13.0","applyable":false,"complete":true,"errored":false}' ;;
  output) echo '{}' ;;
  *) printf 'Error: %s\\n' "$*" >&2; exit 1 ;;
esac
`;

/** Names, sizes and contents below a folder, without following links. */
function digest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const path = join(folder, name);
    const facts = lstatSync(path);
    hash.update(`${name}\0${facts.mode}\0${facts.isFile() ? readFileSync(path) : ''}\0`);
  }
  return hash.digest('hex');
}

/** Builds one. */
export async function openSandbox(): Promise<Sandbox> {
  const home = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const folder = (name: string): string => {
    mkdirSync(join(home, name));
    return join(home, name);
  };
  const [workspace, outside, temporary, bin] = ['workspace', 'outside', 'temporary', 'bin'].map(folder) as [
    string,
    string,
    string,
    string,
  ];
  const places = { canary: join(outside, 'canary'), proof: join(home, 'proof') };
  writeFileSync(places.canary, 'nothing may change this\n');
  for (const part of ['manifests', 'images'])
    cpSync(join(repository, part), join(workspace, part), { recursive: true });
  mkdirSync(join(workspace, 'infra'));
  writeFileSync(join(workspace, 'infra/main.tf'), 'terraform {}\n');
  writeFileSync(join(workspace, 'kubeconfig'), 'apiVersion: v1\nkind: Config\n');
  symlinkSync(outside, join(workspace, 'link-out'));

  const log = join(home, 'calls');
  const real = execFileSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim();
  for (const [name, text] of [
    ['kubectl', kubectl(log, real)],
    ['terraform', terraform(log)],
  ] as const) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }

  const { azure, caFile, issuer, stop } = await startTestAzure({});
  await applyPlatform(azure);
  azure.privateLinkServiceFor(testService({}, 80), '127.0.0.1');
  await applyFrontend(azure);

  return {
    workspace,
    places,
    azureUrl: azure.url,
    environment: {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      HOME: outside,
      RUNNER_TEMP: temporary,
      NODE_EXTRA_CA_CERTS: caFile,
      ...issuer.environment(),
    },
    calls() {
      if (!existsSync(log)) return [];
      const calls = readFileSync(log, 'utf8').split('\0\0').filter(Boolean);
      rmSync(log);
      return calls.map((call) => call.split('\0').slice(1));
    },
    outside: () => digest(outside),
    left() {
      const names = readdirSync(temporary);
      for (const name of names) rmSync(join(temporary, name), { recursive: true });
      return names.filter((name) => name !== KEPT_FOR_LATER_STEPS);
    },
    proven: () => existsSync(places.proof),
    async close() {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
