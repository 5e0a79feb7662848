/** What can be done about a fault: what each measure buys, and what it costs. */
import { type Html, html } from '../html.js';
import { measureFigure } from './countermeasure-figure.js';
import { measureRows, measureTable } from './countermeasure-table.js';
import { effectText } from './effects.js';
import type { DrawnFigure } from './figure.js';
import { distinct, groupPoints, type StudyView, targetName } from './points.js';
import { emptySection, type StudySection } from './section.js';
import { numbersTable } from './tables.js';
import { bandNote, chipsWarning, countText, goldenWarning, type Namer } from './words.js';

/** Tables and figures of the part `countermeasures`. */
export async function countermeasureSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'countermeasures';
  const title = 'Countermeasures';
  const points = view.points.filter((point) => point.part === 'countermeasures');
  if (points.length === 0) return emptySection(id, title, 'The study has no measured countermeasures.');
  const figures: DrawnFigure[] = [];
  const bodies: Html[] = [];
  for (const group of groupPoints(points, (point) => [point.network, point.target, point.effect])) {
    const first = group[0]!;
    const rows = measureRows(view, group);
    const levels = [...distinct(group.map((point) => point.level))].sort((a, b) => a - b);
    const drawn: DrawnFigure[] = [];
    for (const level of levels) drawn.push(await measureFigure(view, rows, level, name));
    figures.push(...drawn);
    const note = bandNote(rows.flatMap(({ cost }) => cost ?? []));
    bodies.push(
      html`<h3>${effectText(first.effect).title}: ${first.network}, ${targetName(first.target)}</h3>
        <p class="muted">
          ${effectText(first.effect).axis}. ${countText(group)}. Sorted by what a measure costs on the chip; measures of
          equal cost share their cells. Differences to the network without a measure are paired over chips: the same
          chip seeds with and without. ${chipsWarning(group)} ${goldenWarning(view, group)}
        </p>
        ${measureTable(rows, levels)} ${note === '' ? undefined : html`<p class="small">${note}</p>`}
        <div class="figures">${drawn.map((figure) => html`<div>${figure.inline}</div>`)}</div>
        ${numbersTable(`Numbers: ${effectText(first.effect).title}`, group)}`,
    );
  }
  return { id, title, body: html`${bodies}`, figures };
}
