import { describe, expect, test } from '@jest/globals';
import { accountsOf, identityOf } from './identity.ts';
import { containerArguments, execArguments } from './launch.ts';

const accounts = accountsOf(
  'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/sh\nstaff:x:50:50::/:/bin/sh\n',
);
const who = (user: string, pod = {}, container = {}) => {
  const { uid, gid, groups, home } = identityOf(user, accounts, pod, container);
  return [uid, gid, groups.join(), home];
};

test.each([
  ['', {}, {}, [0, 0, '', '/root']],
  ['www-data', {}, {}, [33, 33, '', '/var/www']],
  ['33:50', {}, {}, [33, 50, '', '/var/www']],
  ['www-data:staff', {}, {}, [33, 50, '', '/var/www']],
  ['65532', {}, {}, [65532, 0, '', '/']],
  ['', { runAsUser: 7 }, { runAsUser: 8 }, [8, 0, '', '/']],
  ['www-data', { runAsUser: 7, runAsGroup: 9, fsGroup: 10, supplementalGroups: [11] }, {}, [7, 9, '10,11', '/']],
])('image user "%s" with pod %j and container %j', (user, pod, container, result) => {
  expect(who(user, pod, container)).toEqual(result);
});

test.each([
  ['nobody-here', {}, 'unable to find user nobody-here'],
  ['', { runAsNonRoot: true }, 'image will run as root'],
  ['www-data', { runAsNonRoot: true }, 'non-numeric user (www-data)'],
])('image user "%s" with %j is refused', (user, pod, message) => {
  expect(() => who(user, pod)).toThrow(message);
});

describe('capabilities and the command lines', () => {
  const identity = identityOf(
    '33',
    accounts,
    { fsGroup: 5 },
    {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    },
  );
  const launch = { root: '/r', identity, workingDirectory: '/w', command: ['run', '$(x) "y"'] };

  test('drop ALL leaves what is added; drop NET_RAW leaves the rest', () => {
    expect(identity.capabilities).toEqual(['net_bind_service']);
    const some = identityOf('', accounts, {}, { capabilities: { drop: ['NET_RAW'] } }).capabilities;
    expect(some).toContain('chown');
    expect(some).not.toContain('net_raw');
  });

  test('a privileged world changes user, drops capabilities and ties every link to the one before', () => {
    const line = containerArguments({
      ...launch,
      privileged: true,
      script: 's',
      scratch: 'c',
      table: 't',
      hostname: 'h',
    });
    expect(line.slice(0, 4)).toEqual(['/usr/bin/setpriv', '--pdeathsig=KILL', '/usr/bin/unshare', '--mount']);
    expect(line).toContain('--kill-child=KILL');
    expect(line.slice(line.indexOf('/usr/sbin/chroot'))).toEqual([
      '/usr/sbin/chroot',
      '/r',
      '/usr/bin/setpriv',
      '--reuid=33',
      '--regid=33',
      '--groups=5',
      '--bounding-set=-all,+net_bind_service',
      '--no-new-privs',
      '--pdeathsig=KILL',
      '/usr/bin/env',
      '--chdir=/w',
      'run',
      '$(x) "y"',
    ]);
  });

  test('any other user gets a user namespace and no change of user', () => {
    const line = containerArguments({
      ...launch,
      privileged: false,
      script: 's',
      scratch: 'c',
      table: 't',
      hostname: 'h',
    });
    expect(line).toEqual(expect.arrayContaining(['--user', '--map-root-user', ',userxattr']));
    expect(line.some((word) => word.startsWith('--reuid'))).toBe(false);
    expect(execArguments({ ...launch, privileged: false, pid: 42 })).toEqual(
      expect.arrayContaining(['--target=42', '--user', '--preserve-credentials']),
    );
  });
});
