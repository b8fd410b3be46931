/** What a `uses:` names, before it is looked up. */
export type Reference =
  /** `$/path`: the repository and commit of the file that contains the reference. */
  | { readonly kind: 'self'; readonly path: string }
  /** `./path`: in a step, whatever the job checked out; in a job, the same as `$/`. */
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'remote'; readonly repository: string; readonly path: string; readonly ref: string };

/**
 * Reads a `uses:` value. It takes no expressions, so it is known when the file is read.
 *
 * @throws Error saying what is wrong with the reference.
 */
export function parseReference(uses: string): Reference {
  if (uses.startsWith('docker://')) throw new Error(`docker action '${uses}' is not simulated`);
  if (uses.startsWith('$/')) {
    if (uses.includes('@')) throw new Error(`'${uses}' must not have a ref: $/ is always the commit of its own file`);
    return { kind: 'self', path: clean(uses) };
  }
  if (uses.startsWith('./')) return { kind: 'local', path: clean(uses) };
  const match = /^([\w.-]+\/[\w.-]+)((?:\/[^@]+)?)@(.+)$/.exec(uses);
  if (match === null) throw new Error(`'${uses}' is no owner/repository/path@ref, ./path or $/path`);
  const [, repository = '', path = '', ref = ''] = match;
  return { kind: 'remote', repository, path: path.slice(1), ref };
}

function clean(uses: string): string {
  const path = uses.slice(2).replace(/\/+$/, '');
  if (path.split('/').includes('..')) throw new Error(`'${uses}' leaves its repository`);
  return path;
}
