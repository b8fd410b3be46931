import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDebianPackages } from './debian-packages.mjs';

/** A Debian suite whose kubectl is new enough (1.32), for machines whose own suite has an older one. */
const SUITE = 'trixie';

/** Unpacks kubectl from a newer Debian suite into `.tools/`. */
export function unpackKubectl(tools, say) {
  say(`Unpacking kubectl from Debian ${SUITE} …`);
  return withDebianPackages({ tools, suite: SUITE, wanted: [['kubectl'], ['kubernetes-client']] }, (unpacked) =>
    copyFileSync(join(unpacked, 'usr/bin/kubectl'), join(tools, 'bin/kubectl')),
  );
}
