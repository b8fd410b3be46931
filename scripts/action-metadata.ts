/** Renders what is generated from an action's contract: action.yml and the tables of its README. Pure. */
import type { Contract, InputSpec, OutputSpec } from '#toolkit/action/contract';

const NOTICE = '# Generated from src/contract.ts by `npm run generate`. Do not edit.';

/** A YAML double-quoted scalar; JSON's escapes are a subset of YAML's. */
const quoted = (text: string): string => JSON.stringify(text);

/** The kind of an input, for a table: `enum: plan, apply`. */
function kindOf(spec: InputSpec | OutputSpec): string {
  if ('min' in spec) return `integer, ${spec.min} to ${spec.max}`;
  if ('values' in spec && spec.values !== undefined) return spec.values.map((value) => `\`${value}\``).join(', ');
  if (spec.type === 'list') return 'list, one a line';
  if (spec.type === 'duration') return 'duration (`90s`, `15m`, `2h`)';
  return spec.type ?? 'string';
}

/** The action.yml of a contract. */
export function renderActionYml(contract: Contract): string {
  const inputs = Object.entries(contract.inputs).flatMap(([name, spec]) => [
    `  ${name}:`,
    `    description: ${quoted(spec.description)}`,
    `    required: ${spec.required === true}`,
    ...(spec.default === undefined ? [] : [`    default: ${quoted(spec.default)}`]),
  ]);
  const outputs = Object.entries(contract.outputs).flatMap(([name, spec]) => [
    `  ${name}:`,
    `    description: ${quoted(spec.description)}`,
  ]);
  return [
    NOTICE,
    `name: ${quoted(contract.name)}`,
    `description: ${quoted(contract.description)}`,
    'author: Moodle High Scale contributors',
    'branding:',
    `  icon: ${contract.branding.icon}`,
    `  color: ${contract.branding.color}`,
    'inputs:',
    ...inputs,
    'outputs:',
    ...outputs,
    'runs:',
    '  using: node24',
    '  main: dist/index.js',
    '  post: dist/post.js',
    '',
  ].join('\n');
}

/** A cell: one line, pipes escaped. */
const cell = (text: string): string => text.replace(/\s+/g, ' ').replace(/\|/g, '\\|');

/** The input and output tables of a contract. */
export function renderTables(contract: Contract): string {
  const inputs = Object.entries(contract.inputs).map(([name, spec]) => {
    const fallback = spec.required ? '**required**' : spec.default === undefined ? '' : `\`${spec.default}\``;
    return `| \`${name}\` | ${kindOf(spec)} | ${fallback} | ${cell(spec.description)} |`;
  });
  const outputs = Object.entries(contract.outputs).map(
    ([name, spec]) => `| \`${name}\` | ${kindOf(spec)} | ${cell(spec.description)} |`,
  );
  return [
    '### Inputs',
    '',
    '| Input | Kind | Default | What it is |',
    '| --- | --- | --- | --- |',
    ...inputs,
    '',
    '### Outputs',
    '',
    '| Output | Kind | What it is |',
    '| --- | --- | --- |',
    ...outputs,
  ].join('\n');
}

const START = '<!-- generated: contract -->';
const END = '<!-- end -->';

/** The README with its tables renewed between the two markers. */
export function renewReadme(readme: string, contract: Contract): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`The README of ${contract.name} lacks the lines ${START} and ${END}.`);
  return `${readme.slice(0, start)}${START}\n\n${renderTables(contract)}\n\n${readme.slice(end)}`;
}
