/** Who reaches the database, and how they sign in. */
import { at, list, put, references, resources, text, written } from '../plan-json.ts';
import { add, argument, drop, one, type Policy } from '../policy.ts';

const type = 'azurerm_postgresql_flexible_server';
const administrator = `${type}_active_directory_administrator`;

export const databaseAccessPolicies: Policy[] = [
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
    name: "the database's password is write-only",
    why: 'What is in the plan or the state is read by everybody who may plan.',
    type,
    path: 'administrator_password',
    is: [undefined],
    planted: 'planted',
  }),
  argument({
    name: 'Moodle signs in to the database with its password',
    why: 'Neither Moodle nor PgBouncer knows tokens.',
    type,
    where: ({ name }) => name === 'moodle',
    path: 'authentication.0.password_auth_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'persons sign in to the database with Entra ID',
    why: 'Then nobody needs the password of Moodle to look at a slow query.',
    environment: 'production',
    type,
    where: ({ name }) => name === 'moodle',
    path: 'authentication.0.active_directory_auth_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    name: 'a group administers the database',
    why: 'A person leaves; a group stays.',
    environment: 'production',
    type: administrator,
    path: 'principal_type',
    is: ['Group'],
    planted: 'User',
  }),
  {
    name: 'Entra ID is asked only when somebody may let others in',
    why: 'A sign-in without an administrator is a door that nobody watches.',
    root: 'infra',
    check: (plan) =>
      resources(plan, type)
        .filter(({ name }) => name === 'moodle')
        .filter(
          ({ values }) =>
            (at(values, 'authentication.0.active_directory_auth_enabled') === true) !==
            resources(plan, administrator).length > 0,
        )
        .map(({ address }) => `${address}: sign-in and administrator do not go together`),
    plant: (plan) => drop(plan, ({ type }) => type === administrator),
  },
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
    name: 'only PostgreSQL reaches the subnet of the database',
    why: 'Everything else in the virtual network has no business there.',
    root: 'infra',
    check(plan) {
      const group = one(plan, 'azurerm_network_security_group', ({ name }) => name === 'database');
      return list(group.values, 'security_rule')
        .filter((rule) => at(rule, 'access') === 'Allow' && at(rule, 'direction') === 'Inbound')
        .flatMap((rule) =>
          [text(rule, 'destination_port_range'), ...list(rule, 'destination_port_ranges')]
            .filter((port) => !['', '5432', '6432'].includes(String(port)))
            .map((port) => `${group.address}: ${text(rule, 'name')} lets in ${String(port)}`),
        );
    },
    plant(plan) {
      const { values } = one(plan, 'azurerm_network_security_group', ({ name }) => name === 'database');
      const open = { name: 'planted', access: 'Allow', direction: 'Inbound', destination_port_range: '22' };
      values.security_rule = [...list(values, 'security_rule'), open];
    },
  },
  {
    name: 'a server and its standby find each other',
    why: 'Azure uses 5432 and 6432 between them; without these there is no standby.',
    root: 'infra',
    check(plan) {
      const group = one(plan, 'azurerm_network_security_group', ({ name }) => name === 'database');
      const open = list(group.values, 'security_rule').flatMap((rule) => list(rule, 'destination_port_ranges'));
      return ['5432', '6432'].filter((port) => !open.includes(port)).map((port) => `${port} is closed`);
    },
    plant: (plan) =>
      put(one(plan, 'azurerm_network_security_group', ({ name }) => name === 'database').values, 'security_rule', []),
  },
];
