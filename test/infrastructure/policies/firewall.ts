/** The web application firewall in front of the site, and its rate limit. */
import { at, list, number, type Plan, put, resources } from '../plan-json.ts';
import { argument, one, type Policy } from '../policy.ts';

const root = 'infra/frontend';
const waf = 'azurerm_cdn_frontdoor_firewall_policy';

/** The rules of its own, as blocks. */
const custom = (plan: Plan): unknown[] => list(one(plan, waf).values, 'custom_rule');

const rateLimits = (plan: Plan): unknown[] => custom(plan).filter((rule) => at(rule, 'type') === 'RateLimitRule');

/** Changes the rate limit of a plan. */
function plantInLimit(plan: Plan, path: string, value: unknown): void {
  const [limit] = rateLimits(plan);
  put(limit as Record<string, unknown>, path, value);
}

export const firewallPolicies: Policy[] = [
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
  argument({
    root,
    name: 'the firewall guards every path',
    why: 'Azure takes no other pattern.',
    type: 'azurerm_cdn_frontdoor_security_policy',
    path: 'security_policies.0.firewall.0.association.0.patterns_to_match',
    is: [['/*']],
    planted: ['/login'],
  }),
  {
    name: 'requests of one address are counted',
    why: 'A script that floods the site must be seen, and can be stopped by one variable.',
    root,
    check: (plan) =>
      rateLimits(plan).some(
        (limit) =>
          at(limit, 'match_condition.0.selector') === 'Host' &&
          at(limit, 'match_condition.0.operator') === 'GreaterThanOrEqual' &&
          at(limit, 'rate_limit_duration_in_minutes') === 1,
      )
        ? []
        : ['no rate limit counts every request'],
    plant: (plan) => put(one(plan, waf).values, 'custom_rule', []),
  },
  {
    name: 'the rate limit shuts nobody out by itself',
    why: 'A university behind one address would lose its exam to a threshold that nobody has tried.',
    root,
    check: (plan) =>
      rateLimits(plan)
        .filter((limit) => at(limit, 'action') !== 'Log')
        .map((limit) => `its action is ${String(at(limit, 'action'))}`),
    plant: (plan) => plantInLimit(plan, 'action', 'Block'),
  },
  {
    name: 'the firewall takes the rate limit of the platform',
    why: 'Only the platform knows how many users there are.',
    root,
    check: (plan) =>
      rateLimits(plan)
        .filter((limit) => at(limit, 'rate_limit_threshold') !== plan.variables.rate_limit_per_minute?.value)
        .map((limit) => `its threshold is ${String(at(limit, 'rate_limit_threshold'))}`),
    plant: (plan) => plantInLimit(plan, 'rate_limit_threshold', 1000),
  },
  {
    name: 'the rate limit lets a university through',
    why: 'Everybody behind one address opens six pages and their files in the first minute of an exam.',
    root: 'infra',
    check(plan) {
      const most = Math.min(Number(plan.variables.concurrent_users?.value), 64_000);
      const limit = number(plan.planned_values.outputs, 'rate_limit_per_minute.value');
      return limit >= 60 * most ? [] : [`${limit} requests a minute for ${most} users`];
    },
    plant: (plan) => put(plan.planned_values.outputs, 'rate_limit_per_minute.value', 10_000),
  },
  {
    name: "Moodle's web installer is closed",
    why: 'Whoever comes first would own the site.',
    root,
    check: (plan) =>
      custom(plan).some(
        (rule) =>
          at(rule, 'action') === 'Block' && list(rule, 'match_condition.0.match_values').includes('/install.php'),
      )
        ? []
        : ['no rule blocks /install.php'],
    plant: (plan) => put(one(plan, waf).values, 'custom_rule', []),
  },
  {
    name: 'what teachers write is not taken for an attack',
    why: 'The HTML of a question would be refused while it is being saved.',
    root,
    check: (plan) =>
      list(one(plan, waf).values, 'managed_rule').some(
        (managed) =>
          at(managed, 'type') === 'Microsoft_DefaultRuleSet' && at(managed, 'exclusion.0.selector') === '[text]',
      )
        ? []
        : ['fields of the editor are not excluded'],
    plant: (plan) => put(one(plan, waf).values, 'managed_rule.0.exclusion', []),
  },
  {
    name: 'one firewall guards every host name',
    why: 'A name without it is a way around it.',
    root,
    check: (plan) => {
      const associations = resources(plan, 'azurerm_cdn_frontdoor_security_policy').flatMap(({ values }) =>
        list(values, 'security_policies.0.firewall.0.association.0.domain'),
      );
      const names = plan.variables.domain?.value === '' ? 1 : 2;
      return associations.length >= names ? [] : [`${associations.length} of ${names} names are guarded`];
    },
    plant: (plan) =>
      put(
        one(plan, 'azurerm_cdn_frontdoor_security_policy').values,
        'security_policies.0.firewall.0.association.0.domain',
        [],
      ),
  },
];
