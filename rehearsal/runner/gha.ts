/**
 * The one door to GitHub's own packages: @actions/workflow-parser (schema and token tree) and @actions/expressions
 * (lexer, parser, evaluator). Both export little from their index, so the deep paths are gathered here, where an
 * upgrade that moves them shows as one failing file.
 */
export { data, Evaluator, Lexer, Parser } from '@actions/expressions';
export { FeatureFlags } from '@actions/expressions/features';
export type { FunctionDefinition } from '@actions/expressions/funcs/info';
export { TokenType as LexemeType } from '@actions/expressions/lexer';
export { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
export { convertWorkflowTemplate, ErrorPolicy } from '@actions/workflow-parser/model/convert';
export { convertToIfCondition, validateRunsIfCondition } from '@actions/workflow-parser/model/converter/if-condition';
export { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context';
export { readTemplate } from '@actions/workflow-parser/templates/template-reader';
export {
  BasicExpressionToken,
  BooleanToken,
  InsertExpressionToken,
  type LiteralToken,
  MappingToken,
  NullToken,
  NumberToken,
  SequenceToken,
  StringToken,
  TemplateToken,
} from '@actions/workflow-parser/templates/tokens/index';
export { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';
export { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';
export { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader';
