/** What goes into the bundles: licences, bill of materials, and nothing that has to run when it is installed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { actionFolders } from '../scripts/action-folders.ts';
import { licensesIn, renderSbom, runtimePackages } from '../scripts/sbom.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const packages = runtimePackages(JSON.parse(read('package-lock.json')));
const names = packages.map(({ name }) => name);

/** Licences under which a bundle may be handed on without opening its own source. */
const PERMISSIVE = /^(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause)$/;

describe.each(actionFolders(root))('%s', (folder) => {
  const licenses = licensesIn(read(`${folder}/dist/licenses.txt`), names);

  test('lists the licences of what is inside, all permissive', () => {
    expect([...licenses.keys()]).toContain('@actions/core');
    expect([...licenses].filter(([, license]) => !PERMISSIVE.test(license))).toEqual([]);
  });
});

describe('the bill of materials', () => {
  const text = renderSbom(root);
  const bom = JSON.parse(text) as {
    bomFormat: string;
    specVersion: string;
    components: {
      'bom-ref': string;
      group?: string;
      name: string;
      scope: string;
      hashes?: unknown[];
      licenses?: unknown[];
    }[];
  };

  test('is CycloneDX with every package of the lock file that is not for development alone', () => {
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    expect(bom.components).toHaveLength(packages.length);
    expect(new Set(bom.components.map((component) => component['bom-ref'])).size).toBe(packages.length);
    for (const component of bom.components)
      expect(component).toMatchObject({ licenses: [expect.anything()], hashes: [expect.anything()] });
  });

  test('tells what is inside a bundle from what is only installed', () => {
    const scope = (name: string) => bom.components.find((component) => component.name === name)?.scope;
    expect([scope('core'), scope('undici')]).toEqual(['required', 'excluded']);
  });

  test('is the same bytes each time, with no time, path or host in it', () => {
    expect(renderSbom(root)).toBe(text);
    expect(text).not.toMatch(/"timestamp"|"resolved"|\/tmp\/|\/home\//);
  });
});

describe('npm run audit', () => {
  /** The script's exit code and output with an npm that answers this. */
  function audit(answer: string): { code: number; output: string } {
    const bin = mkdtempSync(join(tmpdir(), 'audit-'));
    try {
      writeFileSync(join(bin, 'npm'), `#!/bin/sh\ncat <<'EOF'\n${answer}\nEOF\nexit 1\n`, { mode: 0o755 });
      const env = { PATH: `${bin}${delimiter}${process.env.PATH}`, GITHUB_ACTIONS: 'true' };
      try {
        return {
          code: 0,
          output: execFileSync(process.execPath, ['scripts/audit.mjs'], { cwd: root, env, encoding: 'utf8' }),
        };
      } catch (error) {
        const { status, stderr } = error as { status: number; stderr: string };
        return { code: status, output: stderr };
      }
    } finally {
      rmSync(bin, { recursive: true, force: true });
    }
  }
  const found = (severity: string) =>
    JSON.stringify({
      vulnerabilities: { leftpad: { severity, via: [{ title: 'Pads right' }] } },
      metadata: { vulnerabilities: { low: 0, moderate: 0, high: 0, critical: 0, total: 1, [severity]: 1 } },
    });

  test('fails with the name of the package when one is weak', () => {
    expect(audit(found('high'))).toEqual({ code: 1, output: 'high: leftpad: Pads right\n' });
  });

  test('does not fail for less', () => {
    expect(audit(found('moderate')).code).toBe(0);
  });

  test('says loudly when the registry could not be asked', () => {
    const { code, output } = audit('{"message": "405 Method Not Allowed"}');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^::warning title=npm audit::NOT AUDITED: .*405 Method Not Allowed/),
    });
  });
});
