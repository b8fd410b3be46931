/**
 * The secrets that a plan tells of: whatever a provider or the configuration marks as sensitive, whatever a rule hides, in
 * every resource and also in those that stay as they are. The same text is a secret wherever else it stands. Pure.
 */
import type { PlanJson, PlannedValueChange } from '#toolkit/terraform/plan-format';
import {
  type Hiding,
  hiddenAttributes,
  hidingInside,
  hidingOfAttribute,
  isPasswordLike,
  writtenSecrets,
} from './secret-rules.ts';

/** Shorter texts are hidden where they are marked, and nowhere else: `true` and `admin` are in every plan. */
export const SHORTEST_SECRET = 8;

/** Every secret text of a plan of at least `SHORTEST_SECRET` characters, whole and line by line. */
export function secretValues(plan: PlanJson): Set<string> {
  const found = new Set<string>();
  for (const { type, name = '', change } of plan.resource_changes) fromChange(found, type, name, change);
  for (const { type, name = '', change } of plan.resource_drift) fromChange(found, type, name, change);
  for (const { resource_change: resource } of plan.deferred_changes ?? [])
    fromChange(found, resource.type, resource.name ?? '', resource.change);
  for (const { type, values, sensitive_values } of plan.data_resources)
    fromResource(found, type, '', values, sensitive_values);
  for (const [name, change] of Object.entries(plan.output_changes)) fromChange(found, '', '', wrapped(name, change));
  for (const { config_values, config_sensitive } of plan.action_invocations ?? [])
    fromResource(found, '', '', config_values, config_sensitive);
  for (const name of plan.sensitive_variables) addAll(found, plan.variables[name]?.value);
  return found;
}

/** An output as if it were the one attribute of a resource. */
function wrapped(name: string, change: PlannedValueChange): PlannedValueChange {
  const { actions, before, after, before_sensitive, after_sensitive } = change;
  return {
    actions,
    before: { [name]: before },
    after: { [name]: after },
    before_sensitive: { [name]: before_sensitive },
    after_sensitive: { [name]: after_sensitive },
  };
}

function fromChange(found: Set<string>, type: string, name: string, change: PlannedValueChange): void {
  const stays = change.actions[0] === 'no-op';
  // What stays as it is has the same attributes twice; the marks may differ.
  fromResource(found, type, name, change.before, change.before_sensitive);
  if (!stays) fromResource(found, type, name, change.after, change.after_sensitive);
  else if (change.after_sensitive !== undefined) fromMarks(found, change.after, change.after_sensitive);
}

function fromResource(found: Set<string>, type: string, label: string, values: unknown, marks: unknown): void {
  if (marks !== undefined) fromMarks(found, values, marks);
  if (typeof values !== 'object' || values === null) return;
  const hidden = hiddenAttributes(type);
  const isRandom = type.startsWith('random_');
  for (const name in values) {
    const value = (values as Record<string, unknown>)[name];
    const hiding = hidingOfAttribute(hidden, name, values);
    if (isRandom && hiding === 'all' && !(typeof value === 'string' && isPasswordLike(type, label, value))) continue;
    fromRules(found, value, hiding);
  }
}

/** What is marked. */
function fromMarks(found: Set<string>, value: unknown, marks: unknown): void {
  if (marks === true) addAll(found, value);
  else if (typeof marks === 'object' && marks !== null && typeof value === 'object' && value !== null)
    for (const key in marks)
      fromMarks(found, (value as Record<string, unknown>)[key], (marks as Record<string, unknown>)[key]);
}

/** What a rule hides. */
function fromRules(found: Set<string>, value: unknown, hiding: Hiding): void {
  if (hiding === 'all') addAll(found, value);
  else if (typeof value === 'string') {
    if (hiding === 'texts') add(found, value);
    else addParts(found, value);
  } else if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) for (const item of value) fromRules(found, item, hiding);
    else
      for (const key in value)
        fromRules(found, (value as Record<string, unknown>)[key], hidingInside(hiding, key, value));
  }
}

/** Every text and long number in a value. */
function addAll(found: Set<string>, value: unknown): void {
  if (typeof value === 'string') add(found, value);
  else if (typeof value === 'number') add(found, String(value));
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) addAll(found, inner);
}

function add(found: Set<string>, text: string): void {
  if (text.length < SHORTEST_SECRET) return;
  if (found.has(text)) return;
  found.add(text);
  if (text.includes('\n'))
    for (const line of text.split('\n')) if (line.trim().length >= SHORTEST_SECRET) found.add(line.trim());
  addParts(found, text);
}

/** Secrets inside a text: the password of a connection string, fields of JSON. */
function addParts(found: Set<string>, text: string): void {
  if (text.length < SHORTEST_SECRET) return;
  for (const secret of writtenSecrets(text)) if (secret.length >= SHORTEST_SECRET) found.add(secret);
  const json = BEGINS_LIKE_JSON.test(text) && MAY_HOLD_SECRETS.test(text) ? parsedJson(text) : undefined;
  if (json !== undefined) fromRules(found, json, 'open');
}

const BEGINS_LIKE_JSON = /^\s*[[{]/;
/** JSON is parsed only when it has a name that could be a secret's. */
const MAY_HOLD_SECRETS = /pass|pwd|secret|token|cred|key|sas|conn|kube/i;

/** The object or list that a text is the JSON of. */
export function parsedJson(text: string): object | undefined {
  if (!BEGINS_LIKE_JSON.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
