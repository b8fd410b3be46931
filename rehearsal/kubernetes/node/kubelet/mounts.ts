/** The mount table of a container, which `container.sh` works off line by line. Pure. */
import type { VolumeMount } from '../objects.ts';

/** One line of the table. */
export interface Mount {
  kind: 'overlay' | 'directory' | 'file' | 'proc' | 'seal';
  /** A path on the host; for an overlay the layers, uppermost first. */
  source: string;
  target: string;
  readOnly: boolean;
}

/** A folder of the container that shows several layers as one. */
export interface Layered {
  target: string;
  layers: readonly string[];
}

/** A volume at its place: the host path behind it and whether that is a file. */
export interface PlacedVolume {
  mount: VolumeMount;
  source: string;
  file: boolean;
  readOnly: boolean;
}

/** Everything a container sees, in the order in which it must be mounted. */
export function mountTable(options: {
  layered: readonly Layered[];
  volumes: readonly PlacedVolume[];
  hostsFile: string;
  readOnlyRoot: boolean;
}): Mount[] {
  const overlays = options.layered.map(({ target, layers }) => mount('overlay', layers.join(':'), target));
  const volumes = options.volumes
    .map(({ mount: { mountPath }, source, file, readOnly }) =>
      mount(file ? 'file' : 'directory', source, cleanPath(mountPath), readOnly),
    )
    .sort((a, b) => depth(a.target) - depth(b.target));
  return [
    ...overlays,
    mount('proc', 'proc', '/proc'),
    mount('directory', '/dev', '/dev'),
    mount('directory', '/sys', '/sys'),
    mount('file', options.hostsFile, '/etc/hosts'),
    ...volumes,
    ...(options.readOnlyRoot ? overlays.map(({ target }) => mount('seal', 'none', target)) : []),
  ];
}

/** The table as text. Paths with tabs, line breaks or, for layers, colons cannot be written and are refused. */
export function renderTable(mounts: readonly Mount[]): string {
  return mounts
    .map(({ kind, source, target, readOnly }) => {
      const fields = [kind, source, target, readOnly ? 'ro' : 'rw'];
      if (fields.some((field) => /[\t\n]/.test(field) || field === '')) {
        throw new Error(`The path ${JSON.stringify(target)} cannot be mounted: it has a tab or a line break.`);
      }
      return `${fields.join('\t')}\n`;
    })
    .join('');
}

function mount(kind: Mount['kind'], source: string, target: string, readOnly = false): Mount {
  return { kind, source, target, readOnly };
}

/** An absolute path without a trailing slash. */
export function cleanPath(path: string): string {
  const clean = `/${path}`.replace(/\/+/g, '/');
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
}

function depth(path: string): number {
  return path.split('/').length;
}
