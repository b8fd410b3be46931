import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importsOf, violations } from '../scripts/import-direction.ts';

const root = resolve(import.meta.dirname, '..');
const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '');

describe('direction of imports', () => {
  test('holds in the whole repository', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  test.each([
    [
      'actions/install-db/src/plan.ts',
      "import { x } from '../../deploy-moodle/src/plan.ts';",
      'no action imports another',
    ],
    [
      'actions/install-db/src/plan.ts',
      "import type { x } from '../../../rehearsal/kubernetes/store.ts';",
      'only the rehearsal',
    ],
    ['toolkit/kube/kubectl.ts', "import { x } from '../azure/cloud.ts';", 'side by side'],
    ['toolkit/process/exec.ts', "import { x } from '../action/run.ts';", 'process is below action'],
    [
      'toolkit/azure/cloud.ts',
      "export { x } from '../../actions/approve-pls/src/plan.ts';",
      'the toolkit imports no action',
    ],
    ['rehearsal/azure/azure.ts', "import { x } from '#toolkit/errors';", 'wire protocols only'],
    ['actions/install-db/src/plan.ts', "import * as core from '@actions/core';", 'for other folders'],
    ['actions/install-db/src/plan.ts', "const x = await import('@azure/identity');", 'for other folders'],
    ['toolkit/kube/kubectl.ts', "import { getClient } from '@azure-rest/core-client';", 'for other folders'],
    ['rehearsal/azure/azure.ts', "import { Parser } from '@actions/expressions';", 'for other folders'],
  ])('a planted import in %s is found: %s', (file, source, reason) => {
    expect(violations(file, source)).toEqual([expect.stringContaining(reason)]);
  });

  test.each([
    ['actions/install-db/src/plan.ts', "import { x } from '#toolkit/kube/kube';"],
    ['toolkit/azure/cloud.ts', "import { x } from '../process/retry.ts';"],
    ['toolkit/action/run.ts', "import * as core from '@actions/core';"],
    [
      'actions/install-db/test/plan.test.ts',
      "import { startApiServer } from '../../../rehearsal/kubernetes/server.ts';",
    ],
  ])('an import in %s is allowed: %s', (file, source) => {
    expect(violations(file, source)).toEqual([]);
  });

  test('finds imports of every form', () => {
    const source =
      "import a from 'a';\nimport 'b';\nexport * from 'c';\nimport {\n  d,\n} from 'd';\nconst e = await import('e');\n";
    expect(importsOf(source)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
