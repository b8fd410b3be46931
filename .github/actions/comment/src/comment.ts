import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputsOf } from '#toolkit/action/contract';
import type { ActionContext, ActionResult } from '#toolkit/action/run';
import { UserError } from '#toolkit/errors';
import { commentOfRun } from '#toolkit/github/comment-of-run';
import { isSectionKey } from '#toolkit/github/comment-sections';
import { postComment } from '#toolkit/github/post-comment';
import type { contract } from './contract.ts';

/** Writes the sections; where the comment cannot be written, they become the job summary. */
export async function comment(context: ActionContext<typeof contract>): Promise<ActionResult<typeof contract>> {
  const { githubToken: token, pullRequest, name } = context.inputs;
  if (!isSectionKey(name))
    throw new UserError(`Input "name" must be made of letters, digits, ".", "_", "/" and "-"; it is "${name}".`);
  const texts = readSections(context.inputs);
  const url = await postComment(commentOfRun(context, { token, pullRequest, name, texts }));
  return {
    outputs: { commentUrl: url ?? '' },
    ...(url === undefined ? { summary: Object.values(texts).join('\n\n') } : {}),
  };
}

function readSections({ sections: given, folder }: InputsOf<typeof contract>): Record<string, string> {
  const listed =
    Array.isArray(given) && folder !== undefined ? given.map((key) => [key, textOf(folder, key)]) : undefined;
  const entries = listed ?? (Array.isArray(given) ? [] : Object.entries(given ?? {}));
  if (entries.length === 0)
    throw new UserError(
      'Input "sections" must be a JSON object with a text for each section, or with "folder" a list of their names, and it has none.',
    );
  return Object.fromEntries(
    entries.map(([key, text]) => {
      if (typeof key !== 'string' || !isSectionKey(key))
        throw new UserError(
          `Input "sections": a key must be made of letters, digits, ".", "_", "/" and "-"; it is "${key}".`,
        );
      if (typeof text !== 'string') throw new UserError(`Input "sections": "${key}" must be a text.`);
      return [key, text.trim() === '' ? failedSection(key) : text];
    }),
  );
}

/** The text of a section that an artifact has brought. A plan that failed has left none. */
function textOf(folder: string, key: unknown): string {
  const file = join(folder, `preview-${key}`, 'preview.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** A job that failed has no outputs, and must not be taken for one that has nothing to do. */
function failedSection(key: string): string {
  return [
    `### ${key}: the plan failed`,
    '> [!CAUTION]\n> What would be done here is not known. The log of the run says why.',
  ].join('\n\n');
}
