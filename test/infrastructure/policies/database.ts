/** PostgreSQL: availability, backups, replicas, and whether PgBouncer's pools fit. */
import { at, number, put, resources, text } from '../plan-json.ts';
import { argument, one, type Policy } from '../policy.ts';

const type = 'azurerm_postgresql_flexible_server';

/** Connections of the sizes below 16 cores; from there on it is 5,000. Azure keeps 15 for itself. */
const CONNECTIONS: Record<string, number> = { D2: 859, D4: 1718, D8: 3437 };

/** The server itself is `moodle`; the copies of it are `replica`. */
const isServer = ({ name }: { name: string }): boolean => name === 'moodle';
const isReplica = ({ name }: { name: string }): boolean => name === 'replica';

export const databasePolicies: Policy[] = [
  argument({
    name: 'PostgreSQL is a version that Moodle and Azure support',
    why: 'Moodle 5 refuses to upgrade on an older one.',
    type,
    path: 'version',
    is: (value) => Number(value) >= 15 && Number(value) <= 18,
    planted: '13',
  }),
  argument({
    name: 'the database of production has a standby in another zone',
    why: 'The database is the one thing that there is only once.',
    environment: 'production',
    type,
    where: isServer,
    path: 'high_availability.0.mode',
    is: ['ZoneRedundant'],
    planted: 'SameZone',
  }),
  {
    name: 'the standby is not in the zone of the database',
    why: 'It would fail with it.',
    root: 'infra',
    environment: 'production',
    check: (plan) =>
      resources(plan, type)
        .filter(({ values }) => values.zone === at(values, 'high_availability.0.standby_availability_zone'))
        .map(({ address }) => `${address}: both are in one zone`),
    plant(plan) {
      const { values } = one(plan, type);
      put(values, 'high_availability.0.standby_availability_zone', values.zone);
    },
  },
  argument({
    name: 'backups of production reach 35 days back',
    why: 'Damage to data is noticed weeks later, when grades are published.',
    environment: 'production',
    type,
    where: isServer,
    path: 'backup_retention_days',
    is: [35],
    planted: 7,
  }),
  argument({
    name: 'the database comes from a backup when that is asked for, and never else',
    why: 'A restore that nobody asked for is a site of yesterday.',
    type,
    where: isServer,
    path: 'create_mode',
    is: (value, plan) =>
      (value ?? 'Default') === (plan.variables.database_restore?.value ? 'PointInTimeRestore' : 'Default'),
    planted: 'PointInTimeRestore',
  }),
  argument({
    name: 'every database has a week of backups',
    why: 'A mistake on Friday is found on Monday.',
    type,
    where: isServer,
    path: 'backup_retention_days',
    is: (value) => Number(value) >= 7,
    planted: 1,
  }),
  argument({
    name: 'the database is not burstable',
    why: 'Its credits run out during the exam, and it can have no standby.',
    type,
    path: 'sku_name',
    is: (value) => /^(GP|MO)_Standard_[DE]\d+\w*_v\d$/.test(String(value)),
    planted: 'B_Standard_B2s',
  }),
  argument({
    name: 'the disk of the database grows by itself',
    why: 'A full disk makes it read-only.',
    type,
    path: 'auto_grow_enabled',
    is: [true],
    planted: false,
  }),
  {
    name: 'the pools of PgBouncer fit the connections of the database',
    why: 'One connection too many and pods fail at random.',
    root: 'infra',
    check(plan) {
      const { outputs } = plan.planned_values;
      const size = /Standard_(D\d+)/.exec(text(one(plan, type).values, 'sku_name'))?.[1] ?? '';
      const most = 0.8 * ((CONNECTIONS[size] ?? 5000) - 15);
      const taken = number(outputs, 'pgbouncer_replicas.value') * number(outputs, 'pgbouncer_pool_size.value');
      return taken > 0 && taken <= most ? [] : [`${taken} connections of at most ${most}`];
    },
    plant: (plan) => put(plan.planned_values.outputs, 'pgbouncer_pool_size.value', 5000),
  },
  {
    name: 'the database is serviced on another day than the cluster',
    why: 'Two changes at once make a cause hard to find.',
    root: 'infra',
    check(plan) {
      const day = at(one(plan, type).values, 'maintenance_window.0.day_of_week');
      const late = number(one(plan, type).values, 'maintenance_window.0.start_hour');
      return day === 6 && late >= 20 ? [] : [`it is serviced on day ${String(day)} at ${late}`];
    },
    plant: (plan) => put(one(plan, type).values, 'maintenance_window', []),
  },
  argument({
    name: "Moodle's database is Unicode",
    why: 'Moodle refuses another encoding at its installation.',
    type: `${type}_database`,
    path: 'charset',
    is: ['UTF8'],
    planted: 'SQL_ASCII',
  }),
  {
    name: 'there are as many replicas as are asked for',
    why: 'A report that reads from one that is missing stops.',
    root: 'infra',
    check(plan) {
      const wanted = Number(plan.variables.database_replicas?.value ?? 0);
      const found = resources(plan, type).filter(isReplica).length;
      return found === wanted ? [] : [`${found} of ${wanted}`];
    },
    plant: (plan) => put(plan.variables, 'database_replicas.value', 5),
  },
  argument({
    name: 'replicas are as large as the database',
    why: 'One that is smaller falls behind and never catches up.',
    environment: 'production',
    type,
    where: isReplica,
    path: 'sku_name',
    is: (value, plan) => value === one(plan, type, isServer).values.sku_name,
    planted: 'GP_Standard_D2ds_v5',
  }),
  argument({
    name: 'replicas have no public address',
    why: 'They hold the same data.',
    environment: 'production',
    type,
    where: isReplica,
    path: 'public_network_access_enabled',
    is: [false],
    planted: true,
  }),
  {
    name: 'the first replica is in a zone of its own',
    why: 'It would fail with the database or with its standby.',
    root: 'infra',
    environment: 'production',
    check(plan) {
      const { values } = one(plan, type, isServer);
      const taken = [values.zone, at(values, 'high_availability.0.standby_availability_zone')];
      return resources(plan, type)
        .filter((replica) => isReplica(replica) && replica.index === '1')
        .filter((replica) => taken.includes(replica.values.zone))
        .map(({ address }) => `${address} is in zone ${String(taken)}`);
    },
    plant: (plan) => put(one(plan, type, isReplica).values, 'zone', one(plan, type).values.zone),
  },
];
