/**
 * The direction of imports: workflows, then actions, then the toolkit; within the toolkit from the top floor down. Pure,
 * so that a test can plant a violation.
 */

/** Floors of the toolkit, from the ground. Those of one floor don't see each other, but for what stands in `allowed`. */
const FLOORS: Record<string, number> = {
  errors: 0,
  secrets: 0,
  log: 0,
  cost: 1,
  process: 1,
  azure: 2,
  kube: 2,
  terraform: 2,
  github: 2,
  action: 3,
};

/** Packages that only some folders may import, by prefix. */
const GUARDED: { prefix: string; allowed: RegExp }[] = [
  { prefix: '@actions/workflow-parser', allowed: /^rehearsal\/runner\// },
  { prefix: '@actions/expressions', allowed: /^rehearsal\/runner\// },
  { prefix: '@actions/', allowed: /^toolkit\// },
  { prefix: '@azure/', allowed: /^toolkit\/azure\/|^actions\/approve-pls\// },
  { prefix: '@azure-rest/', allowed: /^toolkit\/azure\// },
];

/** `toolkit/process/exec.ts` as `process`. */
function roomOf(file: string): string | undefined {
  return /^toolkit\/([a-z]+)(?:\.|\/)/.exec(file)?.[1];
}

/** The action that a file belongs to. */
function actionOf(file: string): string | undefined {
  return /^((?:\.github\/)?actions\/[^/]+)\//.exec(file)?.[1];
}

/** Says what is wrong with an import of one file of the repository by another, or undefined. */
function wrongImport(from: string, to: string): string | undefined {
  const isTest = /\.test\.ts$|^test\/|\/test\//.test(from);
  if (isTest) return undefined;
  if (from.startsWith('rehearsal/') && /^(toolkit|actions|\.github)\//.test(to))
    return 'the rehearsal speaks wire protocols only';
  // Measurements are taken against the stand-ins, as tests are.
  if (!/^(rehearsal|bench)\//.test(from) && to.startsWith('rehearsal/'))
    return 'only the rehearsal imports the rehearsal';
  const [fromAction, toAction] = [actionOf(from), actionOf(to)];
  if (toAction !== undefined && fromAction !== undefined && fromAction !== toAction) return 'no action imports another';
  if (toAction !== undefined && from.startsWith('toolkit/')) return 'the toolkit imports no action';
  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)];
  if (fromRoom === undefined || toRoom === undefined || fromRoom === toRoom) return undefined;
  const [upper, lower] = [FLOORS[fromRoom], FLOORS[toRoom]];
  if (upper === undefined || lower === undefined)
    return 'the toolkit has no such floor; add it to scripts/import-direction.ts';
  if (upper < lower) return `${fromRoom} is below ${toRoom}`;
  if (upper === lower && upper > 0) return `${fromRoom} and ${toRoom} stand side by side`;
  return undefined;
}

/** The specifiers of all imports of a source text. */
export function importsOf(source: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...source.matchAll(pattern)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}

/** The file of the repository that a specifier names, or undefined for a package. */
function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#toolkit/')) return `toolkit/${specifier.slice('#toolkit/'.length)}.ts`;
  if (!specifier.startsWith('.')) return undefined;
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** Every violation in one file, as a sentence. `file` is its path from the root of the repository. */
export function violations(file: string, source: string): string[] {
  return importsOf(source).flatMap((specifier) => {
    const target = resolveImport(file, specifier);
    const guard = GUARDED.find(({ prefix }) => specifier.startsWith(prefix));
    if (target === undefined) {
      return guard === undefined || guard.allowed.test(file) || /\.test\.ts$|^test\/|\/test\//.test(file)
        ? []
        : [`${file} imports ${specifier}: that package is for other folders`];
    }
    const reason = wrongImport(file, target);
    return reason === undefined ? [] : [`${file} imports ${target}: ${reason}`];
  });
}
