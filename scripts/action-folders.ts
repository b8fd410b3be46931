import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the repository that hold an action with a contract, in order. */
export function actionFolders(root: string): string[] {
  return ['actions', '.github/actions'].flatMap((parent) =>
    (existsSync(join(root, parent)) ? readdirSync(join(root, parent)).sort() : [])
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'src/contract.ts'))),
  );
}
