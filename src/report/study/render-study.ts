/** The report of a robustness study: figures, tables and one HTML page, a pure function of its result. */
import type { StudyFailure, StudyResult } from '../../ir/trace/study.js';
import { integer } from '../../common/format.js';
import { html, type Html } from '../html.js';
import { STYLE } from '../style.js';
import { countermeasureSection } from './countermeasure-section.js';
import { distortionSection } from './distortion-section.js';
import { bitSection, faultSection } from './fault-section.js';
import type { StudyFigure } from './figure.js';
import { CURVE_READING, NEUTRAL_NOTE } from './level-figure.js';
import { abstractText, doublingTable, networkTable } from './overview.js';
import { type StudyView, viewStudy } from './points.js';
import type { StudySection } from './section.js';
import { sensitivitySection } from './sensitivity-section.js';
import { STUDY_STYLE } from './study-style.js';
import { table } from './tables.js';
import { voltageSection } from './voltage-section.js';
import { createNamer } from './words.js';

export type { StudyFigure } from './figure.js';

/** What a report of a study consists of. */
export interface StudyFiles {
  /** Self-contained: styles and figures inside, no scripts, nothing fetched. Light and dark. */
  readonly html: string;
  /** Standalone SVG files, in the order of the page; names are unique, without an ending, of small letters, digits and dashes. */
  readonly figures: readonly StudyFigure[];
}

/** Draws everything that a study measured; what it did not measure is said in words. The same result gives the same bytes. */
export async function renderStudy(result: StudyResult): Promise<StudyFiles> {
  const view = viewStudy(result);
  const name = createNamer();
  const sections: readonly StudySection[] = [
    {
      id: 'abstract',
      title: 'Abstract',
      body: html`${abstractText(view)}${networkTable(view)}`,
      figures: [],
    },
    {
      id: 'reading',
      title: 'How to read the figures',
      body: html`<p>${CURVE_READING} ${NEUTRAL_NOTE}</p>
        <p>
          The intervals are over simulated chips, which all see the same images: they say nothing about other images,
          for which the Wilson intervals of the golden accuracies give a scale. Every figure says n, chips × images per
          point. Where chance is far from what was measured, it is named beside the scale. Markers say their numbers
          when pointed at; the tables below the figures have all of them.
        </p>
        <p>
          In matrices light is good and dark is bad; empty cells were not measured. What is missing is said in words and
          never drawn as zero.
        </p>`,
      figures: [],
    },
    {
      id: 'doubling',
      title: 'Level at which the error doubles',
      body: doublingTable(view),
      figures: [],
    },
    await distortionSection(view, name),
    await faultSection(view, name),
    await sensitivitySection(view, name),
    await bitSection(view, name),
    await voltageSection(view, name),
    await countermeasureSection(view, name),
    failureSection(view),
    reproduceSection(result),
  ];
  return {
    html: `${page(result, sections).text}\n`,
    figures: sections.flatMap((section) =>
      section.figures.map(({ name: file, title, caption, svg }) => ({ name: file, title, caption, svg })),
    ),
  };
}

const page = (result: StudyResult, sections: readonly StudySection[]): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${result.name}: robustness study</title>
        <style>
          ${STYLE}${STUDY_STYLE}
        </style>
      </head>
      <body>
        <main class="study">
          <header>
            <h1>${result.name}: robustness study</h1>
            <p class="lead">
              What distortions of weights and faults of chips do to the accuracy, by Lodestone. The distortions are
              those that the abstract of arXiv 1606.01981 names; their parametrisation here is our own. All numbers were
              measured by this study.
            </p>
            <nav aria-label="contents">
              <ul>
                ${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}
              </ul>
            </nav>
          </header>
          ${sections.map(
            (section) =>
              html`<section aria-labelledby="${section.id}">
                <h2 id="${section.id}">${section.title}</h2>
                ${section.body}
              </section>`,
          )}
        </main>
      </body>
    </html>`;

function failureSection(view: StudyView): StudySection {
  const { failures } = view.result;
  const repeated =
    view.repeated.length === 0
      ? undefined
      : html`<p class="bad">
          ${integer(view.repeated.length)} rows repeat a chip of a point that already has it, so that nothing tells them
          apart; they are in no figure and no table. The first: ${view.repeated[0]!.part}, ${view.repeated[0]!.network},
          ${view.repeated[0]!.effect} ${view.repeated[0]!.level}, chip ${view.repeated[0]!.chip}.
        </p>`;
  return {
    id: 'failures',
    title: 'What could not be measured',
    body: html`${failures.length === 0 ? html`<p>Nothing: every point of the study was measured.</p>` : failureTable(failures)}${repeated}`,
    figures: [],
  };
}

const failureTable = (failures: readonly StudyFailure[]): Html =>
  table(
    [{ title: 'part' }, { title: 'point' }, { title: 'why' }],
    failures.map((failure) => [failure.part, failure.point, failure.message]),
  );

const reproduceSection = (result: StudyResult): StudySection => ({
  id: 'reproduce',
  title: 'Specification and command',
  body: html`<p class="lead">The same specification gives the same rows, bit for bit, with any number of workers.</p>
    <pre>${result.command}</pre>
    <pre>${result.specification}</pre>`,
  figures: [],
});
