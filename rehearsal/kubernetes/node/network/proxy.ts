/**
 * The service network: a TCP listener for every port of every Service, on its cluster address and on its load balancer
 * address, which passes connections to the ready pods in turn. Without a ready pod there is no listener, so that a
 * connection is refused as kube-proxy refuses it.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { KubeObject } from '../../ports.ts';
import type { Cluster } from '../cluster.ts';
import { endpointsOf, isReachable, targetPort } from '../controllers/service.ts';
import { podOf, type ServiceSpec, view } from '../objects.ts';

/** Where connections to one listener go. */
interface Route {
  service: KubeObject;
  targets: { ip: string; port: number }[];
}

interface Listener {
  server: Server;
  route: Route;
  turn: number;
  sockets: Set<Socket>;
}

/** The routes that there should be, by `ip:port`. Pure. */
export function routesOf(cluster: Cluster): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const service of cluster.list('Service')) {
    const spec = view<{ spec: ServiceSpec }>(service).spec;
    const balancer = service.status?.loadBalancer as { ingress?: { ip?: string }[] } | undefined;
    const ips = [spec.clusterIP, ...(balancer?.ingress ?? []).map((ingress) => ingress.ip)].filter(isReachable);
    const ready = endpointsOf(cluster, service).filter((endpoint) => endpoint.ready);
    for (const port of spec.ports ?? []) {
      const targets = ready.flatMap(({ pod, ip }) => {
        const object = cluster.get('Pod', service.metadata.namespace, pod);
        const number = object === undefined ? undefined : targetPort(podOf(object), port);
        return number === undefined ? [] : [{ ip, port: number }];
      });
      for (const ip of ips) {
        if (targets.length > 0 && (port.protocol ?? 'TCP') === 'TCP') {
          routes.set(`${ip}:${port.port}`, { service, targets });
        }
      }
    }
  }
  return routes;
}

/** Keeps the listeners as the cluster wants them. */
export class ServiceNetwork {
  readonly #cluster: Cluster;
  readonly #listeners = new Map<string, Listener>();
  readonly #unsubscribe: () => void;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#unsubscribe = cluster.onChange(({ object }) => {
      if (object.kind === 'Pod' || object.kind === 'Service') {
        this.#scheduled ??= setImmediate(() => this.#reconcile());
      }
    });
    this.#scheduled = setImmediate(() => this.#reconcile());
  }

  /** Closes every listener and connection. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    if (this.#scheduled !== undefined) {
      clearImmediate(this.#scheduled);
    }
    await Promise.all([...this.#listeners].map(([key, listener]) => this.#close(key, listener, true)));
  }

  #reconcile(): void {
    this.#scheduled = undefined;
    const routes = routesOf(this.#cluster);
    for (const [key, listener] of this.#listeners) {
      const route = routes.get(key);
      if (route === undefined) {
        void this.#close(key, listener, false);
      } else {
        listener.route = route;
      }
    }
    for (const [key, route] of routes) {
      if (!this.#listeners.has(key)) {
        this.#listen(key, route);
      }
    }
  }

  #listen(key: string, route: Route): void {
    const separator = key.lastIndexOf(':');
    const listener: Listener = { server: createServer({ allowHalfOpen: true }), route, turn: 0, sockets: new Set() };
    this.#listeners.set(key, listener);
    listener.server.on('connection', (client) => forward(client, listener));
    listener.server.on('error', (error) => {
      this.#listeners.delete(key);
      const message = `The rehearsal cannot listen on ${key}: ${error.message}`;
      this.#cluster.report(route.service, { type: 'Warning', reason: 'FailedToListen', message }, 'kube-proxy');
    });
    listener.server.listen(Number(key.slice(separator + 1)), key.slice(0, separator));
  }

  /** Connections that are open go on, as with a real proxy, unless everything stops. */
  #close(key: string, listener: Listener, everything: boolean): Promise<void> {
    this.#listeners.delete(key);
    return new Promise((resolve) => {
      listener.server.close(() => resolve());
      if (everything) {
        for (const socket of listener.sockets) {
          socket.destroy();
        }
      }
    });
  }
}

function forward(client: Socket, listener: Listener): void {
  const { targets } = listener.route;
  const target = targets[listener.turn % targets.length];
  listener.turn += 1;
  if (target === undefined) {
    client.destroy();
    return;
  }
  const upstream = connect({ host: target.ip, port: target.port, allowHalfOpen: true });
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    listener.sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => {
      listener.sockets.delete(socket);
      other.destroySoon();
    });
    // A connection that cannot be made or breaks ends the other side the same way.
    socket.once('error', () => other.resetAndDestroy());
  }
  client.pipe(upstream);
  upstream.pipe(client);
}
