/** Faults of deployed chips: all over the chip, and one bit position at a time. */
import { type Html, html } from '../html.js';
import { linearAxis } from './axes.js';
import { effectText } from './effects.js';
import type { DrawnFigure } from './figure.js';
import { type FigureWithNumbers, levelFigure } from './level-figure.js';
import { groupPoints, type StudyView, targetName } from './points.js';
import { emptySection, figureGrid, type StudySection } from './section.js';
import { errorTable } from './tables.js';
import { effectAtLevel, groupTitle, type Namer, whereIndex } from './words.js';

/** Curves of the part `faults`: error against the rate of bit errors, accuracy against fractions of units. */
export async function faultSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'faults';
  const title = 'Faults of the chip';
  const points = view.points.filter((point) => point.part === 'faults');
  if (points.length === 0) return emptySection(id, title, 'The study has no measured faults of chips.');
  const figures: DrawnFigure[] = [];
  const bodies: Html[] = [];
  for (const group of groupPoints(points, (point) => [point.family, point.dataset])) {
    const parts: FigureWithNumbers[] = [];
    const tables: Html[] = [];
    for (const own of groupPoints(group, (point) => [point.effect, point.where])) {
      const { effect, where } = own[0]!;
      const words = effectText(effect);
      const place = where === '' ? '' : ` (${where})`;
      tables.push(
        html`<h4>${words.title}${place} <span class="muted small">level: ${words.axis}</span></h4>
          ${errorTable(view, own)}`,
      );
      parts.push(
        await levelFigure(view, own, {
          name: name('faults', own[0]!.family, own[0]!.dataset, effect, where),
          title: `${words.title}${place}: ${groupTitle(own[0]!)}`,
          axisTitle: words.axis,
          measure: words.measure,
        }),
      );
    }
    figures.push(...parts.map((part) => part.figure));
    bodies.push(
      html`<h3>${groupTitle(group[0]!)}</h3>
        ${figureGrid(parts)}
        <details>
          <summary>Error of each network at each level, in per cent, with the level at which it doubles</summary>
          ${tables}
        </details>`,
    );
  }
  return { id, title, body: html`${bodies}`, figures };
}

/** Curves of the part `bits`: accuracy against the position of the faulty bit. */
export async function bitSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'bits';
  const title = 'One bit position at a time';
  const points = view.points.filter((point) => point.part === 'bits' && whereIndex(point) !== undefined);
  if (points.length === 0) return emptySection(id, title, 'The study has no measured bit positions.');
  const parts: FigureWithNumbers[] = [];
  for (const own of groupPoints(points, (p) => [p.family, p.dataset, p.target, p.effect, p.level])) {
    const first = own[0]!;
    const positions = own.flatMap((point) => whereIndex(point) ?? []);
    parts.push(
      await levelFigure(view, own, {
        name: name('bits', first.family, first.dataset, first.target, effectAtLevel(first)),
        title: `Accuracy with ${effectAtLevel(first)} in one bit position: ${groupTitle(first)}, ${targetName(first.target)}`,
        axisTitle: 'bit position (0 = least significant)',
        measure: 'accuracy',
        levelOf: (point) => whereIndex(point) ?? 0,
        axis: linearAxis(positions),
        note: 'All other positions are without faults.',
      }),
    );
  }
  return { id, title, body: figureGrid(parts), figures: parts.map((part) => part.figure) };
}
