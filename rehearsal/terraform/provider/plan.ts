/**
 * What a provider does at plan and at apply, told by the schema alone. A plan is a pure function of its arguments, since
 * core makes it again at apply and compares.
 */
import type { Attribute, Block, NestedBlock, Type } from './schema.ts';
import { asValues, isEqual, isObject, Unknown, unknown, type Value, type Values } from './values.ts';

/** A path into a value: names of attributes and indexes of lists. */
export type Path = (string | number)[];

/**
 * The planned value: what core proposes, with defaults where nothing is configured and unknowns where the provider will
 * decide. Core has put prior values of computed attributes into `proposed` already, except into the blocks of a set that
 * it couldn't recognise.
 *
 * @param prior the present value, or nothing when the resource or block is new
 */
export function planBlock(block: Block, prior: Values | undefined, proposed: Values): Values {
  const planned: Values = {};
  for (const [name, attribute] of Object.entries(block.attributes))
    planned[name] = planAttribute(attribute, prior === undefined, proposed[name] ?? null);
  for (const [name, nested] of Object.entries(block.blocks))
    planned[name] = planNested(nested, prior?.[name], proposed[name] ?? null);
  return planned;
}

function planAttribute(attribute: Attribute, isNew: boolean, proposed: Value): Value {
  if (attribute.writeOnly === true) return null;
  if (proposed !== null) return proposed;
  if (attribute.default !== undefined) return attribute.default;
  return attribute.computed === true && isNew ? unknown : null;
}

function planNested({ nesting, block }: NestedBlock, prior: Value | undefined, proposed: Value): Value {
  // A dynamic block whose number is not known.
  if (proposed instanceof Unknown) return proposed;
  if (nesting === 'single')
    return isObject(proposed)
      ? planBlock(block, isObject(prior) ? (prior as Values) : undefined, proposed as Values)
      : null;
  const before = Array.isArray(prior) ? prior.map(asValues) : [];
  const after = Array.isArray(proposed) ? proposed.map(asValues) : [];
  if (nesting === 'list') return after.map((element, index) => planBlock(block, before[index], element));
  return after.map((element) => {
    const known = before.find((candidate) => covers(block, candidate, element));
    return planBlock(block, known, known === undefined ? element : { ...known, ...withoutNulls(element) });
  });
}

/** Whether a block of a set is the one that is there: everything configured or defaulted is equal. */
function covers(block: Block, present: Values, proposed: Values): boolean {
  const attributes = Object.entries(block.attributes).every(([name, attribute]) => {
    const wanted = proposed[name] ?? attribute.default ?? null;
    return (wanted === null && attribute.computed === true) || isEqual(wanted, present[name] ?? null);
  });
  return attributes && Object.keys(block.blocks).every((name) => isEqual(proposed[name], present[name]));
}

function withoutNulls(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** Where the plan differs from the present in something that only a new resource can have. */
export function replacements(
  block: Block,
  prior: Values | undefined,
  planned: Values | undefined,
  at: Path = [],
): Path[] {
  const attributes = Object.entries(block.attributes)
    .filter(([name, { forceNew }]) => forceNew === true && !isEqual(prior?.[name] ?? null, planned?.[name] ?? null))
    .map(([name]) => [...at, name]);
  const blocks = Object.entries(block.blocks).flatMap(([name, nested]) =>
    nestedReplacements(nested, prior?.[name], planned?.[name], [...at, name]),
  );
  return [...attributes, ...blocks];
}

function nestedReplacements(
  nested: NestedBlock,
  prior: Value | undefined,
  planned: Value | undefined,
  at: Path,
): Path[] {
  if (nested.nesting === 'single') return replacements(nested.block, asValues(prior), asValues(planned), at);
  const before = Array.isArray(prior) ? prior.map(asValues) : [];
  const after = Array.isArray(planned) ? planned.map(asValues) : [];
  if (nested.forceNew === true && before.length !== after.length) return [at];
  if (nested.nesting === 'set') {
    // The protocol has no path into an element of a set, and a changed element is one that went and one that came.
    const gone = before.filter((element) => !after.some((other) => isEqual(element, other)));
    const come = after.filter((element) => !before.some((other) => isEqual(element, other)));
    return [...gone, ...come].some((element) => replacements(nested.block, undefined, element).length > 0) ? [at] : [];
  }
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
    replacements(nested.block, before[index], after[index], [...at, index]),
  ).flat();
}

/** Makes up the value of an unknown attribute; `path` joins the names that lead to it with dots. */
export type Decide = (path: string, type: Type) => Value;

/** The value after an apply: the plan with every unknown decided. */
export function completeBlock(block: Block, planned: Values, decide: Decide, path = ''): Values {
  const complete: Values = {};
  for (const [name, { type }] of Object.entries(block.attributes))
    complete[name] = completeValue(type, planned[name] ?? null, decide, `${path}${name}`);
  for (const [name, nested] of Object.entries(block.blocks)) {
    const value = planned[name] ?? null;
    if (Array.isArray(value))
      complete[name] = value.map((element) =>
        completeBlock(nested.block, asValues(element), decide, `${path}${name}.`),
      );
    else
      complete[name] = isObject(value) ? completeBlock(nested.block, value as Values, decide, `${path}${name}.`) : null;
  }
  return complete;
}

/** An attribute may be known in part: a list whose elements are not. */
function completeValue(type: Type, planned: Value, decide: Decide, path: string): Value {
  if (planned instanceof Unknown) return decide(path, type);
  if (typeof type === 'string' || planned === null) return planned;
  const [kind, inner] = type;
  if (kind === 'object')
    return Object.fromEntries(
      Object.entries(inner).map(([name, part]) => [
        name,
        completeValue(part, asValues(planned)[name] ?? null, decide, `${path}.${name}`),
      ]),
    );
  if (Array.isArray(planned)) return planned.map((element) => completeValue(inner, element, decide, path));
  return Object.fromEntries(
    Object.entries(asValues(planned)).map(([key, element]) => [key, completeValue(inner, element, decide, path)]),
  );
}

/**
 * What of the configuration a provider may send on: write-only arguments, at creation, and afterwards only when the
 * argument of the same name with `_version` has changed.
 */
export function writeOnlyValues(block: Block, config: Values, prior: Values | undefined): Values {
  return Object.fromEntries(
    Object.entries(block.attributes)
      .filter(([name, { writeOnly }]) => writeOnly === true && (config[name] ?? null) !== null)
      .filter(
        ([name]) =>
          prior === undefined || !isEqual(prior[`${name}_version`] ?? null, config[`${name}_version`] ?? null),
      )
      .map(([name]) => [name, config[name] ?? null]),
  );
}
