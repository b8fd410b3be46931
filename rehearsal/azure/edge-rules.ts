/**
 * What Terraform told Front Door's edge to do with a request: route, rule set and firewall, read anew from what it made. Only
 * what this product uses is known; anything else ends the rehearsal by name.
 *
 * Follows azurerm's resources, and "Azure Front Door rule set" for the order of rules and for paths without their first slash.
 */
import { asValues, type Value, type Values } from '../terraform/provider/values.ts';
import type { AzureState } from './state.ts';

/** A request as rules look at it. */
export interface EdgeRequest {
  method: string;
  /** Path and query, as the client sent them. */
  url: string;
  client: string;
}

/** What is to be done with it. */
export interface EdgeVerdict {
  /** There is a route for it. */
  routed: boolean;
  /** The firewall refuses it. */
  blocked: boolean;
  cached: boolean;
  /** Headers of the answer that replace the origin's. */
  headers: readonly (readonly [name: string, value: string])[];
}

/** How the edge is told: of a request, and whether plain HTTP is redirected. */
export interface EdgeRules {
  judge(request: EdgeRequest): EdgeVerdict;
  redirectsToHttps(): boolean;
}

/** Reads the rules from Terraform's resources. `notSimulated` is told of what nothing here follows. */
export function edgeRules(state: AzureState, notSimulated: (what: string) => void): EdgeRules {
  const requests = new Map<string, number>();
  const ofType = (type: string): Values[] =>
    Object.values(state.terraform)
      .filter((resource) => resource.type === `azurerm_cdn_frontdoor_${type}`)
      .map(({ values }) => values);
  const route = (): Values | undefined => ofType('route').find(({ enabled }) => enabled !== false);
  return {
    redirectsToHttps: () => route()?.https_redirect_enabled === true,
    judge(request) {
      const taken = route();
      if (taken === undefined) return { routed: false, blocked: false, cached: false, headers: [] };
      const blocked =
        ofType('security_policy').length > 0 && ofType('firewall_policy').some((policy) => blocks(policy));
      const sets = textsOf(taken.cdn_frontdoor_rule_set_ids);
      const rules = ofType('rule').filter(({ cdn_frontdoor_rule_set_id: set }) => sets.includes(String(set)));
      return { routed: true, blocked, ...applyRules(rules, request, notSimulated) };

      function blocks(policy: Values): boolean {
        return listOf(policy.custom_rule).some(
          (rule) =>
            policy.mode === 'Prevention' &&
            rule.action === 'Block' &&
            (rule.type === 'MatchRule'
              ? listOf(rule.match_condition).every((condition) => matches(condition, request, notSimulated))
              : isTooMany(rule, request)),
        );
      }
    },
  };

  /** Requests of one address in one minute, whatever they are for. */
  function isTooMany(rule: Values, { client }: EdgeRequest): boolean {
    const key = `${client} ${Math.floor(Date.now() / 60_000)}`;
    const count = (requests.get(key) ?? 0) + 1;
    requests.set(key, count);
    return count > Number(rule.rate_limit_threshold);
  }
}

function applyRules(
  rules: readonly Values[],
  request: EdgeRequest,
  notSimulated: (what: string) => void,
): Pick<EdgeVerdict, 'cached' | 'headers'> {
  const headers: [string, string][] = [];
  let cached = false;
  for (const rule of [...rules].sort((a, b) => Number(a.order) - Number(b.order))) {
    const conditions = Object.entries(listOf(rule.conditions)[0] ?? {});
    const holds = conditions.every(([name, list]) =>
      listOf(list).every((condition) => fits(name, condition, request, notSimulated)),
    );
    if (!holds) continue;
    for (const [name, list] of Object.entries(listOf(rule.actions)[0] ?? {}))
      for (const action of listOf(list)) {
        if (name === 'modify_response_header' && action.operator === 'Overwrite')
          headers.push([String(action.header_name).toLowerCase(), String(action.header_value)]);
        else if (name === 'route_configuration_override')
          cached = listOf(action.caching).some(({ behaviour }) => behaviour === 'HonorOrigin');
        else notSimulated(`action ${name} of a Front Door rule`);
      }
    if (rule.behaviour_on_match === 'Stop') break;
  }
  return { cached, headers };
}

function fits(name: string, condition: Values, request: EdgeRequest, notSimulated: (what: string) => void): boolean {
  const values = textsOf(condition.values);
  const path = request.url.replace(/\?.*$/, '').slice(1);
  if (name === 'request_path' && condition.operator === 'BeginsWith')
    return values.some((value) => path.startsWith(value));
  if (name === 'request_method' && condition.operator === 'Equal') return values.includes(request.method);
  notSimulated(`condition ${name} ${String(condition.operator)} of a Front Door rule`);
  return false;
}

/** A condition of the firewall. `transforms` make the address lower case and decode it. */
function matches(condition: Values, request: EdgeRequest, notSimulated: (what: string) => void): boolean {
  if (condition.match_variable === 'RequestUri' && condition.operator === 'Contains') {
    let address = request.url;
    for (const transform of textsOf(condition.transforms))
      if (transform === 'Lowercase') address = address.toLowerCase();
      else if (transform === 'URLDecode') address = decode(address);
      else notSimulated(`transform ${transform} of a firewall rule`);
    return textsOf(condition.match_values).some((value) => address.includes(value));
  }
  notSimulated(`condition ${String(condition.match_variable)} ${String(condition.operator)} of a firewall rule`);
  return false;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function listOf(value: Value | undefined): Values[] {
  return Array.isArray(value) ? value.map((entry) => asValues(entry)) : [];
}

function textsOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
