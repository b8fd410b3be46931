/** Why the API server refuses to change an object, and who changes fields beside us, in words for people. Pure. */
import type { KubeObject } from './kube.ts';

/** Tools behind the names under which fields are owned. A tool that reconciles would only change it again. */
const MANAGERS: readonly (readonly [name: RegExp, tool: string])[] = [
  [/^kubectl-edit$/, 'somebody with kubectl edit'],
  [/^kubectl-rollout$/, 'somebody with kubectl rollout'],
  [/^kubectl/, 'somebody with kubectl'],
  [/^kube-controller-manager$/, 'a controller of the cluster, such as an autoscaler'],
  [/^keda/, 'KEDA'],
  [/^helm$/i, 'Helm'],
  [/^(kustomize-controller|helm-controller|flux)/, 'Flux, which will change it again'],
  [/^argocd/, 'Argo CD, which will change it again'],
  [/^(cloud-controller-manager|azure-cloud)/, 'the cloud provider'],
];

/** `"kubectl-edit" (somebody with kubectl edit)`. */
export function nameManager(manager: string): string {
  const tool = MANAGERS.find(([name]) => name.test(manager))?.[1];
  return tool === undefined ? `"${manager}"` : `"${manager}" (${tool})`;
}

const IMMUTABLE =
  /field is immutable|is immutable after creation|may not change once set|are forbidden|may not be changed/i;

/** Kinds that hold data: deleting one may lose it. */
const DATA_KINDS = new Set(['PersistentVolume', 'PersistentVolumeClaim', 'StatefulSet']);

/** Kinds without which nobody is served until they are there again. */
const SERVING_KINDS = new Set(['Deployment', 'StatefulSet', 'Service']);

/** The server's message; for a field that cannot change, with what can be done instead. */
export function explainRefusal({ kind, metadata }: KubeObject, message: string): string {
  if (!IMMUTABLE.test(message) || /User "/.test(message)) return message;
  const wanted = 'Kubernetes allows that only to a new object: change it back in the manifests';
  const command = `kubectl -n ${metadata.namespace ?? 'default'} delete ${kind.toLowerCase()} ${metadata.name}`;
  const where = kind === 'PersistentVolume' ? command.replace(/ -n \S+/, '') : command;
  if (DATA_KINDS.has(kind)) {
    return `${message} ${wanted}, or save its data, delete it (${where}) and deploy again.`;
  }
  const outage = SERVING_KINDS.has(kind) ? ', which interrupts its service' : '';
  return `${message} ${wanted}, or delete it (${where})${outage}, and deploy again.`;
}
