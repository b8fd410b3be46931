/** Writes the golden files anew: `node actions/provision-infra/test/golden/renew.ts`. What changes is what a reviewer sees. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, goldens } from './goldens.ts';

for (const file of readdirSync(folder)) if (file.endsWith('.md') && file !== 'README.md') rmSync(join(folder, file));
for (const [file, text] of goldens()) writeFileSync(join(folder, file), text);
