import { html } from './html.ts';

/** Text has a contrast of at least 4.5 to 1 with its background; lines and shapes have at least 3 to 1. */
export const COLOURS = html`
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --sheet: #fff; --ink: #17202b; --faint: #55616f; --line: #d9dfe6; --link: #0b5cad;
  --good: #0d6541; --good-ground: #e5f4ec; --calm: #1b56a0; --calm-ground: #e8f0fb;
  --warn: #7a4d00; --warn-ground: #fdf3dc; --bad: #a1231c; --bad-ground: #fdecea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151b; --sheet: #19202a; --ink: #e8ecf1; --faint: #a5b0bd; --line: #313c49; --link: #8cc0ff;
    --good: #82d8ac; --good-ground: #133024; --calm: #a3c8ff; --calm-ground: #172a44;
    --warn: #f2cd80; --warn-ground: #352a10; --bad: #ffb3aa; --bad-ground: #421b17;
  }
}
.good { --tone: var(--good); --tone-ground: var(--good-ground); }
.calm { --tone: var(--calm); --tone-ground: var(--calm-ground); }
.warn { --tone: var(--warn); --tone-ground: var(--warn-ground); }
.bad { --tone: var(--bad); --tone-ground: var(--bad-ground); }
.none { --tone: var(--faint); --tone-ground: var(--ground); }
`;

export const LAYOUT = html`
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0 auto; padding: clamp(1rem, 4vw, 3rem) clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 71rem;
  background: var(--ground); color: var(--ink); overflow-wrap: anywhere; text-size-adjust: 100%;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
h1, h2, h3, p, dl, dd, ul, ol, figure, table { margin: 0; padding: 0; }
h1 { font-size: clamp(1.45rem, 1.1rem + 1.7vw, 2.1rem); line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.125rem; line-height: 1.3; font-weight: 650; letter-spacing: -.005em; }
h3 { font-size: .9375rem; line-height: 1.4; font-weight: 650; }
a { color: var(--link); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: 4px; }
code, .id { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
time { font-variant-numeric: tabular-nums; }
.faint { color: var(--faint); }
.small { font-size: .875rem; }
.told { white-space: pre-wrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.paper { display: none; }

.eyebrow { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; color: var(--faint); font-size: .875rem; }
.eyebrow b { color: var(--ink); font-weight: 650; }
main, .stack { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
main { margin-top: 1.25rem; }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; padding: clamp(1.1rem, 3vw, 1.75rem); }
.sheet > h2 + * { margin-top: .9rem; }
.sheet > * + * { margin-top: 1rem; }
.pair { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }

.verdict { border-inline-start: 6px solid var(--tone); display: grid; gap: .5rem 1.1rem; grid-template-columns: auto minmax(0, 1fr); }
.verdict > * + * { margin: 0; }
.verdict > svg { width: 2.75rem; height: 2.75rem; grid-row: span 2; color: var(--tone); }
.verdict > .rest { grid-column: 1 / -1; display: grid; gap: .9rem; margin-top: .4rem; }
.status { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; background: var(--tone-ground); color: var(--tone); border: 1px solid;
  font: 650 .75rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .03em; overflow-wrap: normal; }
.bound { background: var(--tone-ground); border-radius: 10px; padding: .8rem 1rem; }
.bound strong { font-weight: 650; }
progress { display: block; width: 100%; height: .75rem; margin-top: .35rem; border: 0; border-radius: 1rem; overflow: hidden; background: var(--calm-ground); accent-color: var(--calm); appearance: none; }
progress::-webkit-progress-bar { background: var(--calm-ground); }
progress::-webkit-progress-value { background: var(--calm); border-radius: 1rem; }
progress::-moz-progress-bar { background: var(--calm); border-radius: 1rem; }
progress:indeterminate { background: repeating-linear-gradient(-45deg, var(--calm-ground) 0 10px, var(--calm) 10px 12px); }
progress:indeterminate::-webkit-progress-bar { background: none; }
.todo { border: 1px solid var(--tone); background: var(--tone-ground); }
.todo h2 { color: var(--tone); }
`;

export const PARTS = html`
.facts { display: grid; gap: .75rem 2rem; grid-template-columns: minmax(0, 1fr); }
.facts dt, .tiles dt { color: var(--faint); font-size: .8125rem; }
.facts dd { font-weight: 500; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr)); gap: .6rem; }
.tiles > div { border: 1px solid var(--line); border-radius: 10px; padding: .55rem .8rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.tiles dd { font-size: 1.5rem; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
.tiles .zero dd { color: var(--faint); font-weight: 400; }
.points { padding-inline-start: 1.25rem; display: grid; gap: .4rem; }
.outcome svg { flex: none; width: 1.05rem; height: 1.05rem; color: var(--tone); vertical-align: -.18em; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { text-align: start; color: var(--faint); font-size: .875rem; padding-bottom: .4rem; }
th, td { text-align: start; vertical-align: top; padding: .55rem .75rem .55rem 0; border-top: 1px solid var(--line); }
td { overflow-wrap: break-word; }
th:last-child, td:last-child { padding-inline-end: 0; }
thead th { border-top: 0; border-bottom: 1px solid var(--line); color: var(--faint); font-size: .8125rem; font-weight: 500; overflow-wrap: normal; }
thead + tbody tr:first-child > * { border-top: 0; }
tbody th { font-weight: 400; }
.outcome { color: var(--tone); font-weight: 600; }
td .outcome { white-space: nowrap; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }

.timeline svg { display: block; width: 100%; height: auto; overflow: visible; }
.timeline .wide { display: none; }
.timeline .tall { max-width: 24rem; }
.timeline text { font-size: 13px; fill: var(--ink); }
.timeline text.name { font-weight: 650; font-size: 14px; }
.timeline text.faint { fill: var(--faint); }
.timeline line { stroke: var(--line); stroke-width: 3; }
.timeline line.done { stroke: var(--calm); }
.timeline line.coming { stroke: var(--faint); stroke-dasharray: 2 6; stroke-linecap: round; }
.timeline circle, .timeline path { fill: var(--sheet); stroke: var(--calm); stroke-width: 3; }
.timeline .done circle { fill: var(--calm); }
.timeline .coming circle, .timeline .missing circle { stroke: var(--faint); }
.timeline .missing circle { stroke-dasharray: 3 3; }
.timeline .now path { fill: var(--ink); stroke: none; }
.timeline .now text { font-size: 12px; }

footer { margin-top: 1.5rem; display: grid; gap: .35rem; }

@media screen and (max-width: 36rem) {
  .tiles > :first-child { grid-column: 1 / -1; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, caption, tbody { display: block; }
  tbody tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .2rem 1rem; padding: .7rem 0; border-top: 1px solid var(--line); }
  tbody th, tbody td { border: 0; padding: 0; }
  tbody th { grid-column: 1 / -1; }
  td time { display: block; max-width: 8rem; text-align: end; }
}
@media print, (min-width: 46rem) {
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .facts .broad { grid-column: 1 / -1; }
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .verdict > .rest { grid-column: 2; }
  td time { white-space: nowrap; }
  .verdict > svg { grid-row: span 3; }
}
@media print, (min-width: 60rem) {
  .timeline .wide { display: block; }
  .timeline .tall { display: none; }
}
@media (forced-colors: active) {
  .timeline circle, .timeline line { stroke: CanvasText; }
}
@page { margin: 14mm 12mm; }
@media print {
  :root { color-scheme: light; --ground: #fff; --sheet: #fff; --ink: #000; --faint: #444; --line: #bbb; --link: #000; font-size: 10pt;
    --good: #0d6541; --good-ground: #fff; --calm: #1b56a0; --calm-ground: #fff; --warn: #7a4d00; --warn-ground: #fff; --bad: #a1231c; --bad-ground: #fff; }
  body { padding: 0; max-width: none; }
  main, .pair { gap: .8rem; }
  .sheet { padding: .7rem .9rem; border-radius: 6px; box-decoration-break: clone; }
  .bound { border: 1px solid var(--tone); border-radius: 6px; padding: .4rem .7rem; }
  progress { border: 1px solid var(--calm); print-color-adjust: exact; }
  .timeline .wide text { font-size: 14px; }
  h2, dt, caption { break-after: avoid; }
  .todo, .pair > *, .tiles, .timeline, tr { break-inside: avoid; }
  thead { display: table-header-group; }
  tbody tr:first-child { break-before: avoid; }
  nav, .screen { display: none; }
  .paper { display: block; }
  a { text-decoration: none; }
  a[href]:not([href^="?"])::after { content: "Revocation " attr(href); display: block; color: var(--faint); font-size: .8125rem; }
}
`;
