import { describe, expect, test } from '@jest/globals';
import { CommandError } from '../errors.ts';
import { asKubeError, classifyKubectl } from './kube-error.ts';

describe('what kubectl says when it fails', () => {
  const cases: [name: string, stderr: string, reason: string, message: string][] = [
    [
      'a port that nobody listens on',
      'E1124 05:00:00.1 7 memcache.go:265] "Unhandled Error"\nThe connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n',
      'unreachable',
      'The Kubernetes API server cannot be reached: The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?',
    ],
    [
      'a name that does not resolve',
      'Unable to connect to the server: dial tcp: lookup no-such-host on 10.0.0.10:53: no such host\n',
      'unreachable',
      'The Kubernetes API server cannot be reached: dial tcp: lookup no-such-host on 10.0.0.10:53: no such host.',
    ],
    [
      'a certificate of somebody else',
      'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority\n',
      'unreachable',
      'The Kubernetes API server cannot be reached: tls: failed to verify certificate: x509: certificate signed by unknown authority.',
    ],
    [
      'a bad token',
      'error: You must be logged in to the server (Unauthorized)\n',
      'unauthorized',
      'The Kubernetes API server did not accept the credentials; check the kubeconfig, or that the identity may use the cluster.',
    ],
    [
      'a missing role in a namespace',
      'Error from server (Forbidden): deployments.apps "moodle-web" is forbidden: User "deployer" cannot patch resource "deployments" in API group "apps" in the namespace "moodle"\n',
      'forbidden',
      '"deployer" may not patch deployments.apps in the namespace "moodle"; give it a role that allows it.',
    ],
    [
      'a missing role for a cluster-wide kind of the core group',
      'Error from server (Forbidden): namespaces is forbidden: User "deployer" cannot list resource "namespaces" in API group "" at the cluster scope\n',
      'forbidden',
      '"deployer" may not list namespaces in the cluster; give it a role that allows it.',
    ],
    [
      'a refusal by admission',
      'Error from server (Forbidden): pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true\n',
      'forbidden',
      'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true.',
    ],
    [
      'no such namespace',
      'Error from server (NotFound): namespaces "moodle" not found\n',
      'not-found',
      'namespaces "moodle" not found.',
    ],
    [
      'a kind that is not installed',
      'error: resource mapping not found for name: "moodle-secrets" namespace: "moodle" from "STDIN": no matches for kind "SecretProviderClass" in version "secrets-store.csi.x-k8s.io/v1"\nensure CRDs are installed first\n',
      'unknown-kind',
      'The cluster does not know the kind SecretProviderClass (secrets-store.csi.x-k8s.io/v1); the Secrets Store CSI driver is missing. Switch on its add-on (azure-keyvault-secrets-provider).',
    ],
    [
      'a taken name',
      'Error from server (AlreadyExists): jobs.batch "j" already exists\n',
      'exists',
      'jobs.batch "j" already exists.',
    ],
    [
      'an immutable field',
      'The Deployment "d" is invalid: spec.selector: field is immutable\n',
      'invalid',
      'The Deployment "d" is invalid: spec.selector: field is immutable.',
    ],
    ['a server in trouble', 'Error from server: etcdserver: leader changed\n', 'failed', 'etcdserver: leader changed.'],
  ];
  test.each(cases)('%s', (_, stderr, reason, message) => {
    expect(classifyKubectl(stderr)).toMatchObject({ reason, message });
  });

  test('one conflict names its manager and field', () => {
    const error = classifyKubectl(
      'error: Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1 at 2026-11-24T00:21:37Z: .spec.replicas\nPlease review the fields above--they currently have other managers. Here\n',
    );
    expect(error.conflicts).toEqual([{ manager: 'kubectl', field: '.spec.replicas' }]);
    expect(error.message).toBe('Fields are owned with other values: .spec.replicas by "kubectl".');
  });

  test('several conflicts keep each manager with its fields', () => {
    const error = classifyKubectl(
      'error: Apply failed with 3 conflicts: conflicts with "a":\n- .spec.x\n- .spec.template.spec.containers[name="c"].image\nconflicts with "b" using apps/v1 at 2026-11-24T00:21:37Z:\n- .spec.replicas\nPlease review the fields above\n',
    );
    expect(error.conflicts).toEqual([
      { manager: 'a', field: '.spec.x' },
      { manager: 'a', field: '.spec.template.spec.containers[name="c"].image' },
      { manager: 'b', field: '.spec.replicas' },
    ]);
  });

  test('anything that is not a failed command stays what it is', () => {
    const other = new Error('other');
    expect(asKubeError(other)).toBe(other);
    expect(asKubeError(new CommandError('kubectl', 1, 'error: x'))).toMatchObject({ message: 'kubectl failed: x.' });
  });

  test('a kubectl that said nothing is told by its exit code', () => {
    expect(asKubeError(new CommandError('kubectl', 137, '\n'))).toMatchObject({
      reason: 'failed',
      message: 'kubectl ended with exit code 137.',
    });
  });
});
