/** Every namespace has the ServiceAccount `default`, as the service account controller sees to. */
import type { Cluster } from '../cluster.ts';

/** Creates the missing default accounts. */
export function reconcileServiceAccounts(cluster: Cluster): undefined {
  for (const { metadata } of cluster.list('Namespace')) {
    if (metadata.deletionTimestamp === undefined) {
      cluster.create(
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: metadata.name } },
        'service-account-controller',
      );
    }
  }
}
