/**
 * The two ports between the halves of the Kubernetes stand-in.
 *
 * The API half (server, discovery, server-side apply, watch) keeps objects in a `Store` and asks a `PodRuntime` for what
 * happens inside a pod. The node half (controllers, kubelet, processes) watches the `Store`, writes status to it, and is
 * the `PodRuntime`. `Outside` is what both know of the world beyond the cluster: Azure's side of a load balancer, Key
 * Vault, the registry, and host names that are not Kubernetes Services.
 */
import type { Readable, Writable } from 'node:stream';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Object metadata as far as the stand-in reads it itself. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: Json[];
}

/** A stored API object; everything besides type and metadata is plain JSON. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: { [key: string]: Json };
  status?: { [key: string]: Json };
  data?: Record<string, string>;
  [key: string]: unknown;
}

/** Names one object; `namespace` is absent for cluster-scoped kinds. Kinds are unique across the served API groups. */
export interface ObjectRef {
  kind: string;
  namespace?: string;
  name: string;
}

/** One change, in the order of resource versions. */
export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/** Objects with resource versions, used in-process by controllers; the HTTP server is a view of the same store. */
export interface Store {
  /** A copy of the object, or undefined. */
  get(ref: ObjectRef): KubeObject | undefined;
  /** Copies, sorted by namespace and name. `labels` selects by equality on every given label. */
  list(kind: string, options?: { namespace?: string; labels?: Record<string, string> }): KubeObject[];
  /** Stores a new object with defaults, uid, creation time; throws when it exists. `manager` owns what it sets. */
  create(object: Omit<KubeObject, 'metadata'> & { metadata: Partial<ObjectMeta> }, manager: string): KubeObject;
  /** Changes a copy through `mutate` and stores it when it differs; `status` and `scale` write through that subresource. */
  update(
    ref: ObjectRef,
    mutate: (draft: KubeObject) => void,
    options: { manager: string; subresource?: 'status' | 'scale' },
  ): KubeObject | undefined;
  /** Begins deletion: pods get a deletionTimestamp and stay until `remove`; other kinds go at once with their dependents. */
  delete(ref: ObjectRef, options?: { gracePeriodSeconds?: number }): void;
  /** Removes for good and emits DELETED. */
  remove(ref: ObjectRef): void;
  /** Calls back on every change of the kind ('*' = all), synchronously after the write; returns the unsubscriber. */
  watch(kind: string, listener: (event: StoreEvent) => void): () => void;
}

/** A command running in a container. `exit` resolves after the output streams have ended. */
export interface ContainerProcess {
  stdin: Writable | null;
  stdout: Readable;
  stderr: Readable;
  exit: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** What the API server asks of the nodes. */
export interface PodRuntime {
  /** Starts a command in a running container; rejects with a sentence when the pod or container is not running. */
  exec(
    ref: { namespace: string; pod: string; container?: string },
    command: string[],
    options: { stdin: boolean },
  ): Promise<ContainerProcess>;
  /** The log of a container; with `follow` the stream ends when the container has ended. */
  logs(
    ref: { namespace: string; pod: string; container?: string },
    options: { follow: boolean; tailLines?: number; previous?: boolean },
  ): Promise<Readable>;
  /** Stops every pod process; resolves when none is left. */
  stop(): Promise<void>;
}

/** A container image as the registry stand-in keeps it. */
export interface ImageContents {
  digest: string;
  /** Folder with the unpacked build context; absent for public images that only have an adapter. */
  directory?: string;
  /** The build arguments it was built with. */
  arguments?: Readonly<Record<string, string>>;
}

/** The world beyond the cluster. */
export interface Outside {
  /** Called when a Service of type LoadBalancer appears or changes; answers its address once the platform made one. */
  loadBalancer(service: KubeObject): Promise<{ ip: string }>;
  /** Called when such a Service is deleted. */
  loadBalancerGone(service: KubeObject): Promise<void>;
  /** Reads a Key Vault secret as the workload identity would; throws a sentence when absent or forbidden. */
  secret(vault: string, name: string): Promise<string>;
  /** Finds an image; throws the registry's sentence when the reference does not exist. */
  image(reference: string): Promise<ImageContents>;
  /** Host names outside the cluster (database, storage) and the loopback address that stands for each. */
  hosts(): Record<string, string>;
}
