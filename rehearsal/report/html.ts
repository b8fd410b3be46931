/** The report of a rehearsal as one HTML file that needs nothing else. Pure. */
import { marked } from 'marked';
import { pathInWords } from './critical-path.ts';
import { escapeHtml } from './escape.ts';
import { renderGraph } from './graph.ts';
import { inWords, type PullRequest } from './pull-request.ts';
import type { Phase, Report } from './report.ts';
import { STYLE } from './style.ts';
import { nothingToDo } from './terminal.ts';
import { renderTimeline } from './timeline.ts';

/** Markdown as GitHub shows it; scripts that a summary might hold are not run. */
function markdown(text: string): string {
  const html = marked.parse(text, { async: false, gfm: true });
  return `<div class="github">${html.replace(/<(\/?)(script|iframe|object|style)\b/gi, '&lt;$1$2')}</div>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function renderPhase(phase: Phase): string {
  const counted = phase.steps.length === 1 ? '1 step' : `${phase.steps.length} steps`;
  const what = phase.steps.length > 0 ? `${phase.outcome}, ${counted}` : phase.outcome;
  const annotations = phase.annotations.map(
    ({ level, message }) => `<div class="annotation ${escapeHtml(level)}">${escapeHtml(message)}</div>`,
  );
  const steps =
    phase.steps.length === 0
      ? ''
      : `<table><thead><tr><th>Action</th><th>Target</th><th>Why</th></tr></thead>${phase.steps
          .map((step) =>
            row([escapeHtml(step.action), `<code>${escapeHtml(step.target)}</code>`, escapeHtml(step.reason ?? '')]),
          )
          .join('')}</table>`;
  const outputs = Object.entries(phase.outputs).filter(([name, value]) => value !== '' && name !== 'preview');
  const outputTable =
    outputs.length === 0
      ? ''
      : `<table><thead><tr><th>Output</th><th>Value</th></tr></thead>${outputs
          .map(([name, value]) => row([escapeHtml(name), `<code>${escapeHtml(value)}</code>`]))
          .join('')}</table>`;
  // The summary shows the steps already; the bare table is for phases without one.
  const body = [
    ...annotations,
    ...(phase.summaries.length > 0 ? phase.summaries.map(markdown) : [steps]),
    outputTable,
  ].join('');
  return `<details class="phase"${phase.status === 'failed' ? ' open' : ''}><summary><b>${escapeHtml(phase.name)}</b><span class="grow">${escapeHtml(what)}</span><span>${phase.seconds.toFixed(1)} s</span><span class="badge ${phase.status}">${phase.status}</span></summary><div class="body">${body}</div></details>`;
}

/** How many resources each environment's first deployment makes, and the comment that says so. */
function renderPullRequest({ seconds, resources, comment }: PullRequest): string {
  const rows = resources.map(({ environment, infra, frontend }) =>
    row([escapeHtml(environment), ...[inWords(infra), inWords(frontend), inWords(infra, frontend)].map(escapeHtml)]),
  );
  const table = `<table><thead><tr><th>Environment</th><th><code>infra/</code></th><th><code>infra/frontend/</code></th><th>together</th></tr></thead>${rows.join('')}</table>`;
  const body = comment === undefined ? '<p>No comment was written.</p>' : markdown(comment);
  return `<h2>Terraform resources</h2>
<div class="panel">${table}</div>
<h2>Comment on the pull request</h2>
<p class="lead">From the plans of all environments, in ${seconds.toFixed(1)} seconds. Nothing was changed.</p>
${body}`;
}

/** The page. */
export function renderHtml(report: Report): string {
  const verb = report.mode === 'plan' ? 'plan' : 'deployment';
  const reasons =
    report.reasons.length === 0
      ? ''
      : `<div class="reasons">${report.reasons.map((reason) => `<div>${escapeHtml(reason)}</div>`).join('')}</div>`;
  const checks = report.checks
    .map(({ check, passed, detail }) =>
      row([
        escapeHtml(check),
        `<span class="badge ${passed ? 'succeeded' : 'failed'}">${passed ? 'passed' : 'failed'}</span>`,
        escapeHtml(detail),
      ]),
    )
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rehearsal of ${escapeHtml(report.environment)}: ${report.result}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Rehearsal of ${escapeHtml(report.environment)}<span class="badge ${report.result}">${report.result}</span></h1>
<p class="lead">One ${verb} through the real workflow and the committed bundles, in ${report.seconds.toFixed(1)} seconds on this machine.${report.unchanged === undefined ? '' : ` ${nothingToDo(report.unchanged)}`}</p>
${reasons}
<h2>Phases</h2>
<div class="panel">${renderGraph(report.phases)}</div>
<h2>Timeline</h2>
<div class="panel">${renderTimeline(report.phases, report.seconds, new Set(report.criticalPath.map(({ name }) => name)))}</div>
<p class="lead">Outlined: the critical path, ${escapeHtml(pathInWords(report.criticalPath))}. ${report.runner.jobs} jobs took ${report.runner.seconds.toFixed(1)} s of runners together; GitHub would bill ${report.runner.billedMinutes} minutes.</p>
<h2>What each phase did</h2>
${report.phases.map(renderPhase).join('\n')}
${report.pullRequest === undefined ? '' : renderPullRequest(report.pullRequest)}
<h2>Beside the phases</h2>
<div class="panel"><table>${checks}</table></div>
</main>
</body>
</html>
`;
}
