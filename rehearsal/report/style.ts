/** The look of the report: one sheet, light and dark, no script needed to read it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbf9; --panel: #ffffff; --ink: #1c1f24; --muted: #6a7079; --line: #e3e4e0; --edge: #a9b0b8;
  --good: #1a7f4b; --good-soft: #dff3e7; --bad: #b3261e; --bad-soft: #fbe3e1; --wait: #9a6700; --wait-soft: #fff1cf;
  --quiet: #8b919b; --quiet-soft: #eeefec; --accent: #1f5fbf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --panel: #1b1e23; --ink: #e7e9ec; --muted: #9aa1ab; --line: #2d3138; --edge: #5a626d;
    --good: #4cc38a; --good-soft: #16321f; --bad: #ff8a80; --bad-soft: #3b1a18; --wait: #e0b04a; --wait-soft: #352a10;
    --quiet: #868d98; --quiet-soft: #24282e; --accent: #7fb0ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 44px 0 14px; }
p.lead { margin: 0; color: var(--muted); }
.badge { display: inline-block; padding: 2px 10px; border-radius: 999px; font-size: 13px; font-weight: 600; white-space: nowrap; }
h1 .badge { vertical-align: 4px; margin-left: 10px; }
.succeeded { color: var(--good); background: var(--good-soft); }
.failed { color: var(--bad); background: var(--bad-soft); }
.rejected { color: var(--wait); background: var(--wait-soft); }
.skipped { color: var(--quiet); background: var(--quiet-soft); }
.reasons { border-left: 4px solid var(--bad); background: var(--bad-soft); padding: 10px 16px; margin: 20px 0 0; border-radius: 0 8px 8px 0; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; overflow-x: auto; }
svg { max-width: 100%; height: auto; display: block; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
svg text.small { font-size: 11px; fill: var(--muted); }
svg .edge { fill: none; stroke: var(--edge); stroke-width: 1.6; }
svg .node { stroke-width: 1.4; }
svg .node.succeeded { fill: var(--good-soft); stroke: var(--good); }
svg .node.failed { fill: var(--bad-soft); stroke: var(--bad); }
svg .node.rejected { fill: var(--wait-soft); stroke: var(--wait); }
svg .node.skipped { fill: var(--quiet-soft); stroke: var(--line); }
svg .bar.succeeded { fill: var(--good); } svg .bar.failed { fill: var(--bad); } svg .bar.rejected { fill: var(--wait); } svg .bar.skipped { fill: var(--quiet-soft); }
svg .bar.critical { stroke: var(--ink, #1f2328); stroke-width: 1.5; }
svg .grid { stroke: var(--line); stroke-width: 1; }
details.phase { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; margin: 0 0 10px; }
details.phase > summary { cursor: pointer; padding: 12px 18px; display: flex; gap: 12px; align-items: baseline; list-style: none; }
details.phase > summary::-webkit-details-marker { display: none; }
details.phase > summary::before { content: "\\25B8"; color: var(--muted); }
details.phase[open] > summary::before { content: "\\25BE"; }
details.phase > summary b { min-width: 130px; }
details.phase > summary > span:not(.grow) { white-space: nowrap; }
details.phase > summary .grow { flex: 1; color: var(--muted); }
details.phase .body { padding: 0 18px 16px; border-top: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; margin: 12px 0; font-size: 14px; }
th { text-align: left; color: var(--muted); font-weight: 600; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { background: var(--quiet-soft); padding: 1px 5px; border-radius: 5px; overflow-wrap: anywhere; }
pre { background: var(--quiet-soft); padding: 12px; border-radius: 8px; overflow-x: auto; }
pre code { background: none; padding: 0; }
tr:last-child td { border-bottom: 0; }
.panel > table { margin: 0; }
.github { border: 1px solid var(--line); border-radius: 8px; padding: 4px 18px; margin: 12px 0; background: var(--ground); }
.annotation { margin: 8px 0; padding: 6px 12px; border-radius: 6px; white-space: pre-wrap; }
.annotation.error { background: var(--bad-soft); } .annotation.warning { background: var(--wait-soft); } .annotation.notice { background: var(--quiet-soft); }
`;
