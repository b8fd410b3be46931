import { expect, test } from '@jest/globals';
import { mountTable, renderTable } from './mounts.ts';

const volume = (mountPath: string, more: Partial<{ file: boolean; readOnly: boolean }> = {}) => ({
  mount: { name: 'v', mountPath },
  source: `/host${mountPath}`,
  file: false,
  readOnly: false,
  ...more,
});

test('the image first, then the system, then volumes from the outside in, then the seal', () => {
  const table = mountTable({
    layered: [
      { target: '/', layers: ['/layer'] },
      { target: '/usr', layers: ['/layer/usr', '/usr'] },
    ],
    volumes: [volume('/data/inner', { file: true }), volume('/data/'), volume('/x', { readOnly: true })],
    hostsFile: '/pod/hosts',
    readOnlyRoot: true,
  });
  expect(renderTable(table).replaceAll('\t', ' ')).toBe(`overlay /layer / rw
overlay /layer/usr:/usr /usr rw
proc proc /proc rw
directory /dev /dev rw
directory /sys /sys rw
file /pod/hosts /etc/hosts rw
directory /host/data/ /data rw
directory /host/x /x ro
file /host/data/inner /data/inner rw
seal none / rw
seal none /usr rw
`);
});

test('a path that the table cannot hold is refused', () => {
  const options = { layered: [], hostsFile: '/h', readOnlyRoot: false };
  expect(() => renderTable(mountTable({ ...options, volumes: [volume('/a\tb')] }))).toThrow('a tab or a line break');
});
