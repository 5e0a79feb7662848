/**
 * Waveforms as VCD files, which GTKWave and Surfer read.
 *
 * Source of the format: IEEE 1364-2005, clause 18 (value change dump): a header of declarations, then `#time` and the values that change there.
 */
import type { Waveform, WaveSignal } from '../../ir/trace/waveform.js';

/** Characters of identifiers. */
const FIRST = 33;
const LAST = 126;
/** Units of time scales, the longest first, in seconds as a power of ten. */
const UNITS: readonly (readonly [name: string, power: number])[] = [
  ['s', 0],
  ['ms', -3],
  ['us', -6],
  ['ns', -9],
  ['ps', -12],
  ['fs', -15],
];
/** Bits of integers. */
const INTEGER_BITS = 32;

/** The file in pieces, a time at a time. The same waveform is the same file: it holds no date. */
export function* vcdOf(wave: Waveform): Generator<string> {
  const { scale, factor } = timescale(wave.time.unitSeconds.value);
  const ids = new Map(wave.signals.map((signal, i) => [signal, identifier(i)]));
  const { name, target, chip, input, core, model, time } = wave;
  yield `$version lodestone $end\n$comment ${word(`${name} on ${target} (${chip}), core ${core.join(',')}, ${input}, model ${model}; ` + `a ${time.unit} is ${factor} time units`)} $end\n`;
  yield `$timescale ${scale} $end\n$scope module core_${core.join('_')} $end\n`;
  for (const group of new Set(wave.signals.map((signal) => signal.group))) {
    yield `$scope module ${symbol(group)} $end\n`;
    for (const signal of wave.signals.filter((one) => one.group === group)) {
      const type = signal.kind === 'value' ? `integer ${INTEGER_BITS}` : 'wire 1';
      yield `$var ${type} ${ids.get(signal) ?? ''} ${symbol(signal.name)} $end\n`;
    }
    yield '$upscope $end\n';
  }
  yield '$upscope $end\n$enddefinitions $end\n';
  const changes = changesOf(wave.signals);
  for (const [at, signals] of changes) {
    yield `#${at * factor}\n`;
    if (at === time.from) yield '$dumpvars\n';
    yield signals.map(({ signal, value }) => `${valueText(signal, value, ids.get(signal) ?? '')}\n`).join('');
    if (at === time.from) yield '$end\n';
  }
  // Viewers end at the last time they see.
  if (changes.at(-1)?.[0] !== time.to) yield `#${time.to * factor}\n`;
}

/** The changes of all signals by their steps, ascending. */
function changesOf(signals: readonly WaveSignal[]) {
  const all = new Map<number, { readonly signal: WaveSignal; readonly value: number }[]>();
  for (const signal of signals) {
    signal.times.forEach((at, i) => {
      const there = all.get(at) ?? [];
      if (there.length === 0) all.set(at, there);
      there.push({ signal, value: signal.values[i] ?? 0 });
    });
  }
  return [...all].sort(([a], [b]) => a - b);
}

/** A scale of 1, 10 or 100 units of which a step is a whole number; of steps that are none, the nearest number of femtoseconds. */
export function timescale(seconds: number): { readonly scale: string; readonly factor: number } {
  for (const [name, power] of UNITS) {
    for (const [size, digits] of [
      [100, 2],
      [10, 1],
      [1, 0],
    ] as const) {
      const factor = seconds / 10 ** (power + digits);
      const whole = Math.round(factor);
      if (whole >= 1 && Math.abs(factor - whole) < 1e-9 * whole) return { scale: `${size} ${name}`, factor: whole };
    }
  }
  return { scale: '1 fs', factor: Math.max(1, Math.round(seconds / 1e-15)) };
}

/** Two's complement without the bits that repeat the sign, as the format has it: the last one of them stays. */
function valueText({ kind }: WaveSignal, value: number, id: string): string {
  if (kind !== 'value') return `${value === 0 ? 0 : 1}${id}`;
  const bits = (value >>> 0).toString(2);
  return `b${value < 0 ? bits : `0${bits}`} ${id}`;
}

function identifier(index: number): string {
  const base = LAST - FIRST + 1;
  let rest = index;
  let text = '';
  do {
    text += String.fromCharCode(FIRST + (rest % base));
    rest = Math.floor(rest / base) - 1;
  } while (rest >= 0);
  return text;
}

/** A name without white space. */
const symbol = (name: string): string => name.replaceAll(/\s+/g, '_');
/** Text of a comment: `$end` would end it. */
const word = (text: string): string => text.replaceAll('$', '');
