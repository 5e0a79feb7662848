import { FAULT } from '../ir/faults/catalogue.js';
import type { ProgramOrigin } from '../ir/trace/origin.js';
import type { ProgramView } from '../ir/trace/program-view.js';
import type { NoisePoint, RunResult } from '../ir/trace/run-result.js';
import type { Waveform } from '../ir/trace/waveform.js';
import type { ValidationRow } from '../ir/trace/validation-row.js';
import { besideSections } from './beside-section.js';
import { energySection } from './energy-section.js';
import { integer, significant } from '../common/format.js';
import { html, type Html } from './html.js';
import { layerColours } from './layer-colours.js';
import { mappingSection } from './mapping-section.js';
import { noisePlot, type NoiseReference, noiseTable } from './noise-plot.js';
import { probeSection } from './waveform/probe-section.js';
import { isQuiet, runOf } from './run-of.js';
import { choiceRules, choicesOf } from './step-plan.js';
import { STYLE } from './style.js';
import { headline, noiseText, summarySection } from './summary-section.js';
import { validationSection } from './validation-section.js';

/** Everything a report can show; an empty list leaves its section out. */
export interface ReportInput {
  readonly title: string;
  readonly results: readonly RunResult[];
  /** Programs, matched with results and noise by name. */
  readonly programs: readonly ProgramView[];
  readonly noise: readonly NoisePoint[];
  readonly validation?: readonly ValidationRow[];
  /** What was recorded of cores. */
  readonly probes?: readonly Waveform[];
  /** Version, model and program behind the numbers. */
  readonly origins?: readonly ProgramOrigin[];
  /** Command lines that made the numbers. */
  readonly commands?: readonly string[];
}

/**
 * The report as one self-contained HTML file: vector plots, no scripts, nothing fetched from anywhere. The same input
 * gives the same bytes.
 */
export async function renderReport(input: ReportInput): Promise<string> {
  const { programs } = input;
  const first = input.results[0];
  const colours = layerColours(programs);
  const body = html`<main>
    <header>
      <h1>${input.title}</h1>
      <p class="lead">
        What the mapping costs and what the chip computes, by Lodestone. Every number states its unit; physical ones
        also their source and status.
      </p>
    </header>
    ${first === undefined ? undefined : headline(first)}
    ${input.results.length === 0 ? undefined : summarySection(input.results)} ${besideSections(programs, input.results)}
    ${programs.map((program, i) =>
      mappingSection(program, {
        result: runOf(program, input.results),
        colours: colours(program.name),
        id: `program-${i}`,
      }),
    )}
    ${await noiseSection(
      input.noise.map((point) => ({ ...point, network: seriesOf(point) })),
      referencesOf(input, programs),
    )}
    ${input.probes === undefined || input.probes.length === 0 ? undefined : probeSection(input.probes)}
    ${input.results.length === 0 ? undefined : energySection(input.results)}
    ${input.validation === undefined || input.validation.length === 0 ? undefined : validationSection(input.validation)}
    ${reproduceSection(input)}
  </main>`;
  const choices = programs.reduce((n, { steps }) => Math.max(n, steps === undefined ? 0 : choicesOf(steps)), 0);
  return `${page(input.title, body, choices).text}\n`;
}

const page = (title: string, body: Html, choices: number): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${STYLE} ${choiceRules(choices)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`;

/** Fault-free accuracy: from the sweep's own point at level 0 (same samples), else from a run without noise. */
function referencesOf(input: ReportInput, programs: readonly ProgramView[]): readonly NoiseReference[] {
  return [...new Set(input.noise.map(seriesOf))].map((series) => {
    const own = input.noise.filter((point) => seriesOf(point) === series);
    const first = own[0];
    const golden =
      own.find((point) => point.level === 0)?.accuracyMean ??
      input.results.find(
        (result) => result.name === first?.network && result.target === first.target && isQuiet(result),
      )?.accuracy;
    const nClasses = programs.find((program) => program.name === first?.network)?.nClasses;
    return {
      network: series,
      ...(golden === undefined ? {} : { golden }),
      ...(nClasses === undefined ? {} : { chance: 1 / nClasses }),
    };
  });
}

/** Name of the curve: the same network on two kinds of chips has two. */
const seriesOf = ({ network, target }: NoisePoint): string => `${network} (${target})`;

async function noiseSection(
  points: readonly NoisePoint[],
  references: readonly NoiseReference[],
): Promise<Html | undefined> {
  if (points.length === 0) return undefined;
  const distortions = [...new Set(points.map((point) => point.distortion))];
  const plots: Html[] = [];
  for (const [i, distortion] of distortions.entries()) {
    const own = points.filter((point) => point.distortion === distortion);
    plots.push(
      html`<h3>${FAULT[distortion].title}</h3>
        ${await noisePlot(own, references, `noise-${i}`)}${noiseTable(own)}`,
    );
  }
  return html`<section aria-labelledby="noise">
    <h2 id="noise">What noise does to the accuracy</h2>
    <p class="lead">Each chip is drawn from its own seed and keeps its faults for the whole data set.</p>
    ${plots}
  </section>`;
}

/** What was counted, in the events of the chip. */
const eventText = ({ metrics }: RunResult): string =>
  Object.values(metrics)
    .map(({ label, value, text }) => `${label} ${text ?? integer(value)}`)
    .join(', ');

/** Which version, model and program the numbers are of. */
function originTable(origins: readonly ProgramOrigin[]): Html | undefined {
  if (origins.length === 0) return undefined;
  const rows = origins.map(
    ({ name, chip, lodestone, modelSha256, programSha256 }) =>
      html`<tr>
        <th scope="row">${name} on ${chip}</th>
        <td>${lodestone}</td>
        <td><code>${modelSha256 ?? 'a program file was given'}</code></td>
        <td><code>${programSha256}</code></td>
      </tr>`,
  );
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">program</th>
          <th scope="col">Lodestone</th>
          <th scope="col">model file, SHA-256</th>
          <th scope="col">program file, SHA-256</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function reproduceSection(input: ReportInput): Html {
  const rows = input.results.map(
    (result) =>
      html`<tr>
        <th scope="row">${result.name}</th>
        <td>${noiseText(result)}</td>
        <td class="number">${result.seed}</td>
        <td class="number">${result.host.workers}</td>
        <td>${result.engine}</td>
        <td class="long small">${eventText(result)}</td>
        <td class="number">${significant(result.host.seconds)}</td>
        <td class="number">${significant(result.host.samplesPerSecond)}</td>
      </tr>`,
  );
  return html`<section aria-labelledby="reproduce">
    <h2 id="reproduce">Reproduce</h2>
    <p class="lead">The same seed gives the same numbers, bit for bit, with any number of workers and any engine.</p>
    ${
      input.commands === undefined || input.commands.length === 0
        ? undefined
        : html`<pre>${input.commands.join('\n')}</pre>`
    }
    ${originTable(input.origins ?? [])}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">run</th>
            <th scope="col">noise</th>
            <th scope="col" class="number">seed</th>
            <th scope="col" class="number">workers</th>
            <th scope="col">engine</th>
            <th scope="col">events</th>
            <th scope="col" class="number">seconds</th>
            <th scope="col" class="number">samples / s</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}
