/** PostgreSQL: availability, backups, who reaches it, and whether PgBouncer's pools fit. */
import { at, list, number, put, references, resources, text, written } from '../plan-json.ts';
import { add, argument, one, type Policy } from '../policy.ts';

const type = 'azurerm_postgresql_flexible_server';

/** Connections of the sizes below 16 cores; from there on it is 5,000. Azure keeps 15 for itself. */
const CONNECTIONS: Record<string, number> = { D2: 859, D4: 1718, D8: 3437 };

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
    path: 'backup_retention_days',
    is: [35],
    planted: 7,
  }),
  argument({
    name: 'every database has a week of backups',
    why: 'A mistake on Friday is found on Monday.',
    type,
    path: 'backup_retention_days',
    is: (value) => Number(value) >= 7,
    planted: 1,
  }),
  argument({
    name: 'the database has no public address',
    why: 'Only pods talk to it.',
    type,
    path: 'public_network_access_enabled',
    is: [false],
    planted: true,
  }),
  {
    name: 'the database is in the virtual network, under a private name',
    why: 'Without delegated subnet and private zone Azure makes it a public one.',
    root: 'infra',
    check: (plan) =>
      written(plan, type).flatMap(({ address, expressions }) =>
        [
          ['delegated_subnet_id', 'azurerm_subnet.'],
          ['private_dns_zone_id', 'azurerm_private_dns_zone.'],
        ]
          .filter(
            ([name = '', target = '']) => !references(expressions?.[name]).some((found) => found.startsWith(target)),
          )
          .map(([name]) => `${address}: ${name} is not of this root`),
      ),
    plant(plan) {
      for (const { expressions } of written(plan, type)) delete expressions?.private_dns_zone_id;
    },
  },
  argument({
    name: "the database's zone has the name that Azure demands",
    why: 'Azure refuses another ending after ten minutes of apply.',
    type: 'azurerm_private_dns_zone',
    where: ({ name }) => name === 'database',
    path: 'name',
    is: (value) => String(value).endsWith('.postgres.database.azure.com'),
    planted: 'database.internal',
  }),
  argument({
    name: "the database's subnet is delegated to it",
    why: 'Azure puts a server into no other.',
    type: 'azurerm_subnet',
    where: ({ name }) => name === 'database',
    path: 'delegation.0.service_delegation.0.name',
    is: ['Microsoft.DBforPostgreSQL/flexibleServers'],
    planted: 'Microsoft.Web/serverFarms',
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
  argument({
    name: "the database's password is write-only",
    why: 'What is in the plan or the state is read by everybody who may plan.',
    type,
    path: 'administrator_password',
    is: [undefined],
    planted: 'planted',
  }),
  argument({
    name: 'persons sign in to the database with Entra ID',
    why: 'Then nobody needs the password of Moodle to look at a slow query.',
    type,
    path: 'authentication.0.active_directory_auth_enabled',
    is: [true],
    planted: false,
  }),
  {
    name: 'the database takes encrypted connections only',
    why: 'Azure demands TLS 1.2 unless a parameter says otherwise.',
    root: 'infra',
    check: (plan) =>
      resources(plan, `${type}_configuration`)
        .filter(
          ({ values }) =>
            (values.name === 'require_secure_transport' && values.value !== 'on') ||
            (values.name === 'ssl_min_protocol_version' && !['TLSv1.2', 'TLSv1.3'].includes(String(values.value))),
        )
        .map(({ address, values }) => `${address}: ${values.name} is ${values.value}`),
    plant: (plan) => add(plan, `${type}_configuration`, { name: 'require_secure_transport', value: 'off' }),
  },
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
    name: 'only PostgreSQL reaches the subnet of the database',
    why: 'Everything else in the virtual network has no business there.',
    root: 'infra',
    check(plan) {
      const group = one(plan, 'azurerm_network_security_group', ({ name }) => name === 'database');
      return list(group.values, 'security_rule')
        .filter((rule) => at(rule, 'access') === 'Allow' && at(rule, 'direction') === 'Inbound')
        .filter((rule) => !['5432', '6432'].includes(text(rule, 'destination_port_range')))
        .map((rule) => `${group.address}: ${text(rule, 'name')} lets in ${text(rule, 'destination_port_range')}`);
    },
    plant(plan) {
      const { values } = one(plan, 'azurerm_network_security_group', ({ name }) => name === 'database');
      const open = { name: 'planted', access: 'Allow', direction: 'Inbound', destination_port_range: '22' };
      values.security_rule = [...list(values, 'security_rule'), open];
    },
  },
];
