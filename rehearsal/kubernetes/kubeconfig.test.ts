import { expect, test } from '@jest/globals';
import { kubeloginKubeconfig, tokenKubeconfig } from './kubeconfig.ts';

const access = { server: 'https://127.0.0.1:6443', certificateAuthority: 'PEM', name: 'aks-moodle' };

test('a token kubeconfig names server, authority and token, and selects its context', () => {
  const config = JSON.parse(tokenKubeconfig({ ...access, namespace: 'moodle' }, 'secret'));
  expect(config['current-context']).toBe('aks-moodle');
  expect(config.clusters[0].cluster).toEqual({ server: access.server, 'certificate-authority-data': 'UEVN' });
  expect(config.contexts[0].context).toEqual({ cluster: 'aks-moodle', user: 'user-aks-moodle', namespace: 'moodle' });
  expect(config.users[0].user).toEqual({ token: 'secret' });
});

test('a kubelogin kubeconfig holds no secret, only the command with the AKS server id', () => {
  const azure = { tenantId: 'tenant', clientId: 'client', environment: 'AzurePublicCloud' };
  const { user } = JSON.parse(kubeloginKubeconfig(access, azure)).users[0];
  expect(Object.keys(user)).toEqual(['exec']);
  expect(user.exec.command).toBe('kubelogin');
  expect(user.exec.args.join(' ')).toContain(
    'get-token --environment AzurePublicCloud --server-id 6dae42f8-4368-4678-94ff-3960e28e3630',
  );
});
