import type { FaultScope } from '../ir/faults/scope.js';
import { secondsOf } from '../ir/trace/measures.js';
import type { RunResult } from '../ir/trace/run-result.js';
import { bandText, duration, integer, percent, percentInterval, quantity, significant } from '../common/format.js';
import { html, type Html } from './html.js';

/** Large figures of the first result. */
export function headline(result: RunResult): Html {
  const exact = result.mismatches === 0;
  return html`<p class="lead">${result.name} on ${result.chip}, ${result.data}:</p>
    <div class="tiles">
      ${tile('accuracy on the chip', percent(result.accuracy), `95 %: ${percentInterval(result.accuracyInterval)}`)}
      ${tile(
        'mismatches',
        integer(result.mismatches),
        exact ? 'identical to the integer network' : `of ${integer(result.samples)} samples`,
      )}
      ${tile('cores', integer(result.cores), result.chip)} ${timeTile(result)}
      ${tile('energy per sample', quantity(result.energyUj), energyNote(result))}
    </div>`;
}

function timeTile({ time }: RunResult): Html {
  const seconds = secondsOf(time);
  return tile(
    `${time.unit}s per sample`,
    significant(time.perSample),
    `${duration(seconds.perSample)}; latency ${significant(time.latency)} ${time.unit}s, ${duration(seconds.latency)}`,
  );
}

/** What a sample takes, in the clock of its chip and in seconds. */
const timeText = ({ time }: RunResult): Html =>
  html`${significant(time.perSample)} ${time.unit}${time.perSample === 1 ? '' : 's'}
    <div class="small">${duration(secondsOf(time).perSample)}</div>`;

const energyNote = (result: RunResult): string =>
  'unknown' in result.energyUj ? result.energyUj.reason : `${energyWords(result)}, see below`;

const tile = (label: string, value: string, note: string): Html =>
  html`<div class="tile">
    <div class="label">${label}</div>
    <div class="value">${value}</div>
    <div class="note">${note}</div>
  </div>`;

/** One row per run. */
export function summarySection(results: readonly RunResult[]): Html {
  return html`<section aria-labelledby="summary">
    <h2 id="summary">Results</h2>
    <p class="lead">
      Every sample goes through the chip and is compared, score by score, with the integer network on the same samples.
    </p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">network</th>
            <th scope="col" class="number">samples</th>
            <th scope="col" class="number">float</th>
            <th scope="col" class="number">integer</th>
            <th scope="col" class="number">chip, 95 % interval</th>
            <th scope="col" class="number">mismatches</th>
            <th scope="col" class="number">cores</th>
            <th scope="col" class="number">time / sample</th>
            <th scope="col" class="number">energy / sample</th>
          </tr>
        </thead>
        <tbody>
          ${results.map(row)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row(result: RunResult): Html {
  return html`<tr>
    <th scope="row">
      ${result.name}
      <div class="small">${result.chip}, ${result.data}${noisy(result) ? `, ${noiseText(result)}` : ''}</div>
    </th>
    <td class="number">${integer(result.samples)}</td>
    <td class="number">${result.accuracyFloat === undefined ? 'not run' : percent(result.accuracyFloat)}</td>
    <td class="number">${percent(result.accuracyInteger)}</td>
    <td class="number">
      ${percent(result.accuracy)}
      <div class="small">${percentInterval(result.accuracyInterval)}</div>
    </td>
    <td class="number ${result.mismatches === 0 ? 'good' : noisy(result) ? '' : 'bad'}">
      ${integer(result.mismatches)}
    </td>
    <td class="number">${integer(result.cores)}</td>
    <td class="number">${timeText(result)}</td>
    <td class="number">
      ${quantity(result.energyUj)}
      <div class="small">${energyWords(result)}</div>
    </td>
  </tr>`;
}

const energyWords = ({ energyUj }: RunResult): string =>
  'unknown' in energyUj
    ? energyUj.reason
    : [bandText(energyUj), energyUj.status].filter((text) => text !== '').join(', ');

const noisy = (result: RunResult): boolean => Object.values(result.noise).some((level) => level > 0);

/** "none", or "ber=0.01, drop=0.1". */
export function noiseText(result: RunResult): string {
  const on = Object.entries(result.noise).filter(([, level]) => level > 0);
  const levels = on.map(([name, level]) => `${name}=${level}`).join(', ');
  return on.length === 0 ? 'none' : [levels, ...scopeTexts(result.scope ?? {})].join(', ');
}

function scopeTexts({ memories, protectedBits, layers, cores, known }: FaultScope): readonly string[] {
  return [
    ...(memories === undefined ? [] : [`in ${memories.join(' and ')}`]),
    ...(protectedBits === undefined ? [] : [`without faults: bits ${protectedBits.join(' ')}`]),
    ...(layers === undefined ? [] : [`layers ${layers.join(' ')} only`]),
    ...(cores === undefined ? [] : [`cores ${cores.join(' ')} only`]),
    ...(known === true ? ['known to the compiler'] : []),
  ];
}
