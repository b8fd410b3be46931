/** What browsers are told about the site. */
import { list, type Plan, resources, text } from '../plan-json.ts';
import { add, drop, type Policy } from '../policy.ts';

const root = 'infra/frontend';
const rule = 'azurerm_cdn_frontdoor_rule';

/** The headers that Front Door sets, with their values. */
const headers = (plan: Plan): Map<string, string> =>
  new Map(
    resources(plan, rule).flatMap(({ values }) =>
      list(values, 'actions.0.modify_response_header').map((header): [string, string] => [
        text(header, 'header_name'),
        text(header, 'header_value'),
      ]),
    ),
  );

function header(name: string, why: string, header: string, value: RegExp): Policy {
  return {
    name,
    why,
    root,
    check: (plan) => (value.test(headers(plan).get(header) ?? '') ? [] : [`${header} is ${headers(plan).get(header)}`]),
    plant: (plan) => drop(plan, ({ type, name }) => type === rule && name === 'security_headers'),
  };
}

export const browserHeaderPolicies: Policy[] = [
  header(
    'browsers stay on HTTPS',
    'The first request of the next visit would be in clear.',
    'Strict-Transport-Security',
    /^max-age=\d{8,}/,
  ),
  header(
    'browsers do not guess types',
    'An uploaded text that is taken for a script runs as the site.',
    'X-Content-Type-Options',
    /^nosniff$/,
  ),
  header(
    'other sites are not told which course a link was in',
    'The path of a page says what somebody learns.',
    'Referrer-Policy',
    /^(strict-origin|strict-origin-when-cross-origin|same-origin|no-referrer)$/,
  ),
  {
    name: 'Moodle says who may show it in a frame',
    why: 'It alone knows the exceptions: the mobile app, LTI, embedded H5P. A value from outside would break them.',
    root,
    check: (plan) =>
      ['X-Frame-Options', 'Content-Security-Policy']
        .filter((name) => headers(plan).has(name))
        .map((name) => `${name} is overwritten`),
    plant: (plan) =>
      add(plan, rule, {
        actions: [{ modify_response_header: [{ header_name: 'X-Frame-Options', header_value: 'DENY' }] }],
      }),
  },
];
