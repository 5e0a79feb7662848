import { type Html, trusted } from '../html.js';

/** What the page of an exploration adds to the style of the report. */
export const PAGE_STYLE: Html = trusted(`
.controls { display: flex; flex-wrap: wrap; gap: 8px 18px; margin: 6px 0 10px; font-size: 13.5px; }
.controls select, .controls button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 2px 8px; }
.plot { position: relative; width: 100%; max-width: 900px; height: 420px; touch-action: none; }
.plot canvas, .plot svg { position: absolute; inset: 0; width: 100%; height: 100%; max-width: none; }
.plot svg text { font-size: 12px; fill: var(--muted); }
.plot .front { fill: var(--accent); stroke: var(--card); stroke-width: 1; cursor: pointer; }
.plot .front:focus { outline: none; stroke: var(--ink); stroke-width: 3; }
.plot .chosen { fill: var(--bad); }
.plot .brush { fill: var(--accent); fill-opacity: 0.15; stroke: var(--accent); pointer-events: none; }
#table th button { all: unset; cursor: pointer; color: var(--muted); }
#table th button:focus-visible { outline: 2px solid var(--accent); }
#table tbody tr { cursor: pointer; }
#table tbody tr[aria-selected="true"] { background: var(--mesh); }
.progress svg { max-width: 720px; }
.bar { display: inline-block; height: 10px; background: var(--accent); vertical-align: baseline; }
`);
