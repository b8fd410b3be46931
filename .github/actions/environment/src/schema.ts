import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits of a SHA-256');

/** A plugin of Moodle. Everything that the build fetches is pinned, so that the same file makes the same image. */
const plugin = z.strictObject({
  path: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]*(\/[a-z][a-z0-9_]*)+$/,
      'must be the directory of the plugin below the web root, such as local/objectfs or admin/tool/forcedcache',
    )
    .describe("Directory below Moodle's web root."),
  version: z
    .string()
    .regex(/^[\w.+-]{1,64}$/, 'must be a version such as "2024100700" or "v5.1", in quotes')
    .describe('Version, as people and the log name it.'),
  url: z
    .string()
    .regex(/^https:\/\/[^\s;"'\\$]+$/, 'must be an https address of a .tar.gz')
    .describe('Address of the archive, a .tar.gz with one folder, as GitHub makes them.'),
  sha256: sha256.describe('SHA-256 of the archive. The build refuses any other archive.'),
});

const plugins = z
  .array(plugin)
  .check(({ value, issues }) => {
    for (const [index, { path }] of value.entries()) {
      if (value.findIndex((other) => other.path === path) === index) continue;
      issues.push({ code: 'custom', path: [index, 'path'], input: path, message: `names "${path}" a second time` });
    }
  })
  .describe('Plugins to build into the image.');

/**
 * The environment file: the one file that a user edits for an environment. The JSON schema beside the files is made from
 * this, so that an editor checks them while they are written.
 */
const moodle = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/, 'must be a Moodle version such as "4.5.8", in quotes')
    .describe('Moodle release, 4.5 or later.'),
  sha256: sha256.optional().describe('SHA-256 of the release archive. The build refuses any other archive.'),
  siteName: z.string().min(1).max(254).describe('Full name of the site.'),
  siteShortName: z.string().min(1).max(100).describe('Short name of the site.'),
  adminEmail: z.email('must be an e-mail address').describe('Address of the first administrator.'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(_[a-z0-9]+)*$/, 'must be a Moodle language code such as en or pt_br')
    .default('en')
    .describe('Default language of the site.'),
  timezone: z.string().min(1).default('Etc/UTC').describe('Default time zone, by its IANA name.'),
  plugins: plugins.default([]),
});

const objectId = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be an object id, a GUID such as 8b1c0f5e-…');

const access = z
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

const moment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/,
    'must be a time with its zone such as "2027-01-18T00:00:00Z", in quotes',
  );

const platform = z
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

const scaling = z
  .strictObject({
    web: z
      .enum(['fixed', 'automatic'])
      .default('fixed')
      .describe(
        '`fixed`: the web pods of the peak, at all times. `automatic`: KEDA adds them by load, and by the clock for `exams`.',
      ),
    minimumWebPods: z
      .int()
      .min(1)
      .max(5000)
      .optional()
      .describe('Web pods that there are at all times when it is automatic. A tenth of the peak when absent.'),
    headroomPods: z
      .int()
      .min(0)
      .max(500)
      .default(0)
      .describe('Room for so many more web pods, kept on nodes that are there already.'),
    exams: z
      .array(z.strictObject({ start: moment, end: moment }))
      .default([])
      .describe('Times at which there are the web pods of the peak, from 45 minutes before.'),
    examMode: z
      .boolean()
      .default(false)
      .describe(
        'An exam is on: the web pods of the peak whatever the load, and none taken away before another is ready.',
      ),
  })
  .refine(({ web, exams }) => web === 'automatic' || exams.length === 0, {
    error:
      'has exams, which need "web: automatic": with "fixed" all web pods are there at all times, and no exam needs more',
  })
  .describe('How many web pods there are, and when.');

const firewall = z
  .strictObject({
    mode: z
      .enum(['Prevention', 'Detection'])
      .optional()
      .describe('`Detection` only logs what the firewall finds. `Prevention` when absent.'),
    rateLimitAction: z
      .enum(['Log', 'Block'])
      .optional()
      .describe('What happens to an address above the rate limit. `Log` when absent.'),
    usersBehindOneAddress: z
      .int()
      .min(100)
      .max(64_000)
      .optional()
      .describe('Users that may share one public address, from which the rate limit follows. 64,000 when absent.'),
  })
  .describe("Front Door's web application firewall.");

const capacityAssumptions = z
  .record(z.string(), z.number().positive())
  .describe('Constants of the capacity model to replace by measured ones, by their names in docs/capacity.md.');

export const environmentSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,18}[a-z0-9]$/, 'must be 3 to 20 lower-case letters, digits and dashes')
      .describe('Name of the environment; also that of the file.'),
    prefix: z
      .string()
      .regex(/^[a-z][a-z0-9]{1,9}$/, 'must be 2 to 10 lower-case letters and digits')
      .default('moodle')
      .describe('First part of the names of all Azure resources.'),
    location: z
      .string()
      .regex(/^[a-z][a-z0-9]+$/, 'must be an Azure region by its short name, such as swedencentral')
      .describe('Azure region; it must have three availability zones.'),
    concurrentUsers: z
      .int()
      .min(100)
      .max(1_000_000)
      .describe('Users at the same time in the busiest hour. Every size follows from it.'),
    examStartSeconds: z
      .int()
      .min(10)
      .max(3600)
      .optional()
      .describe('All users begin the same exam within so many seconds. Nobody begins at a common time when absent.'),
    domain: z
      .string()
      .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'must be a host name such as moodle.example.org')
      .optional()
      .describe("Host name of the site. The Front Door endpoint's own name when absent."),
    approval: z
      .enum(['required', 'none'])
      .default('required')
      .describe('`required`: the pipeline refuses to apply unless the GitHub environment has required reviewers.'),
    allowDestroy: z
      .array(
        z.string().regex(/^\S+\.\S.*$/, 'must be the address of a resource, such as azurerm_storage_account.files'),
      )
      .default([])
      .describe(
        'Addresses of Terraform resources with data that the next deployment may delete or replace. Take them out again afterwards.',
      ),
    moodle,
    access: access.default({}),
    platform: platform.default({}),
    scaling: scaling.prefault({}),
    firewall: firewall.default({}),
    capacityAssumptions: capacityAssumptions.default({}),
    tags: z.record(z.string(), z.string()).default({}).describe('Tags of all Azure resources.'),
  })
  .describe('An environment of the Moodle High Scale pipeline.');

/** A checked environment file, defaults filled in. */
export type Environment = z.infer<typeof environmentSchema>;

/** The JSON schema for editors. */
export function environmentJsonSchema(): unknown {
  return z.toJSONSchema(environmentSchema, { io: 'input' });
}
