/**
 * The narrow port through which actions talk to a Kubernetes cluster. Behind it is kubectl (`kubectl.ts`), which people
 * know and can run by hand; tests put something else behind it.
 */
import type { ExecResult } from '../process/exec.ts';

/** Metadata as far as anything here reads it. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: readonly { kind: string; name: string; uid: string; controller?: boolean }[];
}

/** Any Kubernetes object. What is in `spec` and `status` depends on the kind; whoever reads it says what it expects. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
  data?: Record<string, string>;
  [field: string]: unknown;
}

/** Names one object: `{ kind: 'Deployment', name: 'moodle-web' }`. Kinds as kubectl takes them, in any of its forms. */
export interface ObjectRef {
  kind: string;
  name: string;
}

/** Selects objects of a kind. Labels select by equality, all of them. */
export interface Selection {
  kind: string;
  name?: string;
  labels?: Readonly<Record<string, string>>;
}

/** One change seen by `watch`. What is there when the watch begins comes first, as `ADDED`. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/** An Event object: what a controller or a node has to say about another object. */
export interface KubeEvent {
  type: string;
  reason: string;
  message: string;
  count: number;
  /** When it was last seen, ISO 8601; empty when the event does not say. */
  lastSeen: string;
}

/** How to apply. */
export interface ApplyOptions {
  /** Answer what would be stored, and store nothing. */
  dryRun?: boolean;
  /** Take over fields that another manager owns with another value, instead of refusing. */
  force?: boolean;
  /** The name under which the fields are owned, when it is not ours. */
  manager?: string;
}

/** How to run a command in a pod. */
export interface PodExecOptions {
  container?: string;
  stdin?: string;
  /** In place of `stdin`: what the command reads once it is known. The way there is made meanwhile. */
  laterStdin?: Promise<string>;
  timeoutMilliseconds?: number;
  onStdout?: (line: string) => void;
}

/** Which log. `of` is a pod, or a workload as kubectl names it (`job/moodle-database-1`). */
export interface LogOptions {
  container?: string;
  /** Only so many lines from the end. */
  tail?: number;
  /** The log of the container's last life, not of this one. */
  previous?: boolean;
}

/** Which log to follow, and until when. */
export interface FollowOptions extends Omit<LogOptions, 'previous'> {
  /** Ends the following: nothing of it is left running, and the call fails with the signal's reason. */
  signal: AbortSignal;
}

/**
 * A cluster, with a namespace that is meant wherever a namespaced object says none. Every method throws a `KubeError`
 * when the API server cannot be reached or refuses.
 */
export interface Kube {
  /** The namespace of everything that says none. */
  readonly namespace: string;
  /** The object, or undefined when there is none. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  /** The live counterparts of these objects; those that do not exist are left out. */
  getAll(objects: readonly KubeObject[]): Promise<KubeObject[]>;
  list(selection: Selection): Promise<KubeObject[]>;
  /** Server-side apply with our field manager; answers the object as stored, or as it would be. */
  apply(object: KubeObject, options?: ApplyOptions): Promise<KubeObject>;
  /** The same for many in one call; which object was refused is known only by applying them one at a time. */
  applyAll(objects: readonly KubeObject[], options?: ApplyOptions): Promise<KubeObject[]>;
  /** Creates; fails with reason `exists` when the name is taken. */
  create(object: KubeObject): Promise<KubeObject>;
  /**
   * Replaces an object as it was read; fails with reason `conflict` when somebody has changed it since, which its
   * `resourceVersion` tells.
   */
  replace(object: KubeObject): Promise<KubeObject>;
  /** Deletes and waits until it is gone; what is gone already is fine. */
  delete(ref: ObjectRef): Promise<void>;
  /**
   * Deletes exactly this object, by its uid and no other of its name, with what belongs to it, and does not wait.
   *
   * @returns whether it was there; false when it is gone or another has taken its name
   */
  deleteExactly(object: KubeObject): Promise<boolean>;
  /** Follows objects until `see` answers true. Begins anew by itself when the server ends the connection. */
  watch(selection: Selection, see: (event: WatchEvent) => boolean, signal?: AbortSignal): Promise<void>;
  /** Runs a command in a pod. The exit code is the command's own. */
  exec(pod: string, command: readonly string[], options?: PodExecOptions): Promise<ExecResult>;
  /** A log as it stands. */
  logs(of: string, options?: LogOptions): Promise<string>;
  /** Hands on the lines of a log as they come, until the container ends. */
  followLogs(of: string, onLine: (line: string) => void, options: FollowOptions): Promise<void>;
  /** What was said about an object, oldest first. */
  events(ref: ObjectRef): Promise<KubeEvent[]>;
}
