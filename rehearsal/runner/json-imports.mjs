// Plain Node refuses the two JSON imports of @actions/workflow-parser (ERR_IMPORT_ATTRIBUTE_MISSING): the package is
// written for bundlers. Start with `node --import ./rehearsal/runner/json-imports.mjs`; jest needs nothing.
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('.json')) return nextLoad(url, context);
    return nextLoad(url, { ...context, importAttributes: { ...context.importAttributes, type: 'json' } });
  },
});
