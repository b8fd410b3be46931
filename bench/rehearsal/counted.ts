/**
 * A rehearsal whose processes and requests are counted by phase. kubectl and terraform on PATH are scripts that note the job
 * that starts them; kubectl is started under a name with the job in it, which is the user agent of its requests.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  './rehearsal/runner/json-imports.mjs',
  'rehearsal/main.ts',
];

/** The part of a rehearsal's report that is read here. */
export interface Report {
  result: string;
  /** Of the deployment alone: the stand-ins are up, and a pull request has been looked at before. */
  seconds: number;
  reasons: string[];
  phases: { name: string; outcome: string; seconds: number }[];
  runner: { jobs: number; seconds: number; billedMinutes: number };
}

/** What one rehearsal took. */
export interface Counted {
  report: Report;
  /** By job; `plan` and `recheck` are the same workflow. */
  processes: Map<string, number>;
  kubernetesRequests: Map<string, number>;
  /** Of the whole run; Terraform's providers make none here. */
  azureRequests: number;
  githubRequests: number;
}

/** A world of its own, in its own folder. */
export class CountedRehearsal {
  private readonly directory: string;
  private readonly bin: string;
  private readonly processes: string;

  constructor(directory: string) {
    this.directory = directory;
    this.bin = join(directory, 'bin');
    this.processes = join(directory, 'processes.log');
    mkdirSync(this.bin, { recursive: true });
    for (const name of ['kubectl', 'terraform']) {
      const script = join(this.bin, name);
      writeFileSync(script, note(name, which(name), this.processes));
      chmodSync(script, 0o755);
    }
  }

  /** @throws Error when the deployment does not succeed */
  async run(...options: string[]): Promise<Counted> {
    rmSync(this.processes, { force: true });
    const report = JSON.parse(await this.start(['--worktree', '--no-preview', '--json', ...options])) as Report;
    if (report.result !== 'succeeded') throw new Error(`The rehearsal ${report.result}: ${report.reasons.join(' ')}`);
    const requests = lines(join(this.directory, 'kubernetes-requests.log')).flatMap((line) => {
      const job = /^kubectl\.(\S+) /.exec(line)?.[1];
      return job === undefined ? [] : [job];
    });
    return {
      report,
      processes: counts(lines(this.processes)),
      kubernetesRequests: counts(requests),
      azureRequests: lines(join(this.directory, 'azure-requests.log')).length,
      githubRequests: lines(join(this.directory, 'github-requests.log')).length,
    };
  }

  /** Stops what was kept. */
  async stop(): Promise<void> {
    await this.start(['--down']);
  }

  private start(options: readonly string[]): Promise<string> {
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, [...MAIN, ...options], {
        cwd: ROOT,
        env: {
          ...process.env,
          PATH: `${this.bin}${delimiter}${process.env.PATH}`,
          REHEARSAL_DIRECTORY: this.directory,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const)
        child[name].on('data', (chunk: Buffer) => {
          output[name] += chunk.toString();
        });
      child.on('error', fail);
      child.on('close', (code) =>
        output.stdout !== '' || code === 0
          ? done(output.stdout)
          : fail(new Error(`The rehearsal ended with ${code}: ${output.stderr.slice(-500)}`)),
      );
    });
  }
}

/** The job is in the path of its workspace: `…/jobs/RUN/deploy-apply-web-0/…`. */
function note(name: string, program: string, file: string): string {
  const start = name === 'kubectl' ? `exec -a "kubectl.$job" '${program}' "$@"` : `exec '${program}' "$@"`;
  return `#!/bin/bash
job=\${GITHUB_WORKSPACE#*/jobs/*/}
job=\${job%%/*}
job=\${job%-[0-9]*}
echo "\${job:-none}" >>'${file}'
${start}
`;
}

function which(name: string): string {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not on PATH.`);
  return found;
}

function lines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** How often each name is there, without what all names begin with. */
function counts(names: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const name of names) {
    const job = name.replace(/^deploy-(?:apply-)?/, '').replace(/-plan$/, '');
    counted.set(job, (counted.get(job) ?? 0) + 1);
  }
  return counted;
}
