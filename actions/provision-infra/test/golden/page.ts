/**
 * A golden file as a page that looks about as GitHub shows it: `node actions/provision-infra/test/golden/page.ts hostile.md >
 * page.html`. For looking at a change of the renderer before it is anywhere; `--open` opens all folds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';

const STYLE = `
body { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328; margin: 0; }
main { max-width: 860px; margin: 24px auto; border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px; }
h3 { font-size: 1.25em; margin: 0 0 16px; } h4 { font-size: 1em; margin: 24px 0 16px; }
p, pre, details, ul, blockquote { margin: 0 0 16px; } ul { padding-left: 2em; }
code { font: 12px ui-monospace, "Liberation Mono", monospace; background: #818b981f; border-radius: 6px; padding: .2em .4em; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto; } pre code { background: none; padding: 0; }
summary { cursor: pointer; } .add { color: #116329; background: #dafbe1; } .del { color: #82071e; background: #ffebe9; }
.chg { color: #953800; } .alert { border-left: .25em solid; padding: 0 1em; } .alert p { margin: 0 0 8px; }
.CAUTION { border-color: #cf222e; } .WARNING { border-color: #9a6700; } .NOTE { border-color: #0969da; }
`;

const CLASSES: Readonly<Record<string, string>> = { '+': 'add', '-': 'del', '!': 'chg' };

/** Colours a fence named `diff`. */
function coloured(html: string): string {
  return html.replace(/<code class="language-diff">([\s\S]*?)<\/code>/g, (_, text: string) => {
    const lines = text.split('\n').map((line) => {
      const name = CLASSES[line.charAt(0)];
      return name === undefined ? line : `<span class="${name}">${line}</span>`;
    });
    return `<code>${lines.join('\n')}</code>`;
  });
}

function alerts(html: string): string {
  return html.replace(
    /<blockquote>\s*<p>\[!(\w+)\]\s*/g,
    (_, kind: string) =>
      `<blockquote class="alert ${kind}"><p><b>${kind.charAt(0)}${kind.slice(1).toLowerCase()}</b></p><p>`,
  );
}

const [file = '', option] = process.argv.slice(2);
const markdown = readFileSync(join(import.meta.dirname, file), 'utf8');
const body = alerts(coloured(await marked.parse(markdown, { gfm: true })));
const shown = option === '--open' ? body.replaceAll('<details>', '<details open>') : body;
console.log(`<!doctype html><meta charset="utf-8"><title>${file}</title><style>${STYLE}</style><main>${shown}</main>`);
