/**
 * The one entry of the npm scripts that a newcomer runs: sets the machine up, then hands over to Node 24.
 * `node scripts/start.mjs rehearse …` runs the rehearsal, `kill …` the kill matrix,
 * `bench …` the measurements, `capacity …` the sizes for a number of users, `test …` jest,
 * `faults …` the fault matrix, `fuzz …` hostile inputs, `images …` jest on images that are really built.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/packages.mjs';
import { setUp } from './setup.mjs';

const COMMANDS = {
  rehearse: [
    '--disable-warning=ExperimentalWarning',
    '--import',
    './rehearsal/runner/json-imports.mjs',
    'rehearsal/main.ts',
  ],
  bench: ['--disable-warning=ExperimentalWarning', '--expose-gc', 'bench/main.ts'],
  capacity: ['--disable-warning=ExperimentalWarning', 'scripts/capacity.ts'],
  faults: [
    '--disable-warning=ExperimentalWarning',
    '--import',
    './rehearsal/runner/json-imports.mjs',
    'scripts/faults.ts',
  ],
  fuzz: ['--disable-warning=ExperimentalWarning', '--import', './rehearsal/runner/json-imports.mjs', 'scripts/fuzz.ts'],
  kill: ['--disable-warning=ExperimentalWarning', 'scripts/kill-matrix.ts'],
  test: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
  images: [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--config=jest.images.config.js',
  ],
  'redis-faults': ['--disable-warning=ExperimentalWarning', 'actions/redis-bootstrap/test/faults/run.ts'],
};

const [name, ...rest] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`Say what to start: ${Object.keys(COMMANDS).join(' or ')}.`);
  process.exit(1);
}

if (name === 'rehearse' && rest.includes('--help')) {
  process.stdout.write(readFileSync(join(root, 'rehearsal/help.txt'), 'utf8'));
  process.exit(0);
}

let ready;
try {
  // What is printed is for a program to read.
  const quiet = ['--json', '--fetch-prices'].some((option) => rest.includes(option));
  ready = await setUp({
    quiet,
    images: name === 'images',
    redisVersions: name === 'test' || name === 'redis-faults',
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const child = spawn(ready.node, [...command, ...rest], {
  cwd: root,
  // The channel tells the rehearsal when this process is gone, however it went.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${ready.path}` },
});
// Ctrl-C reaches the child through the terminal; a signal sent to this process alone is handed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm was killed: nobody waits for the result any more.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1000).unref();
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
