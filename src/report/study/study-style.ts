import { type Html, trusted } from '../html.js';

/** What the report of a study needs beside the style of all reports: a wider page, figures in columns, a table of contents. */
export const STUDY_STYLE: Html = trusted(`
main.study { max-width: 1280px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 10px 28px; align-items: start; }
.figures > .full { grid-column: 1 / -1; }
h4 { font-size: 14px; margin: 18px 0 4px; }
nav ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; }
nav a { color: var(--accent); }
main.study tbody th { white-space: nowrap; }
main.study thead .number { white-space: normal; }
@media (min-width: 1300px) { table.grouped td.number .small { white-space: nowrap; } }
table.grouped tbody td, table.grouped tbody th { border-bottom: 0; }
table.grouped tbody tr.group > * { border-top: 1px solid var(--line); }
`);
