/**
 * Bundles every action: one ncc call each, minified.
 * `node scripts/build.mjs [name ...]` builds all, or only the actions named.
 *
 * Three things keep a bundle to one small file that is the same bytes everywhere:
 * - `open` (a browser opener that @azure/identity imports for interactive sign-in, which no action does) is mapped to
 *   a Node builtin, else ncc emits a second chunk and a shell script beside the bundle;
 * - so is `undici`, 440 kB of every bundle: @actions/http-client makes with it a proxy for callers of `fetch`, which no
 *   action is. Its own requests reach a proxy without undici;
 * - the output folder is emptied first, so nothing old stays.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const ncc = require('@vercel/ncc');
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Folders that hold an action with TypeScript sources. */
export function actionFolders() {
  return ['actions', '.github/actions'].flatMap((parent) =>
    existsSync(join(root, parent))
      ? readdirSync(join(root, parent))
          .sort()
          .map((name) => `${parent}/${name}`)
          .filter((folder) => existsSync(join(root, folder, 'src/main.ts')))
      : [],
  );
}

/** Builds one action and returns the size of its bundle in bytes. */
async function build(folder) {
  const { code, assets } = await ncc(join(root, folder, 'src/main.ts'), {
    minify: true,
    quiet: true,
    cache: false,
    // Types are `npm run typecheck`'s business; tsconfig.json in the folder of the actions makes the output ESM.
    transpileOnly: true,
    license: 'licenses.txt',
    externals: { open: 'node:module', undici: 'node:module' },
  });
  const extra = Object.keys(assets).filter((name) => !['package.json', 'licenses.txt'].includes(name));
  if (extra.length > 0) throw new Error(`${folder}: ncc emitted files that nothing would load: ${extra.join(', ')}`);
  const out = join(root, folder, 'dist');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'index.js'), code);
  for (const [name, { source }] of Object.entries(assets)) writeFileSync(join(out, name), source);
  return Buffer.byteLength(code);
}

const wanted = process.argv.slice(2);
const folders = actionFolders().filter((folder) => wanted.length === 0 || wanted.includes(folder.split('/').at(-1)));
const unknown = wanted.filter((name) => !folders.some((folder) => folder.endsWith(`/${name}`)));
if (unknown.length > 0) {
  console.error(`There is no action named ${unknown.join(', ')}.`);
  process.exit(1);
}
for (const folder of folders) {
  const started = Date.now();
  try {
    const bytes = await build(folder);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${folder}/dist/index.js  ${(bytes / 1000).toFixed(0)} kB  ${seconds} s`);
  } catch (error) {
    // The stack of a failed build is megabytes of ncc's own bundled source.
    console.error(`${folder}: ${error.message}`);
    process.exit(1);
  }
}
