import { readInputs } from '#toolkit/action/inputs';
import { createSecrets } from '#toolkit/secrets';
import { contract } from '../src/contract.ts';
import type { Inputs } from '../src/requirements.ts';

/** A digest as registries write it. */
export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** Everything that the component `services` needs, as an action's `with:`. */
export const servicesInputs: Readonly<Record<string, string>> = {
  component: 'services',
  'azure-tenant-id': '11111111-1111-1111-1111-111111111111',
  'azure-subscription-id': '22222222-2222-2222-2222-222222222222',
  'resource-group': 'mhs-test',
  'node-resource-group': 'mhs-test-nodes',
  'pgbouncer-image': `mhs.azurecr.io/pgbouncer@${digest('a')}`,
  'pgbouncer-replicas': '3',
  'pgbouncer-pool-size': '120',
  'database-host': 'mhs.postgres.database.azure.com',
  'database-name': 'moodle',
  'database-user': 'moodle',
  'key-vault-name': 'mhs-vault',
  'workload-identity-client-id': '33333333-3333-3333-3333-333333333333',
  'files-storage-account': 'mhsfiles',
  'files-share': 'moodledata',
  'object-storage-account': 'mhsobjects',
  'object-storage-container': 'files',
  'host-name': 'moodle.example.edu',
  'redis-session-seeds': 'redis-sessions-0.redis-sessions:6379,redis-sessions-1.redis-sessions:6379',
  'redis-cache-seeds': 'redis-cache-0.redis-cache:6379,redis-cache-1.redis-cache:6379',
  language: 'pt',
  timezone: 'Europe/Lisbon',
};

/** Everything that `web` or `cron` needs. */
export const podInputs = (component: 'web' | 'cron'): Readonly<Record<string, string>> => ({
  component,
  image: `mhs.azurecr.io/moodle@${digest('b')}`,
  replicas: '4',
});

/** Inputs as the code sees them; a name set to an empty text was not given. */
export function parsed(given: Readonly<Record<string, string>>): Inputs {
  return readInputs(
    contract,
    (name) => given[name] ?? '',
    createSecrets(() => {}),
  );
}
