/** The page of an exploration: one self-contained HTML file, nothing fetched. A pure function of its data. */
import { integer, percent, significant } from '../../common/format.js';
import type { ExplorationPage } from '../../ir/trace/exploration.js';
import { html, type Html, trusted } from '../html.js';
import { layerColours } from '../layer-colours.js';
import { mappingSection } from '../mapping-section.js';
import { STYLE } from '../style.js';
import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';

/** The page as HTML text. */
export function renderExploration(page: ExplorationPage): string {
  const { name, rows, mappings } = page;
  const colours = layerColours(mappings.map(({ view }) => view));
  // No text of the data ends the element that holds it.
  const data = JSON.stringify({ rows, settings: page.settings, measures: page.measures }).replaceAll('<', '\\u003c');
  const body = html`
    <header>
      <h1>${name}</h1>
      <p class="lead">${leadOf(page)}</p>
    </header>
    ${frontSection(page)}
    <section aria-labelledby="parallel-title">
      <h2 id="parallel-title">All settings and objectives of a point as one line</h2>
      <p class="small">Blue: the front; grey: other points; faint: outside of the rectangle. Red: the chosen point.</p>
      <div class="plot">
        <canvas
          id="lines"
          role="img"
          aria-label="Parallel coordinates of settings and objectives; the table below has the numbers"
        ></canvas>
      </div>
    </section>
    <section aria-labelledby="table-title">
      <h2 id="table-title">Points</h2>
      <p class="small" id="shown" role="status"></p>
      <div class="wide" tabindex="0" role="region" aria-label="Table of points">
        <table id="table">
          <thead id="head"></thead>
          <tbody id="body"></tbody>
        </table>
      </div>
    </section>
    <section aria-labelledby="chosen-title">
      <h2 id="chosen-title">The chosen point</h2>
      <p id="chosen" role="status">None.</p>
      <p class="small" id="unmapped" hidden>Its mapping is not on this page: lodestone compile shows it.</p>
    </section>
    ${mappings.map(
      ({ point, view }) =>
        html`<div data-mapping="${point}" hidden>
          ${mappingSection(view, { result: undefined, colours: colours(view.name), id: `mapping-${point}` })}
        </div>`,
    )}
    ${importanceSection(page)} ${progressSection(page)} ${reasonSection(page)}
    <script type="application/json" id="data">
      ${trusted(data)}
    </script>
    <script>
      ${PAGE_SCRIPT};
    </script>
  `;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${name} - exploration</title>
        <style>
          ${STYLE}${PAGE_STYLE}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.text;
}

function leadOf({ points, counts, feasible, spent, constraints, sampled, rows }: ExplorationPage): string {
  const by = Object.entries(counts).map(([status, n]) => `${integer(n)} ${status}`);
  const under = constraints.length === 0 ? '' : ` under ${constraints.join(', ')}`;
  const drawn =
    sampled === undefined
      ? ''
      : ` Drawn are ${integer(rows.length)} of ${integer(sampled)} measured points: a sample, and every point of a front.`;
  const ended = spent === undefined ? '' : ` It ended with its budget of ${spent}.`;
  return `${integer(points)} points: ${by.join(', ')}; ${integer(feasible)} feasible${under}.${ended}${drawn}`;
}

function frontSection({ measures }: ExplorationPage): Html {
  const objectives = measures.flatMap(({ name, better }) =>
    better === undefined ? [] : [`${name} ${better === 'min' ? 'small' : 'large'}`],
  );
  return html`<section aria-labelledby="front-title">
    <h2 id="front-title">Fronts</h2>
    <p class="small">
      Blue: no other feasible point of the group is at least as good in all objectives (${objectives.join(', ')}) and
      better in one. Draw a rectangle to look at some points; choose one with a click, or with Tab and Enter.
    </p>
    <div class="controls">
      <label
        >group
        <select id="group"></select
      ></label>
      <label
        >across
        <select id="x"></select
      ></label>
      <label
        >up
        <select id="y"></select
      ></label>
      <button type="button" id="clear">all points</button>
    </div>
    <div class="plot" id="plot">
      <canvas
        id="dots"
        role="img"
        aria-label="Points in two measures; those of the front can be reached with Tab"
      ></canvas>
      <svg id="overlay" role="group" aria-label="Points of the front"></svg>
    </div>
    <noscript><p>The plot needs JavaScript. results.csv has the same points.</p></noscript>
  </section>`;
}

function importanceSection({ settings, measures, importance }: ExplorationPage): Html {
  const objectives = measures.filter(({ better }) => better !== undefined);
  if (settings.length === 0) return html``;
  return html`<section aria-labelledby="importance-title">
    <h2 id="importance-title">Which settings matter</h2>
    <p class="small">
      Share of the variance of an objective over all measured points that the value of one setting alone explains:
      correlation ratio over the values of the setting, or ten slices of them with equally many points, adjusted for
      their number; 0 where it explains nothing more than chance. Settings that act together only do not show here.
    </p>
    <div class="wide" tabindex="0" role="region" aria-label="Table of settings">
      <table>
        <thead>
          <tr>
            <th scope="col">setting</th>
            ${objectives.map(({ name }) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${settings.map(
            (name, s) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${objectives.map((_, o) => {
                  const share = importance[s]?.[o] ?? null;
                  return share === null
                    ? html`<td>-</td>`
                    : html`<td>
                        <span class="bar" style="width:${Math.round(80 * share)}px"></span> ${percent(share, 0)}
                      </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function progressSection({ progress }: ExplorationPage): Html {
  const shown = progress.filter(({ at }) => at.length > 1);
  if (shown.length === 0) return html``;
  const [width, height] = [720, 220];
  return html`<section aria-labelledby="progress-title">
    <h2 id="progress-title">The front by the number of points spent</h2>
    <p class="small">
      Hypervolume of the front so far, as a share of the last one's: objectives from 0 to 1 over the feasible points of
      the group, below 1.1.
    </p>
    ${shown.map(({ group, at }) => {
      const last = at.at(-1)?.[0] ?? 1;
      const line = at
        .map(
          ([n, share]) =>
            `${significant(40 + (n / last) * (width - 60))},${significant(height - 30 - share * (height - 50))}`,
        )
        .join(' ');
      return html`<figure class="progress">
        <svg
          viewBox="0 0 ${width} ${height}"
          role="img"
          aria-label="${group}: ${percent(at[0]?.[1] ?? 0, 0)} after ${integer(at[0]?.[0] ?? 0)} points, 100 % after ${integer(last)}"
        >
          <line x1="40" x2="${width - 20}" y1="${height - 30}" y2="${height - 30}" stroke="var(--line)"></line>
          <polyline points="${line}" fill="none" stroke="var(--accent)" stroke-width="2"></polyline>
          <text x="${width - 20}" y="${height - 10}" text-anchor="end" font-size="12" fill="var(--muted)">
            ${integer(last)} points
          </text>
          <text x="40" y="14" font-size="12" fill="var(--muted)">100 %</text>
        </svg>
        <figcaption>${group}</figcaption>
      </figure>`;
    })}
  </section>`;
}

function reasonSection({ reasons }: ExplorationPage): Html {
  if (reasons.length === 0) return html``;
  return html`<section aria-labelledby="reasons-title">
    <h2 id="reasons-title">What was not measured, and why</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Table of reasons">
      <table>
        <thead>
          <tr>
            <th scope="col">points</th>
            <th scope="col">what became of them</th>
            <th scope="col">reason</th>
            <th scope="col">for example</th>
          </tr>
        </thead>
        <tbody>
          ${reasons.map(
            ({ status, reason, points, example }) =>
              html`<tr>
                <td>${integer(points)}</td>
                <td>${status}</td>
                <td class="long">${reason}</td>
                <td class="long">${example}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
