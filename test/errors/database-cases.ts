/** Work on the database that cannot be done, as docs/database-errors.md lists it: what there is, and nothing else. */
import { DATABASE, type FakeCluster, OTHER_IMAGE } from '../../actions/install-db/test/bundle.ts';

/** One row of the page. */
export interface DatabaseCase {
  /** What went wrong, in Markdown. */
  situation: string;
  /** The cluster: see `fake-kubectl.mjs`. */
  settings: Record<string, unknown>;
  inputs?: Record<string, string>;
  /** Something that is there before. */
  before?: (cluster: FakeCluster) => void;
  /** Something that happens once a Job works. */
  during?: (cluster: FakeCluster) => void;
}

const unreachable = (detail: string): Record<string, unknown> => ({
  database: { ...DATABASE.unreachable, detail },
});
/** What a Job prints, and that it fails. */
const fails = (task: string, database: object, ...lines: string[]): Record<string, unknown> => ({
  database,
  scripts: { [task]: { lines, succeeds: false } },
});
const waiting = (reason: string, message: string): Record<string, unknown> => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'database', state: { waiting: { reason, message } } }],
});
const upgrade = [
  'step: stop cron and wait for running tasks',
  'step: enter maintenance mode',
  'restore-point: 2027-01-18T03:15:04Z',
  'step: upgrade',
];
const putBack = ['step: leave maintenance mode', 'step: start cron again'];

/** All of them, from the connection to the page. */
export const DATABASE_CASES: readonly DatabaseCase[] = [
  {
    situation: 'PgBouncer does not run',
    settings: unreachable(
      'connection to server at "pgbouncer" (10.0.12.7), port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?',
    ),
  },
  {
    situation: 'PostgreSQL is down, and PgBouncer runs',
    settings: unreachable(
      'connection to server at "pgbouncer" (10.0.12.7), port 5432 failed: FATAL:  server login has been failing, cached error: connect failed (server_login_retry)',
    ),
  },
  {
    situation: 'The services are not deployed',
    settings: unreachable('could not translate host name "pgbouncer" to address: Name or service not known'),
  },
  {
    situation: 'The password in Key Vault is not the database’s',
    settings: unreachable(
      'connection to server at "pgbouncer" (10.0.12.7), port 5432 failed: FATAL:  password authentication failed for user "moodle"',
    ),
  },
  {
    situation: 'The server has no connection left',
    settings: unreachable(
      'connection to server at "pgbouncer" (10.0.12.7), port 5432 failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute',
    ),
  },
  {
    situation: 'The database has another name',
    settings: unreachable('connection to server at "pgbouncer" failed: FATAL:  no such database: moodle_session'),
  },
  { situation: 'An installation was cut off', settings: { database: DATABASE.partial } },
  {
    situation: 'An installation was cut off, and somebody is in it, with `on-partial: reinstall`',
    settings: { database: DATABASE.used },
    inputs: { 'on-partial': 'reinstall' },
  },
  { situation: 'The image is older than the database', settings: { database: DATABASE.newer } },
  {
    situation: 'The image is older, and the upgrade to the newer was cut off',
    settings: { database: { ...DATABASE.newer, unfinished: true } },
  },
  {
    situation: 'A plan for an image that is not built yet, of an older release',
    settings: {
      database: DATABASE.installed,
      pods: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'moodle-web-1', labels: { 'app.kubernetes.io/name': 'moodle-web' } },
          spec: { containers: [{ name: 'web', image: OTHER_IMAGE }] },
          status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
        },
      ],
    },
    inputs: { mode: 'plan', image: 'registry.example.org/moodle:next', 'moodle-version': '4.5.6' },
  },
  {
    situation: 'A plugin needs another that is not in the image',
    settings: fails(
      'install',
      DATABASE.empty,
      'step: install Moodle in en',
      'Dependencies check failed for local_exam',
      'moodle-database: the installer failed',
    ),
  },
  {
    situation: 'PostgreSQL or PHP is too old for this Moodle',
    settings: fails(
      'upgrade',
      DATABASE.pending,
      ...upgrade,
      '!! version 16 is required and you are running 15.8 !!',
      'moodle-database: the upgrade failed',
      ...putBack,
    ),
  },
  {
    situation: 'An upgrade step fails',
    settings: fails(
      'upgrade',
      DATABASE.pending,
      ...upgrade,
      '-->mod_quiz',
      '!!! DDL sql execution error !!!',
      'moodle-database: the upgrade failed',
      ...putBack,
    ),
  },
  {
    situation: 'A task of cron does not end before an upgrade',
    settings: fails(
      'upgrade',
      DATABASE.pending,
      'step: stop cron and wait for running tasks',
      'Wait time (10 mins) elapsed, but 1 task(s) still running.',
      'moodle-database: tasks of cron were still running after 600 s, so the upgrade was not begun; run again when they have ended',
      'step: start cron again',
    ),
  },
  {
    situation: 'The upgrade is done, and the pages of the new code fail',
    settings: fails(
      'upgrade',
      DATABASE.pending,
      ...upgrade,
      ...putBack,
      'step: look at the log-in page',
      '/login/index.php answers 500: Error Exception - Class "local_exam\\observer" not found',
      'moodle-database: upgrade ended, but the site shows no log-in page',
    ),
  },
  {
    situation: 'The image’s list of components is older than its code',
    settings: {
      database: DATABASE.pending,
      scripts: {
        upgrade: {
          lines: ['Outdated component cache file defined in $CFG->alternative_component_cache, can not continue'],
          succeeds: true,
        },
      },
    },
  },
  {
    situation: 'The installer ends with 0 and without a word of success',
    settings: { database: DATABASE.empty, scripts: { install: { lines: ['-->System'], succeeds: true } } },
  },
  {
    situation: 'The image is not one of Moodle',
    settings: { database: DATABASE.empty, scripts: { state: { lines: ['hello'], succeeds: true } } },
  },
  {
    situation: 'The registry has no such image',
    settings: {
      database: DATABASE.empty,
      podStatus: waiting('ErrImagePull', 'rpc error'),
      events: [
        {
          metadata: { name: 'e' },
          type: 'Warning',
          reason: 'Failed',
          message: 'Failed to pull image "registry.example.org/moodle": not found',
        },
      ],
    },
  },
  {
    situation: 'A run with another image is at work',
    settings: { database: DATABASE.pending, jobMilliseconds: 60_000 },
    before: (cluster) => cluster.putJob('upgrade', OTHER_IMAGE),
  },
  {
    situation: 'Another run holds the lease for longer than `timeout`',
    settings: { database: DATABASE.pending },
    inputs: { timeout: '1s' },
    before: (cluster) => cluster.putLease('https://github.com/example/moodle/actions/runs/7/attempts/1#5f2c'),
  },
  {
    situation: 'It takes longer than `timeout`',
    settings: { database: DATABASE.pending },
    inputs: { timeout: '8s' },
    during: (cluster) => cluster.change({ jobMilliseconds: 60_000 }),
  },
  {
    situation: 'Somebody deletes the Job while it runs',
    settings: { database: DATABASE.pending, jobMilliseconds: 1500 },
    during: (cluster) => cluster.deleteJobs(),
  },
  { situation: 'The API server cannot be reached', settings: { database: DATABASE.empty, unreachable: true } },
  { situation: 'The pipeline may not create Jobs', settings: { database: DATABASE.empty, forbidden: 'create' } },
];
