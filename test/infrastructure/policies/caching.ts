/** What Front Door keeps for everybody, and what never. */
import { at, list, type Plan, put, resources, text } from '../plan-json.ts';
import { argument, drop, one, type Policy } from '../policy.ts';

const root = 'infra/frontend';
const rule = 'azurerm_cdn_frontdoor_rule';

const cached = (plan: Plan) =>
  resources(plan, rule).filter(
    ({ values }) =>
      !['Disabled', ''].includes(text(values, 'actions.0.route_configuration_override.0.caching.0.behaviour')),
  );

/** Scripts of Moodle whose answers are the same for everybody. */
const SHARED = /^(theme\/\w+\.php|lib\/(javascript|requirejs)\.php)$/;

export const cachingPolicies: Policy[] = [
  argument({
    root,
    name: 'the route itself caches nothing',
    why: 'A page belongs to one person; the next one would see it.',
    type: 'azurerm_cdn_frontdoor_route',
    path: 'cache',
    is: (value) => value === undefined || (Array.isArray(value) && value.length === 0),
    planted: [{ query_string_caching_behavior: 'UseQueryString' }],
  }),
  {
    name: 'only what is the same for everybody is cached',
    why: 'A cached page of one person is shown to the next.',
    root,
    check: (plan) =>
      cached(plan).flatMap(({ address, values }) =>
        list(values, 'conditions.0.request_path.0.values')
          .filter((path) => !SHARED.test(String(path)))
          .map((path) => `${address} caches ${String(path)}`)
          .concat(
            list(values, 'conditions.0.request_path.0.values').length === 0 ? [`${address} caches every path`] : [],
          ),
      ),
    plant: (plan) =>
      put(one(plan, rule, (found) => cached(plan).includes(found)).values, 'conditions.0.request_path.0.values', [
        'my/',
      ]),
  },
  {
    name: 'only reading is cached',
    why: 'An answer to a form is for its sender.',
    root,
    check: (plan) =>
      cached(plan)
        .filter(
          ({ values }) =>
            !list(values, 'conditions.0.request_method.0.values').every((method) =>
              ['GET', 'HEAD'].includes(String(method)),
            ) || list(values, 'conditions.0.request_method').length === 0,
        )
        .map(({ address }) => `${address} caches more than GET and HEAD`),
    plant: (plan) =>
      put(one(plan, rule, (found) => cached(plan).includes(found)).values, 'conditions.0.request_method', []),
  },
  {
    name: 'Moodle decides how long something is cached',
    why: 'It says "no-store" while a theme is being designed.',
    root,
    check: (plan) =>
      cached(plan)
        .filter(
          ({ values }) =>
            text(values, 'actions.0.route_configuration_override.0.caching.0.behaviour') !== 'HonorOrigin',
        )
        .map(({ address }) => `${address} overrides it`),
    plant: (plan) =>
      put(
        one(plan, rule, (found) => cached(plan).includes(found)).values,
        'actions.0.route_configuration_override.0.caching.0.behaviour',
        'OverrideAlways',
      ),
  },
  {
    name: 'static files are compressed',
    why: 'Ten files for each of 400,000 people.',
    root,
    check: (plan) =>
      cached(plan).some(
        ({ values }) => at(values, 'actions.0.route_configuration_override.0.caching.0.compression_enabled') === true,
      )
        ? []
        : ['nothing is compressed'],
    plant: (plan) => drop(plan, ({ type }) => type === rule),
  },
  {
    name: 'files of courses and people are never cached',
    why: 'Moodle checks at each request who may see them.',
    root,
    check(plan) {
      const [personal] = resources(plan, rule).filter(({ values }) =>
        list(values, 'conditions.0.request_path.0.values').includes('pluginfile.php'),
      );
      return text(personal?.values, 'actions.0.route_configuration_override.0.caching.0.behaviour') === 'Disabled'
        ? []
        : ['pluginfile.php may be cached'];
    },
    plant: (plan) => drop(plan, ({ type, name }) => type === rule && name === 'personal_files'),
  },
  {
    name: 'joined scripts are told apart by their query',
    why: 'yui_combo.php names the scripts to join there: one answer for all would break every page.',
    root,
    check: (plan) =>
      cached(plan)
        .filter(
          ({ values }) =>
            text(values, 'actions.0.route_configuration_override.0.caching.0.query_string_behaviour') !==
            'UseQueryString',
        )
        .map(({ address }) => `${address} ignores the query`),
    plant: (plan) =>
      put(
        one(plan, rule, (found) => cached(plan).includes(found)).values,
        'actions.0.route_configuration_override.0.caching.0.query_string_behaviour',
        'IgnoreQueryString',
      ),
  },
];
