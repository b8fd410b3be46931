/**
 * Bundles every action: one ncc call each, minified. An action that asks Azure for something has Azure's SDK beside its
 * bundle, as azure.js, which the bundle imports by the name `#azure-sdk` when the first request is made. The post step is
 * post.js, a file of its own that is the same for all.
 * `node scripts/build.mjs [name ...]` builds all, or only the actions named.
 *
 * Three things keep a bundle to small files that are the same bytes everywhere:
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

const SDK = { name: '#azure-sdk', source: 'toolkit/azure/sdk.ts', file: 'azure.js' };

/** Bundles a source file and all that it imports. */
async function bundle(source) {
  const { code, assets } = await ncc(join(root, source), {
    minify: true,
    quiet: true,
    cache: false,
    // Types are `npm run typecheck`'s business; tsconfig.json in the folder of the actions makes the output ESM.
    transpileOnly: true,
    license: LICENSES,
    externals: { open: 'node:module', undici: 'node:module' },
  });
  const extra = Object.keys(assets).filter((name) => !['package.json', LICENSES].includes(name));
  if (extra.length > 0) throw new Error(`${source}: ncc emitted files that nothing would load: ${extra.join(', ')}`);
  return { code, licenses: String(assets[LICENSES]?.source ?? '') };
}

const LICENSES = 'licenses.txt';
let sdk;
let post;

/** Builds one action and returns the size of its code in bytes. */
async function build(folder) {
  const main = await bundle(`${folder}/src/main.ts`);
  const usesSdk = main.code.includes(SDK.name);
  if (usesSdk) sdk ??= await bundle(SDK.source);
  post ??= await bundle('toolkit/action/post.ts');
  const scope = { type: 'module', ...(usesSdk ? { imports: { [SDK.name]: `./${SDK.file}` } } : {}) };
  const files = {
    'index.js': main.code,
    'post.js': post.code,
    ...(usesSdk ? { [SDK.file]: sdk.code } : {}),
    [LICENSES]: usesSdk ? `${main.licenses}\n\n${sdk.licenses}` : main.licenses,
    'package.json': `${JSON.stringify(scope, null, 2)}\n`,
  };
  const out = join(root, folder, 'dist');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  return [main, post, ...(usesSdk ? [sdk] : [])].reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
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
    console.log(`${folder}/dist  ${(bytes / 1000).toFixed(0)} kB  ${seconds} s`);
  } catch (error) {
    // The stack of a failed build is megabytes of ncc's own bundled source.
    console.error(`${folder}: ${error.message}`);
    process.exit(1);
  }
}
