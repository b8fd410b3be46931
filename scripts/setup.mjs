/**
 * Sets up a fresh machine: npm packages, and every program that the rehearsal and the tests run. Needs nothing but Node.
 *
 * A program on PATH of the right version is used as it is. What is missing is installed with apt (as root or with sudo), or
 * put into `.tools/`; what cannot be had is named, with the command that would bring it. No service of the machine is
 * started, stopped or reconfigured.
 */
import { installPackages, node24 } from './setup/packages.mjs';
import { provideTools } from './setup/provide.mjs';

/** Sets everything up and returns the path of Node 24 and the PATH to run with. Throws one readable message. */
export async function setUp({ quiet = false, ...extras } = {}) {
  const say = quiet ? () => {} : (line) => console.log(line);
  installPackages(say);
  const path = await provideTools(say, extras);
  return { node: node24(), path };
}

if (import.meta.main ?? process.argv[1]?.endsWith('setup.mjs')) {
  try {
    await setUp();
    console.log('Everything is there.');
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
