import {
  convertWorkflowTemplate,
  ErrorPolicy,
  FeatureFlags,
  getActionSchema,
  getWorkflowSchema,
  InsertExpressionToken,
  type LiteralToken,
  NoOperationTraceWriter,
  readTemplate,
  StringToken,
  TemplateContext,
  TemplateToken,
  TemplateValidationErrors,
  YamlObjectReader,
} from './gha.ts';
import type { Problems } from './problems.ts';
import { expressionsIn, type Token } from './tokens.ts';

/** GitHub's limit for one expression; a whole script with one expression in it counts as one. */
const longestExpression = 21_000;

/**
 * Reads multi-line texts by their value.
 *
 * The package's template reader takes a multi-line scalar that holds an expression from the YAML source: the
 * indentation of a `run: |` block stays, `>` is not folded, quotes are kept. Without a source it uses the value.
 */
class ValueReader extends YamlObjectReader {
  override allowLiteral(): LiteralToken | undefined {
    const token = super.allowLiteral();
    if (!(token instanceof StringToken) || token.range === undefined) return token;
    if (token.range.start.line === token.range.end.line) return token;
    return new StringToken(token.file, token.range, token.value, token.definitionInfo);
  }
}

/** A parsed file with the context that later checks report to. */
export interface Parsed {
  readonly root: Token;
  readonly context: TemplateContext;
}

/** Parses a workflow with GitHub's strict schema; findings go to `problems`, and undefined means there is no tree. */
export async function parseWorkflow(file: string, content: string, problems: Problems): Promise<Parsed | undefined> {
  const context = new TemplateContext(
    new TemplateValidationErrors(),
    getWorkflowSchema(),
    new NoOperationTraceWriter(),
  );
  const root = read(context, file, content, 'workflow-root-strict');
  // The converter serves as validator only: cycles, duplicate ids, event shapes, contexts allowed for each key.
  if (root !== undefined && context.errors.count === 0) {
    await convertWorkflowTemplate(context, root, undefined, {
      errorPolicy: ErrorPolicy.ReturnErrorsOnly,
      featureFlags: new FeatureFlags({ all: true }),
    });
  }
  return finish(context, file, root, problems);
}

/** Reports what later checks of a parsed file have found, such as an `if` that is no expression. */
export function reportLate(parsed: Pick<Parsed, 'context'>, file: string, problems: Problems): void {
  for (const error of parsed.context.errors.getErrors()) problems.add(file, error.range?.start.line, error.rawMessage);
}

/** Parses an action manifest with GitHub's strict schema. */
export function parseAction(file: string, content: string, problems: Problems): Parsed | undefined {
  const context = new TemplateContext(new TemplateValidationErrors(), getActionSchema(), new NoOperationTraceWriter());
  return finish(context, file, read(context, file, content, 'action-root-strict'), problems);
}

function read(context: TemplateContext, file: string, content: string, schema: string): Token | undefined {
  // Experimental keys must parse, so that they are refused by name and not as a mistake.
  context.state.featureFlags = new FeatureFlags({ all: true });
  const id = context.getFileId(file);
  const reader = new ValueReader(id, content);
  for (const error of reader.errors) context.error(id, error.message, error.range);
  return reader.errors.length > 0 ? undefined : readTemplate(context, schema, reader, id);
}

function finish(
  context: TemplateContext,
  file: string,
  root: Token | undefined,
  problems: Problems,
): Parsed | undefined {
  if (context.errors.count > 0) reportLate({ context }, file, problems);
  if (root === undefined || context.errors.count > 0) return undefined;
  for (const [, token] of TemplateToken.traverse(root)) {
    if (token instanceof InsertExpressionToken)
      problems.add(file, token.line, "the 'insert' directive is not simulated");
  }
  for (const token of expressionsIn(root)) {
    if (token.expression.length > longestExpression)
      problems.add(
        file,
        token.line,
        `an expression has ${token.expression.length} characters; GitHub allows ${longestExpression}`,
      );
  }
  return { root, context };
}
