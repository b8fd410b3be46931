/** Sections `access` and `platform` of the environment file: the choices about Azure. */
import { z } from 'zod';
import { moment } from './schema-scaling.ts';

const objectId = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be an object id, a GUID such as 8b1c0f5e-…');

/** Who may do what. */
export const access = z
  .strictObject({
    deployerObjectIds: z
      .array(objectId)
      .optional()
      .describe(
        'Object ids of the identities that deploy: they may manage the objects in the cluster and push images.',
      ),
    plannerObjectIds: z
      .array(objectId)
      .optional()
      .describe(
        'Object ids of the identities that plan: they may read, and try changes in the cluster. None that deploys.',
      ),
    adminGroupObjectIds: z.array(objectId).optional().describe('Entra groups whose members administer the cluster.'),
    databaseAdmin: z
      .strictObject({
        objectId,
        name: z.string().min(1).describe('As Entra ID shows it.'),
        type: z.enum(['Group', 'User', 'ServicePrincipal']).default('Group'),
      })
      .optional()
      .describe('Who administers the database by a sign-in of their own. Nobody when absent.'),
    operatorIpRanges: z
      .array(z.string().regex(/^\d+(\.\d+){3}\/\d+$/, 'must be an address range such as 203.0.113.0/24'))
      .optional()
      .describe('Addresses that may reach the Kubernetes API and Key Vault, runners among them. Any when absent.'),
    privateCluster: z
      .boolean()
      .optional()
      .describe(
        'The Kubernetes API with a private address only, so that runners must be in the network; only when the cluster is made.',
      ),
  })
  .describe('Who may do what, and from where.');

/** Choices with a good default. */
export const platform = z
  .strictObject({
    kubernetesVersion: z
      .string()
      .regex(/^1\.\d+$/, 'must be a Kubernetes minor version such as "1.34", in quotes')
      .optional()
      .describe('Kubernetes minor version.'),
    highAvailability: z.boolean().optional().describe('Standby database in a second zone, zone-redundant storage.'),
    backupRetentionDays: z
      .int()
      .min(7)
      .max(35)
      .optional()
      .describe('Days that the database can be set back to any moment of.'),
    geoRedundantBackup: z
      .boolean()
      .optional()
      .describe('Database backups in the paired region too; only when the server is made.'),
    databaseReplicas: z
      .int()
      .min(0)
      .max(5)
      .optional()
      .describe('Read replicas of the database, for a Moodle whose configuration names them.'),
    databaseRestore: z
      .strictObject({
        from: z
          .string()
          .regex(
            /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.DBforPostgreSQL\/flexibleServers\/[^/]+$/,
            'must be the resource id of a flexible server: /subscriptions/…/providers/Microsoft.DBforPostgreSQL/flexibleServers/…',
          )
          .describe('Resource id of the server whose backups are taken.'),
        at: z
          .string()
          .regex(
            /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
            'must be a moment in UTC such as "2027-01-18T03:15:04Z", in quotes',
          )
          .describe('Moment to go back to.'),
        fromPairedRegion: z
          .boolean()
          .optional()
          .describe("The server was in the paired region, and its geo-redundant backups are in this environment's."),
      })
      .optional()
      .describe("Make the database's server from a backup of another; only when the server is made."),
    passwordVersion: z
      .int()
      .min(1)
      .optional()
      .describe('Raise by one for new passwords of the database and of the account by which Moodle reaches it.'),
    zones: z
      .array(z.enum(['1', '2', '3']))
      .min(2)
      .max(3)
      .optional()
      .describe('Availability zones to spread over, in quotes. All three when absent.'),
    certificateName: z
      .string()
      .regex(/^[a-zA-Z0-9-]{1,127}$/, 'must be the name of a certificate: letters, digits and hyphens')
      .optional()
      .describe("Certificate of the domain in the platform's Key Vault. Front Door's own when absent."),
    addressSpace: z.string().optional().describe('Addresses of the virtual network, such as 10.64.0.0/16.'),
    podAddressSpace: z.string().optional().describe('Overlay addresses of pods, such as 10.128.0.0/14.'),
    privateRegistry: z
      .boolean()
      .optional()
      .describe("The registry without a public endpoint; images are built by machines in the platform's own network."),
    alertEmails: z
      .array(z.email('must be an e-mail address'))
      .optional()
      .describe('Addresses that alerts are sent to.'),
    maintenanceFreezes: z
      .array(z.strictObject({ start: moment, end: moment }))
      .optional()
      .describe('Times, such as exam weeks, in which AKS starts no upgrade.'),
    logRetentionDays: z.int().min(30).max(730).optional().describe('Days that logs are kept.'),
  })
  .describe('Choices about the Azure platform that have a good default.');
