/** Front Door: profile and domain in infra/, everything that they lead to in infra/frontend/. */
import { at, list, type Plan, put, resources, text } from '../plan-json.ts';
import { add, argument, drop, one, type Policy } from '../policy.ts';

const root = 'infra/frontend';
const waf = 'azurerm_cdn_frontdoor_firewall_policy';
const route = 'azurerm_cdn_frontdoor_route';
const origin = 'azurerm_cdn_frontdoor_origin';
const group = 'azurerm_cdn_frontdoor_origin_group';
const rule = 'azurerm_cdn_frontdoor_rule';

/** Azure's limit for the message of a private link request. */
const MESSAGE_CHARACTERS = 140;

const cached = (plan: Plan) =>
  resources(plan, rule).filter(
    ({ values }) =>
      !['Disabled', ''].includes(text(values, 'actions.0.route_configuration_override.0.caching.0.behaviour')),
  );

/** Scripts of Moodle whose answers are the same for everybody. */
const SHARED = /^(theme\/\w+\.php|lib\/(javascript|requirejs)\.php)$/;

export const frontDoorPolicies: Policy[] = [
  argument({
    name: 'Front Door is Premium',
    why: 'Private origins and managed firewall rules need it.',
    type: 'azurerm_cdn_frontdoor_profile',
    path: 'sku_name',
    is: ['Premium_AzureFrontDoor'],
    planted: 'Standard_AzureFrontDoor',
  }),
  argument({
    name: 'the domain demands TLS 1.2',
    why: 'Older versions are broken.',
    environment: 'production',
    type: 'azurerm_cdn_frontdoor_custom_domain',
    path: 'tls.0.minimum_version',
    is: ['TLS12', 'TLS13'],
    planted: 'TLS10',
  }),
  argument({
    root,
    name: 'the firewall blocks',
    why: 'Detection only writes down what came through.',
    type: waf,
    path: 'mode',
    is: ['Prevention'],
    planted: 'Detection',
  }),
  argument({
    root,
    name: 'the firewall is on',
    why: 'It can be switched off with everything in place.',
    type: waf,
    path: 'enabled',
    is: [true],
    planted: false,
  }),
  argument({
    root,
    name: 'the firewall is Premium',
    why: 'The managed rules are.',
    type: waf,
    path: 'sku_name',
    is: ['Premium_AzureFrontDoor'],
    planted: 'Standard_AzureFrontDoor',
  }),
  argument({
    root,
    name: 'the firewall reads request bodies',
    why: 'Attacks on Moodle come in forms.',
    type: waf,
    path: 'request_body_check_enabled',
    is: [true],
    planted: false,
  }),
  ...['Microsoft_DefaultRuleSet', 'Microsoft_BotManagerRuleSet'].map(
    (set): Policy => ({
      name: `the firewall has ${set}`,
      why: 'Microsoft keeps it up to date.',
      root,
      check: (plan) =>
        list(one(plan, waf).values, 'managed_rule').some((managed) => at(managed, 'type') === set)
          ? []
          : [`${set} is missing`],
      plant: (plan) => put(one(plan, waf).values, 'managed_rule', []),
    }),
  ),
  {
    name: 'one address cannot flood the site',
    why: 'A limit far above a school behind one address still stops a script.',
    root,
    check: (plan) =>
      list(one(plan, waf).values, 'custom_rule').some((custom) => at(custom, 'type') === 'RateLimitRule')
        ? []
        : ['there is no rate limit'],
    plant: (plan) => put(one(plan, waf).values, 'custom_rule', []),
  },
  argument({
    root,
    name: 'the firewall guards every path',
    why: 'Azure takes no other pattern.',
    type: 'azurerm_cdn_frontdoor_security_policy',
    path: 'security_policies.0.firewall.0.association.0.patterns_to_match',
    is: [['/*']],
    planted: ['/login'],
  }),
  argument({
    root,
    name: 'HTTP becomes HTTPS',
    why: 'A password must not travel in clear.',
    type: route,
    path: 'https_redirect_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    root,
    name: 'the route takes both protocols',
    why: 'Without HTTP there is nothing to redirect.',
    type: route,
    path: 'supported_protocols',
    is: (value) => Array.isArray(value) && value.includes('Http') && value.includes('Https'),
    planted: ['Http'],
  }),
  argument({
    root,
    name: 'the route itself caches nothing',
    why: 'A page belongs to one person; the next one would see it.',
    type: route,
    path: 'cache',
    is: (value) => value === undefined || (Array.isArray(value) && value.length === 0),
    planted: [{ query_string_caching_behavior: 'UseQueryString' }],
  }),
  argument({
    root,
    environment: 'production',
    name: 'the site has one name',
    why: 'Under two names Moodle redirects from one to the other.',
    type: route,
    path: 'link_to_default_domain',
    is: [false],
    planted: true,
  }),
  argument({
    root,
    name: 'the origin group asks whether Moodle is well',
    why: 'Without a probe Front Door sends people to a dead origin.',
    type: group,
    path: 'health_probe.0.path',
    is: ['/healthz'],
    planted: undefined,
  }),
  argument({
    root,
    name: 'any pod serves anybody',
    why: 'Affinity would fill one pod after a scale-out.',
    type: group,
    path: 'session_affinity_enabled',
    is: [false],
    planted: true,
  }),
  argument({
    root,
    name: 'the origin is private',
    why: 'A public origin is a way around the firewall.',
    type: origin,
    path: 'private_link.0.private_link_target_id',
    is: (value) => String(value).includes('/privateLinkServices/'),
    planted: undefined,
  }),
  argument({
    root,
    name: 'the origin checks certificates',
    why: 'Azure demands it of private origins.',
    type: origin,
    path: 'certificate_name_check_enabled',
    is: [true],
    planted: false,
  }),
  argument({
    root,
    name: 'the request message fits',
    why: 'Azure cuts or refuses a longer one, and nobody would find the request.',
    type: origin,
    path: 'private_link.0.request_message',
    is: (value) => value === undefined || String(value).length <= MESSAGE_CHARACTERS,
    planted: 'x'.repeat(MESSAGE_CHARACTERS + 1),
  }),
  argument({
    root,
    name: 'nobody can guess the request message',
    why: 'Whoever can, is approved in our place.',
    type: 'random_id',
    path: 'byte_length',
    is: (value) => Number(value) >= 16,
    planted: 4,
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
    name: 'browsers stay on HTTPS',
    why: 'The first request of the next visit would be in clear.',
    root,
    check: (plan) =>
      headers(plan).includes('Strict-Transport-Security') ? [] : ['Strict-Transport-Security is not set'],
    plant: (plan) => drop(plan, ({ type, name }) => type === rule && name === 'security_headers'),
  },
  {
    name: 'browsers do not guess types',
    why: 'An uploaded text that is taken for a script runs as the site.',
    root,
    check: (plan) => (headers(plan).includes('X-Content-Type-Options') ? [] : ['X-Content-Type-Options is not set']),
    plant: (plan) => drop(plan, ({ type, name }) => type === rule && name === 'security_headers'),
  },
  {
    name: 'all origins are private',
    why: 'Azure takes no mixture.',
    root,
    check: (plan) =>
      resources(plan, origin)
        .filter(({ values }) => list(values, 'private_link').length === 0)
        .map(({ address }) => address),
    plant: (plan) => add(plan, origin, { host_name: 'public.example.org' }),
  },
];

const headers = (plan: Plan): string[] =>
  resources(plan, rule).flatMap(({ values }) =>
    list(values, 'actions.0.modify_response_header').map((header) => text(header, 'header_name')),
  );
