/**
 * The command lines that start a container and that enter one. Pure.
 *
 * A container is a process in mount, process, UTS and IPC namespaces of its own, but in the machine's network: pods are
 * told apart by loopback addresses. Each link of the chain has the kernel kill the next when it dies, so a world killed
 * with SIGKILL leaves no pod process: world -> unshare (setpriv --pdeathsig) -> process 1 (--kill-child, renewed after
 * the change of user, which clears it) -> everything in its process namespace.
 */

/** Who a container runs as. */
export interface Identity {
  uid: number;
  gid: number;
  groups: readonly number[];
  noNewPrivileges: boolean;
  /** Capabilities that root may keep, as setpriv names them. */
  capabilities: readonly string[];
}

/** A container to start or to enter. */
export interface Launch {
  /** Whether the world runs as root; else each container is in a user namespace where it is root. */
  privileged: boolean;
  root: string;
  identity: Identity;
  workingDirectory: string;
  command: readonly string[];
}

/** Starts a container with the arguments for `container.sh`. */
export function containerArguments(
  launch: Launch & { script: string; scratch: string; table: string; hostname: string },
): string[] {
  return [
    '/usr/bin/setpriv',
    '--pdeathsig=KILL',
    '/usr/bin/unshare',
    ...(launch.privileged ? [] : ['--user', '--map-root-user']),
    '--mount',
    '--uts',
    '--ipc',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '/bin/sh',
    launch.script,
    launch.root,
    launch.scratch,
    launch.table,
    launch.privileged ? ',' : ',userxattr',
    launch.hostname,
    ...insideArguments(launch),
  ];
}

/** Enters a container whose first process has the given number on the host. */
export function execArguments(launch: Launch & { pid: number }): string[] {
  return [
    '/usr/bin/setpriv',
    '--pdeathsig=KILL',
    '/usr/bin/nsenter',
    `--target=${launch.pid}`,
    ...(launch.privileged ? [] : ['--user', '--preserve-credentials']),
    '--mount',
    '--uts',
    '--ipc',
    '--pid',
    ...insideArguments(launch),
  ];
}

function insideArguments({ privileged, root, identity, workingDirectory, command }: Launch): string[] {
  return [
    '/usr/sbin/chroot',
    root,
    '/usr/bin/setpriv',
    ...(privileged ? identityArguments(identity) : []),
    ...(identity.noNewPrivileges ? ['--no-new-privs'] : []),
    '--pdeathsig=KILL',
    '/usr/bin/env',
    `--chdir=${workingDirectory}`,
    ...command,
  ];
}

function identityArguments({ uid, gid, groups, capabilities }: Identity): string[] {
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    `--bounding-set=${['-all', ...capabilities.map((name) => `+${name}`)].join(',')}`,
  ];
}
