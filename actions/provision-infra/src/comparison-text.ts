/** The comparison of a reviewed plan with the one of now, for the log and for the summary. Pure. */
import { escapeMarkdown, firstOf, inlineCode, table } from '#toolkit/action/markdown';
import type { AttributeDifference, PlanDifference } from './comparison.ts';

/** More is not read; the rest is counted. */
const MOST_RESOURCES = 50;
const MOST_ATTRIBUTES = 20;

const NOT_PLANNED = 'nothing';

/** What is compared, in words. */
export interface Comparison {
  /** What else differs: variables, versions. */
  inputs: readonly string[];
  differences: readonly PlanDifference[];
}

/** Lines for the log. */
export function comparisonLines({ inputs, differences }: Comparison): string[] {
  const { shown, left } = firstOf(differences, MOST_RESOURCES);
  return [
    ...inputs,
    ...shown.flatMap(({ key, reviewed, now, attributes }) => {
      const rows = firstOf(attributes, MOST_ATTRIBUTES);
      return [
        `${key}: reviewed ${reviewed ?? NOT_PLANNED}, now ${now ?? NOT_PLANNED}`,
        ...rows.shown.map((attribute) => `  ${attribute.path}: reviewed ${attribute.reviewed}, now ${attribute.now}`),
        ...(rows.left === 0 ? [] : [`  … and ${rows.left} more attributes`]),
      ];
    }),
    ...(left === 0 ? [] : [`… and ${left} more resources`]),
  ];
}

/** Markdown for the job summary. */
export function comparisonMarkdown({ inputs, differences }: Comparison): string {
  const { shown, left } = firstOf(differences, MOST_RESOURCES);
  const rows = shown.flatMap(({ key, reviewed, now, attributes }) => {
    const some = firstOf(attributes, MOST_ATTRIBUTES);
    const action = [inlineCode(key), escapeMarkdown(reviewed ?? NOT_PLANNED), escapeMarkdown(now ?? NOT_PLANNED)];
    return [
      action,
      ...some.shown.map(attributeRow),
      ...(some.left === 0 ? [] : [[`… and ${some.left} more attributes`, '', '']]),
    ];
  });
  return [
    ...inputs.map(escapeMarkdown),
    ...(rows.length === 0 ? [] : [table(['Resource', 'Reviewed', 'Now'], rows)]),
    ...(left === 0 ? [] : [`… and ${left} more resources.`]),
  ].join('\n\n');
}

function attributeRow({ path, reviewed, now }: AttributeDifference): string[] {
  return [`&emsp;${inlineCode(path)}`, inlineCode(reviewed), inlineCode(now)];
}
