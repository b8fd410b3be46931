/** What holds for every resource and every output. */
import { rootOutputSpecs } from '../../../actions/provision-infra/src/contract.ts';
import { at, type Plan, put, references, resources, text, written } from '../plan-json.ts';
import { add, argument, one, type Policy } from '../policy.ts';

/** What loses data, or a name that others rely on, when it is deleted. */
const STATEFUL = ['azurerm_postgresql_flexible_server_database', 'azurerm_storage_share', 'azurerm_storage_container'];

/** Whose metrics decide how many web pods there are. */
const KEDA = 'azurerm_federated_identity_credential.autoscaler';

const withDashes = (name: string): string => name.replaceAll('_', '-');

/** Both roots have outputs. */
function outputs(root: Policy['root']): Policy[] {
  return [
    {
      name: `every output of ${root} is in the contract of provision-infra`,
      why: 'Another one would never reach a later phase.',
      root,
      check: (plan) =>
        Object.keys(plan.planned_values.outputs)
          .filter((name) => rootOutputSpecs[withDashes(name)] === undefined)
          .map((name) => `${name} is not declared`),
      plant: (plan) => put(plan.planned_values.outputs, 'planted', { sensitive: false }),
    },
    {
      name: `no output of ${root} is a secret`,
      why: 'Outputs are printed, and handed from job to job.',
      root,
      check: (plan) =>
        Object.entries(plan.planned_values.outputs)
          .filter(([name, { sensitive }]) => sensitive === true || /password(?!_version)|secret|_key$/.test(name))
          .map(([name]) => `${name} is sensitive`),
      plant: (plan) => put(plan.planned_values.outputs, 'planted', { sensitive: true }),
    },
    {
      name: `numbers of ${root} are numbers`,
      why: 'The contract says integer, and a text would be refused at run time.',
      root,
      check: (plan) =>
        Object.entries(plan.planned_values.outputs)
          .filter(
            ([name, { type }]) =>
              type !== undefined && (rootOutputSpecs[withDashes(name)]?.type === 'integer') !== (type === 'number'),
          )
          .map(([name, { type }]) => `${name} is a ${String(type)}`),
      plant(plan) {
        const [name = ''] = Object.keys(plan.planned_values.outputs);
        const known = plan.planned_values.outputs[name];
        if (known !== undefined)
          known.type = rootOutputSpecs[withDashes(name)]?.type === 'integer' ? 'string' : 'number';
      },
    },
    {
      name: `${root} tags everything that takes tags`,
      why: 'Costs and owners are found by tags.',
      root,
      check: (plan) =>
        resources(plan)
          .filter(({ values }) => Object.hasOwn(values, 'tags'))
          .filter(
            ({ values }) =>
              text(values, 'tags.environment') === '' ||
              text(values, 'tags.managed-by') === '' ||
              text(values, 'tags.service') === '',
          )
          .map(({ address }) => `${address} lacks a tag`),
      plant: (plan) => put(tagged(plan).values, 'tags', null),
    },
    {
      name: `${root} configures Azure only`,
      why: 'A provider that is configured from a resource of the same apply cannot plan before it exists.',
      root,
      check: (plan) =>
        Object.values(plan.configuration.provider_config)
          .filter(({ full_name: name }) => !/\/hashicorp\/(azurerm|random)$/.test(name))
          .map(({ full_name: name }) => name),
      plant: (plan) =>
        put(plan.configuration.provider_config, 'helm', { full_name: 'registry.terraform.io/hashicorp/helm' }),
    },
    {
      name: `${root} says which azurerm it is written for`,
      why: 'The next major version renames arguments.',
      root,
      check: (plan) =>
        String(plan.configuration.provider_config.azurerm?.version_constraint).startsWith('~> 5.')
          ? []
          : ['azurerm is not held to version 5'],
      plant: (plan) => put(plan.configuration.provider_config, 'azurerm.version_constraint', '>= 3.0'),
    },
  ];
}

function tagged(plan: Plan) {
  const [first] = resources(plan).filter(({ values }) => at(values, 'tags') !== undefined);
  if (first === undefined) throw new Error('Nothing has tags.');
  return first;
}

export const generalPolicies: Policy[] = [
  ...outputs('infra'),
  ...outputs('infra/frontend'),
  {
    name: 'what holds data cannot be destroyed by a plan',
    why: 'A renamed variable must not delete the files of an exam.',
    root: 'infra',
    check: (plan) =>
      STATEFUL.flatMap((type) => {
        const found = written(plan, type);
        return found.length === 0
          ? [`no ${type}`]
          : found
              .filter(({ address }) => !plan.prevent_destroy.includes(address))
              .map(({ address }) => `${address} is not guarded`);
      }),
    plant(plan) {
      plan.prevent_destroy = [];
    },
  },
  {
    name: 'nobody owns the group or the subscription',
    why: 'An identity with rights to give rights has all of them.',
    root: 'infra',
    check: (plan) =>
      resources(plan, 'azurerm_role_assignment')
        .filter(({ values }) =>
          ['Owner', 'User Access Administrator', 'Role Based Access Control Administrator'].includes(
            text(values, 'role_definition_name'),
          ),
        )
        .map(({ address, values }) => `${address}: ${text(values, 'role_definition_name')}`),
    plant: (plan) => put(one(plan, 'azurerm_role_assignment').values, 'role_definition_name', 'Owner'),
  },
  {
    name: 'rights are given on one resource',
    why: 'A right on the group is a right on everything that comes later.',
    root: 'infra',
    check: (plan) =>
      written(plan, 'azurerm_role_assignment')
        .filter(({ expressions }) =>
          references(expressions?.scope).some((name) => name.startsWith('azurerm_resource_group.')),
        )
        .map(({ address }) => `${address} is on the whole group`),
    plant: (plan) =>
      put(written(plan, 'azurerm_role_assignment')[0]?.expressions ?? {}, 'scope', {
        references: ['azurerm_resource_group.platform.id'],
      }),
  },
  argument({
    name: 'role assignments say what they are for',
    why: 'Azure would look a new identity up before it is known everywhere, and fail.',
    type: 'azurerm_role_assignment',
    path: 'principal_type',
    is: ['ServicePrincipal', 'Group'],
    planted: undefined,
  }),
  argument({
    name: "only Moodle's pods are Moodle",
    why: 'Another subject could read the passwords.',
    type: 'azurerm_federated_identity_credential',
    where: ({ address }) => address !== KEDA,
    path: 'subject',
    is: ['system:serviceaccount:moodle:moodle'],
    planted: 'system:serviceaccount:default:default',
  }),
  argument({
    name: 'KEDA is only KEDA',
    why: 'Its subject is of a namespace where others run too.',
    type: 'azurerm_federated_identity_credential',
    where: ({ address }) => address === KEDA,
    path: 'subject',
    is: ['system:serviceaccount:kube-system:keda-operator'],
    planted: 'system:serviceaccount:kube-system:default',
  }),
  argument({
    name: 'KEDA may only read metrics',
    why: 'An autoscaler needs no more.',
    type: 'azurerm_role_assignment',
    where: ({ address }) => address.startsWith('azurerm_role_assignment.autoscaler'),
    path: 'role_definition_name',
    is: ['Monitoring Data Reader'],
    planted: 'Contributor',
  }),
  argument({
    name: 'tokens are made for Azure',
    why: 'A token for another audience is refused.',
    type: 'azurerm_federated_identity_credential',
    path: 'audience',
    is: [['api://AzureADTokenExchange']],
    planted: ['sts.amazonaws.com'],
  }),
  {
    name: 'no password is made where the state keeps it',
    why: 'A state is read by everybody who may plan.',
    root: 'infra',
    check: (plan) =>
      ['random_password', 'random_string'].flatMap((type) => resources(plan, type)).map(({ address }) => address),
    plant: (plan) => add(plan, 'random_password', {}),
  },
];
