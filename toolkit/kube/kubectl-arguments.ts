/** The argument lists of kubectl, as pure functions. Objects and secrets travel on standard input, never here. */
import type { ApplyOptions, LogOptions, ObjectRef, PodExecOptions, Selection } from './kube.ts';

/** The name under which our fields are owned. */
export const FIELD_MANAGER = 'moodle-high-scale';

/** How long one request may take; watches, logs and commands in pods have no such limit. */
const REQUEST_TIMEOUT = '--request-timeout=30s';

/** What every call begins with. */
export interface Connection {
  kubeconfig: string;
  namespace: string;
  /** Where discovery is cached: a folder of this run, so that nothing stale is read. */
  cacheDirectory: string;
}

/** The options before every command. */
export function connectionArguments(connection: Connection): string[] {
  return [
    `--kubeconfig=${connection.kubeconfig}`,
    `--namespace=${connection.namespace}`,
    `--cache-dir=${connection.cacheDirectory}`,
  ];
}

/** One object; nothing is printed when it does not exist. */
export function getArguments(ref: ObjectRef): string[] {
  return ['get', ref.kind, ref.name, '--ignore-not-found', '--output=json', REQUEST_TIMEOUT];
}

/** The live counterparts of the objects on standard input. */
export function getAllArguments(): string[] {
  return ['get', '--filename=-', '--ignore-not-found', '--output=json', REQUEST_TIMEOUT];
}

/** Every object that is selected. */
export function listArguments(selection: Selection): string[] {
  return ['get', selection.kind, ...selectors(selection), '--output=json', REQUEST_TIMEOUT];
}

/** Follows what is selected, each change as a JSON object. */
export function watchArguments(selection: Selection): string[] {
  return ['get', selection.kind, ...selectors(selection), '--watch', '--output-watch-events', '--output=json'];
}

/** Server-side apply of the objects on standard input. */
export function applyArguments(options: ApplyOptions): string[] {
  return [
    'apply',
    '--server-side',
    `--field-manager=${options.manager ?? FIELD_MANAGER}`,
    ...(options.force ? ['--force-conflicts'] : []),
    ...(options.dryRun ? ['--dry-run=server'] : []),
    '--filename=-',
    '--output=json',
    REQUEST_TIMEOUT,
  ];
}

/** Creates the object on standard input. */
export function createArguments(): string[] {
  return ['create', `--field-manager=${FIELD_MANAGER}`, '--filename=-', '--output=json', REQUEST_TIMEOUT];
}

/** Replaces the object on standard input, whose `resourceVersion` must still be the stored one's. */
export function replaceArguments(): string[] {
  return ['replace', `--field-manager=${FIELD_MANAGER}`, '--filename=-', '--output=json', REQUEST_TIMEOUT];
}

/** Deletes at a path of the API, with the DeleteOptions on standard input: the one way to give preconditions. */
export function rawDeleteArguments(path: string): string[] {
  return ['delete', `--raw=${path}`, '--filename=-', REQUEST_TIMEOUT];
}

/** Deletes one object and waits until it is gone. */
export function deleteArguments(ref: ObjectRef): string[] {
  return ['delete', ref.kind, ref.name, '--ignore-not-found', '--wait=true', '--output=name'];
}

/** Runs a command in a pod; never with a terminal. */
export function execArguments(pod: string, command: readonly string[], options: PodExecOptions): string[] {
  return [
    'exec',
    pod,
    ...(options.container === undefined ? [] : [`--container=${options.container}`]),
    ...(options.stdin === undefined && options.laterStdin === undefined ? [] : ['--stdin']),
    '--',
    ...command,
  ];
}

/** Reads a log, or follows it. */
export function logsArguments(of: string, options: LogOptions, follow: boolean): string[] {
  return [
    'logs',
    of,
    ...(options.container === undefined ? [] : [`--container=${options.container}`]),
    ...(options.tail === undefined ? [] : [`--tail=${options.tail}`]),
    ...(options.previous ? ['--previous'] : []),
    ...(follow ? ['--follow'] : [REQUEST_TIMEOUT]),
  ];
}

/** The events about one object. */
export function eventsArguments(ref: ObjectRef): string[] {
  const field = `involvedObject.kind=${ref.kind},involvedObject.name=${ref.name}`;
  return ['get', 'events', `--field-selector=${field}`, '--output=json', REQUEST_TIMEOUT];
}

/** A name is selected by field, because a watch on a name that does not exist yet would be refused. */
function selectors(selection: Selection): string[] {
  const labels = Object.entries(selection.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    ...(selection.name === undefined ? [] : [`--field-selector=metadata.name=${selection.name}`]),
    ...(labels.length === 0 ? [] : [`--selector=${labels.join(',')}`]),
  ];
}
