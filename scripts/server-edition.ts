/**
 * Rewrites the workflows for where `$/` is not known: GitHub Enterprise Server, and runners before 2.336. References to this
 * repository then name it with a tag, so the tag must be put on the very commit that has them:
 *
 *   git switch --create server-edition v1.0.0
 *   node scripts/server-edition.ts OWNER/REPO v1.0.0-server
 *   git commit --all --message "Server edition of 1.0.0" && git tag v1.0.0-server
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where the rewritten workflows will be found. */
export interface Edition {
  /** `owner/name`. */
  repository: string;
  /** Tag of the commit that will have them. */
  ref: string;
}

/**
 * The text of a workflow file without what older servers do not know. Called workflows are named by `./`, which in a job is the
 * repository and commit of the file that says it, on every server. `queue` and `deployment` are younger than `$/`: without the
 * first a deployment that waits for another is cancelled by a third, without the second plans appear among the deployments.
 */
export function rewrite(text: string, { repository, ref }: Edition): string {
  return text
    .replace(/^(\s+(?:- )?uses: )\$\/(\.github\/workflows\/\S+)/gm, '$1./$2')
    .replace(/^(\s+(?:- )?uses: )\$\/(\S+)/gm, `$1${repository}/$2@${ref}`)
    .replace(/\$\{\{ job\.workflow_repository \}\}/g, repository)
    .replace(/\$\{\{ job\.workflow_sha \}\}/g, ref)
    .replace(/^\s+(queue: max|deployment: false)\n/gm, '');
}

/** Rewrites every workflow of a copy of this repository. */
export function rewriteWorkflows(root: string, edition: Edition): void {
  const folder = join(root, '.github/workflows');
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    writeFileSync(file, rewrite(readFileSync(file, 'utf8'), edition));
  }
}

if (import.meta.main) {
  const [repository = '', ref = ''] = process.argv.slice(2);
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[\w.-]+$/.test(ref)) {
    console.error(
      'Say whose workflows they are and what their tag will be: node scripts/server-edition.ts OWNER/REPO TAG',
    );
    process.exit(1);
  }
  rewriteWorkflows(resolve(import.meta.dirname, '..'), { repository, ref });
}
