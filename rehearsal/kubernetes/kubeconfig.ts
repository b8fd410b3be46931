/** Kubeconfig files for the API server, as text. JSON is YAML, so kubectl reads it. */

/** How to reach the server. */
export interface ClusterAccess {
  /** URL of the API server. */
  server: string;
  /** PEM certificate of the authority that signed its certificate. */
  certificateAuthority: string;
  /** Name of cluster, user and context; also what Azure calls the cluster. */
  name: string;
  /** Namespace of the context; `default` when left out. */
  namespace?: string;
}

/** Application id of the AKS AAD server, the same in every tenant (Azure/kubelogin, documented under --server-id). */
export const aksServerId = '6dae42f8-4368-4678-94ff-3960e28e3630';

function kubeconfig({ server, certificateAuthority, name, namespace }: ClusterAccess, user: object): string {
  const authority = Buffer.from(certificateAuthority).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: `user-${name}`, user }],
    contexts: [
      { name, context: { cluster: name, user: `user-${name}`, ...(namespace === undefined ? {} : { namespace }) } },
    ],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** A kubeconfig with a bearer token. */
export function tokenKubeconfig(access: ClusterAccess, token: string): string {
  return kubeconfig(access, { token });
}

/**
 * The kubeconfig that listClusterUserCredential of a cluster with Entra ID hands out: no token, but the command that gets
 * one, in the form for kubelogin (format=exec).
 */
export function kubeloginKubeconfig(
  access: ClusterAccess,
  azure: { tenantId: string; clientId: string; environment: string },
): string {
  const args = [
    'get-token',
    '--environment',
    azure.environment,
    '--server-id',
    aksServerId,
    '--client-id',
    azure.clientId,
    '--tenant-id',
    azure.tenantId,
    '--login',
    'devicecode',
  ];
  return kubeconfig(access, {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'kubelogin',
      args,
      env: null,
      installHint: 'kubelogin is not installed: https://aka.ms/aks/kubelogin',
      provideClusterInfo: false,
    },
  });
}
