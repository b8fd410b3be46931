/** Who a container runs as: the pod's and the container's securityContext over the image's USER. */
import type { SecurityContext } from '../objects.ts';
import type { Identity } from './launch.ts';

/** What containerd leaves to a root container unless told otherwise (oci.defaultUnixCaps). */
const defaultCapabilities = [
  'chown',
  'dac_override',
  'fsetid',
  'fowner',
  'mknod',
  'net_raw',
  'setgid',
  'setuid',
  'setfcap',
  'setpcap',
  'net_bind_service',
  'sys_chroot',
  'kill',
  'audit_write',
];

/** A line of /etc/passwd. */
export interface Account {
  uid: number;
  gid: number;
  home: string;
}

/** Accounts by name, out of the text of /etc/passwd. */
export function accountsOf(passwd: string): Map<string, Account> {
  const accounts = new Map<string, Account>();
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid, , home] = line.split(':');
    if (name !== undefined && uid !== undefined && gid !== undefined) {
      accounts.set(name, { uid: Number(uid), gid: Number(gid), home: home ?? '/' });
    }
  }
  return accounts;
}

/** Thrown when the settings contradict each other; the pod shows it as CreateContainerConfigError. */
export class IdentityError extends Error {}

/** Resolves the settings. `user` is the image's USER: a name, a number, or either with `:group`. */
export function identityOf(
  user: string,
  accounts: ReadonlyMap<string, Account>,
  pod: SecurityContext,
  container: SecurityContext & { capabilities?: { add?: string[]; drop?: string[] } },
): Identity & { home: string } {
  const [name = '', group] = user.split(':');
  const numeric = name === '' ? 0 : /^\d+$/.test(name) ? Number(name) : undefined;
  const asked = container.runAsUser ?? pod.runAsUser;
  const nonRoot = container.runAsNonRoot ?? pod.runAsNonRoot ?? false;
  if (nonRoot && asked === undefined && numeric === undefined) {
    throw new IdentityError(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root`,
    );
  }
  const account = asked === undefined ? accounts.get(name) : undefined;
  const uid = asked ?? numeric ?? account?.uid;
  if (uid === undefined) {
    throw new IdentityError(`unable to find user ${name}: no matching entries in passwd file`);
  }
  if (nonRoot && uid === 0) {
    throw new IdentityError('container has runAsNonRoot and image will run as root');
  }
  const known = [...accounts.values()].find((candidate) => candidate.uid === uid);
  const imageGroup =
    asked === undefined && group !== undefined ? (accounts.get(group)?.gid ?? Number(group)) : undefined;
  const groups = [...(pod.fsGroup === undefined ? [] : [pod.fsGroup]), ...(pod.supplementalGroups ?? [])];
  return {
    uid,
    gid: container.runAsGroup ?? pod.runAsGroup ?? imageGroup ?? known?.gid ?? 0,
    groups,
    noNewPrivileges: container.allowPrivilegeEscalation === false,
    capabilities: capabilitiesOf(container.capabilities),
    home: known?.home ?? '/',
  };
}

function capabilitiesOf(change: { add?: string[]; drop?: string[] } | undefined): string[] {
  const named = (names: string[] | undefined): string[] => (names ?? []).map((name) => name.toLowerCase());
  const dropped = named(change?.drop);
  const kept = dropped.includes('all') ? [] : defaultCapabilities.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...named(change?.add)])];
}
