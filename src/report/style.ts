import { type Html, trusted } from './html.js';

/** The style sheet of the report: light and dark, on screen and on paper, nothing fetched from anywhere. */
export const STYLE: Html = trusted(`
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --muted: #5d6b7c; --line: #dde2e8;
  --accent: #2c5f8a; --good: #1f7a4d; --bad: #b3372f; --mesh: #eef1f4; --idle: #cfd6de; --timer: #7b8794;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #1a2027; --ink: #e4e9ef; --muted: #9aa7b5; --line: #303944;
    --accent: #7fb2dd; --good: #5cc48f; --bad: #ee857c; --mesh: #232b34; --idle: #3a4551; --timer: #7b8794;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1480px; margin: 0 auto; padding: 32px clamp(10px, 2vw, 28px) 64px; }
header { margin-bottom: 24px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 20px 0 6px; }
p { margin: 0 0 12px; }
.lead, .muted, figcaption { color: var(--muted); }
.lead, p.small { max-width: 100ch; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; margin: 0 0 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 0 0 18px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.tile .label { color: var(--muted); font-size: 13px; }
.tile .value { font-size: 25px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile .note { color: var(--muted); font-size: 12.5px; }
.wide { overflow-x: auto; margin: 8px 0 4px; }
table { border-collapse: collapse; min-width: min(100%, 560px); font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 500; border-bottom-width: 2px; vertical-align: bottom; }
tbody th { font-weight: 600; }
td, tbody th { white-space: nowrap; }
td.long, tbody th.long, td .small, tbody th .small { white-space: normal; }
td.long, tbody th.long { min-width: 16em; max-width: 60ch; }
td .small { white-space: normal; }
td code { white-space: normal; overflow-wrap: anywhere; }
table.layers { font-size: 13px; }
table.layers th, table.layers td { padding: 5px clamp(3px, 0.6vw, 10px); }
table.layers thead th { white-space: normal; line-height: 1.3; }
@media (min-width: 1251px) { .columns > input, .columns > label { display: none; } }
@media (max-width: 1250px) { .columns > input:not(:checked) ~ .wide .detail { display: none; } }
.columns > label { font-size: 13px; color: var(--muted); margin-left: 4px; }
table.layers .words { white-space: normal; overflow-wrap: anywhere; min-width: 6.5em; }
abbr { text-decoration: underline dotted var(--muted) 1px; text-underline-offset: 2px; cursor: help; }
.small { font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
thead th.number { text-align: right; white-space: normal; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.small { font-size: 12.5px; color: var(--muted); }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 20px; padding: 0 8px; font-size: 12px; font-weight: 400; color: var(--muted); }
figure { margin: 14px 0 0; }
figcaption { font-size: 13px; max-width: 75ch; margin-top: 4px; }
svg { display: block; max-width: 100%; height: auto; }
svg.plan { margin-bottom: 8px; }
svg .mark { stroke: #ffffff; stroke-opacity: 0.92; stroke-width: 1.5; fill: none; stroke-linecap: round; stroke-linejoin: round; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 540px), 1fr)); gap: 4px 36px; align-items: start; }
.beside > * { min-width: 0; }
.plans { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 8px 28px; align-items: start; }
h4 { font-size: 14px; margin: 12px 0 4px; }
.scaled { display: flex; flex-wrap: wrap; gap: 8px 32px; align-items: flex-start; }
.scaled > * { max-width: 100%; }
.scaled figcaption, .scaled .legend { width: 0; min-width: max(100%, 220px); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; font-size: 13px; }
.legend li { display: inline-flex; align-items: center; gap: 6px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 4px; }
.choice > input { position: absolute; opacity: 0; }
.choice > label { display: inline-flex; align-items: center; border: 1px solid var(--line); border-radius: 20px; padding: 2px 11px; margin: 0 6px 6px 0; font-size: 13px; cursor: pointer; }
.choice > input:checked + label { border-color: var(--ink); background: var(--mesh); box-shadow: inset 0 0 0 1px var(--ink); }
.choice > input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
.choice .bars { display: none; }
.choice > input:nth-of-type(2):checked ~ div .bars { display: inline; }
.bars, .along { pointer-events: none; }
.said > * { display: none; margin: 0; }
.track { margin: 4px 0 8px; }
.track svg { height: 40px; }
.entry { display: inline-flex; align-items: center; gap: 6px; }
svg .piece { stroke: var(--ink); stroke-width: 0.8; }
.key { width: 16px; height: 16px; }
.scale { display: flex; align-items: center; gap: 8px; font-size: 12.5px; margin-top: 8px; font-variant-numeric: tabular-nums; flex-wrap: wrap; }
.scale svg { width: 120px; height: 10px; }
details { margin-top: 8px; }
summary { cursor: pointer; color: var(--accent); font-size: 13.5px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print {
  :root {
    --page: #ffffff; --card: #ffffff; --ink: #000000; --muted: #444444; --line: #cccccc;
    --accent: #000000; --mesh: #f2f2f2; --idle: #d5d5d5;
  }
  main { max-width: none; padding: 0; }
  section, figure, tr { break-inside: avoid; }
  section { border: 0; padding: 8px 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`);
