/** What was recorded of cores: rasters of events, levels of units, potentials. */
import { duration, integer } from '../../common/format.js';
import { stepsOf, type Waveform, type WaveSignal } from '../../ir/trace/waveform.js';
import { html, type Html } from '../html.js';

/** Rows that are drawn; the file has the others. */
const MOST_ROWS = 64;
const MOST_CURVES = 16;
const ROW = 10;
const CURVE = 46;
const LABEL = 96;
const WIDTH = 900;

/** A section with a figure for each group of signals of each core. */
export function probeSection(probes: readonly Waveform[]): Html {
  return html`<section aria-labelledby="probes">
    <h2 id="probes">What cores did</h2>
    <p class="lead">Recorded step by step; the same with every engine.</p>
    ${probes.map((wave, i) => probeOf(wave, `probe-${i}`))}
  </section>`;
}

function probeOf(wave: Waveform, id: string): Html {
  const { name, chip, core, input, time, model } = wave;
  const { unit, unitSeconds, from, to } = time;
  const groups = [...new Set(wave.signals.map((signal) => signal.group))];
  return html`<h3>${name} on ${chip}, core ${core.join(',')}</h3>
    <p class="small">
      ${input}; ${unit}s ${integer(from)} to ${integer(to - 1)} (${duration((to - from) * unitSeconds.value)}), model
      ${model}.
    </p>
    ${groups.map((group, g) => {
      const signals = wave.signals.filter((signal) => signal.group === group);
      return figureOf(wave, { group, signals, id: `${id}-${g}` });
    })}`;
}

interface Group {
  readonly group: string;
  readonly signals: readonly WaveSignal[];
  readonly id: string;
}

function figureOf(wave: Waveform, { group, signals, id }: Group): Html {
  const curves = signals.filter(({ kind }) => kind === 'value');
  const rows = signals.filter(({ kind }) => kind !== 'value');
  return html`${rows.length === 0 ? undefined : raster(wave, { group, signals: rows, id: `${id}-r` })}
  ${curves.length === 0 ? undefined : curvesOf(wave, { group, signals: curves, id: `${id}-c` })}`;
}

/** Signals that ever do something first: the others say nothing in a picture. */
const lively = (signals: readonly WaveSignal[], most: number): readonly WaveSignal[] => {
  const moving = signals.filter(({ times, values }) => times.length > 1 || (values[0] ?? 0) !== 0);
  return (moving.length === 0 ? signals : moving).slice(0, most);
};

function raster(wave: Waveform, { group, signals, id }: Group): Html {
  const { from, to, unit } = wave.time;
  const drawn = lively(signals, MOST_ROWS);
  const scale = (WIDTH - LABEL) / (to - from);
  const height = drawn.length * ROW + 16;
  let total = 0;
  for (const signal of signals) total += stepsOf(signal, to).length;
  return html`<figure>
    <svg role="img" aria-labelledby="${id}-title" viewBox="0 0 ${WIDTH} ${height}" width="100%">
      <title id="${id}-title">${wave.name}, core ${wave.core.join(',')}: ${group}</title>
      ${drawn.map((signal, row) => {
        const y = row * ROW;
        const marks = spansOf(signal, to).map(
          ([first, end]) =>
            html`<rect
              x="${(LABEL + (first - from) * scale).toFixed(2)}"
              y="${y + 1}"
              width="${Math.max(0.8, (end - first) * scale).toFixed(2)}"
              height="${ROW - 2}"
              fill="var(--accent)"
            />`,
        );
        return html`<text x="0" y="${y + ROW - 2}" font-size="9" fill="currentColor">${signal.name}</text>${marks}`;
      })}
      ${axis(wave, height)}
    </svg>
    <figcaption class="small">
      ${group}: ${integer(total)} ${unit}s of ${integer(signals.length)}
      signals${drawn.length < signals.length ? `; drawn are ${integer(drawn.length)} that do something` : ''}.
    </figcaption>
  </figure>`;
}

/** Stretches in which a signal is not 0. */
function spansOf({ times, values }: WaveSignal, to: number): readonly (readonly [number, number])[] {
  return times.flatMap((at, i) => ((values[i] ?? 0) === 0 ? [] : [[at, times[i + 1] ?? to] as const]));
}

function curvesOf(wave: Waveform, { group, signals, id }: Group): Html {
  const { from, to } = wave.time;
  const drawn = lively(signals, MOST_CURVES);
  const scale = (WIDTH - LABEL) / (to - from);
  const height = drawn.length * CURVE + 16;
  return html`<figure>
    <svg role="img" aria-labelledby="${id}-title" viewBox="0 0 ${WIDTH} ${height}" width="100%">
      <title id="${id}-title">${wave.name}, core ${wave.core.join(',')}: ${group}</title>
      ${drawn.map((signal, row) => {
        const low = Math.min(0, ...signal.values);
        const high = Math.max(0, ...signal.values);
        const y = (value: number): number =>
          row * CURVE + 4 + ((high - value) / Math.max(1, high - low)) * (CURVE - 12);
        const points = signal.times.flatMap((at, i) => {
          const end = signal.times[i + 1] ?? to;
          const level = y(signal.values[i] ?? 0).toFixed(1);
          return [at, end].map((step) => `${(LABEL + (step - from) * scale).toFixed(2)},${level}`);
        });
        return html`<text x="0" y="${row * CURVE + 14}" font-size="9" fill="currentColor">${signal.name}</text>
          <text x="0" y="${row * CURVE + 26}" font-size="8" fill="currentColor"
            >${integer(low)} to ${integer(high)}</text
          >
          <line
            x1="${LABEL}"
            x2="${WIDTH}"
            y1="${y(0).toFixed(1)}"
            y2="${y(0).toFixed(1)}"
            stroke="currentColor"
            stroke-opacity="0.25"
          />
          <polyline points="${points.join(' ')}" fill="none" stroke="var(--accent)" stroke-width="1.2" />`;
      })}
      ${axis(wave, height)}
    </svg>
    <figcaption class="small">
      ${group} of ${integer(drawn.length)} of ${integer(signals.length)} signals, each in its own range; the line is 0.
    </figcaption>
  </figure>`;
}

/** The first and the last step. */
function axis({ time: { from, to, unit } }: Waveform, height: number): Html {
  return html`<text x="${LABEL}" y="${height - 3}" font-size="9" fill="currentColor">${unit} ${integer(from)}</text>
    <text x="${WIDTH}" y="${height - 3}" font-size="9" text-anchor="end" fill="currentColor">${integer(to - 1)}</text>`;
}
