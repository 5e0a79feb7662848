/** What a result says, number by number: the names that gates and tables use. */
import { duration, integer, percent, quantityWithBand, significant, unitSign } from '../../common/format.js';
import type { Quantity, Unknown } from '../../common/quantity.js';
import { secondsOf } from '../../ir/trace/measures.js';
import type { RunResult } from '../../ir/trace/run-result.js';
import { type Ratio, ratio, ratioOf, times } from './ratio.js';

/** One number of a result. */
export interface Reading {
  /** Its name in gates and in JSON: `energy`, `energy.staticPower`, `hops`. */
  readonly key: string;
  readonly label: string;
  /** `share` for fractions, empty for counts. */
  readonly unit: string;
  readonly value: Ratio | Unknown;
  /** As people read it. */
  readonly text: string;
  /** Of what its value depends on: the samples one by one, so that results of other samples are no comparison. */
  readonly perRun: boolean;
}

/** What the mapping says, before and after a run. */
export function mappingReadings({ cores, time }: Pick<RunResult, 'cores' | 'time'>): readonly Reading[] {
  const seconds = secondsOf(time);
  const second = ratioOf(time.unitSeconds.value);
  const inSeconds = (units: number): Ratio => times(ratioOf(units), second);
  const clock = (units: number): string => `${significant(units)} ${time.unit}${units === 1 ? '' : 's'}`;
  return [
    count('cores', 'cores', cores),
    {
      ...{ key: 'time', label: 'time per sample', unit: 's', value: inSeconds(time.perSample), perRun: false },
      text: `${clock(time.perSample)}, ${duration(seconds.perSample)}`,
    },
    {
      ...{ key: 'latency', label: 'latency', unit: 's', value: inSeconds(time.latency), perRun: false },
      text: `${clock(time.latency)}, ${duration(seconds.latency)}`,
    },
  ];
}

/** All numbers of a result, in the order of the table; keys differ. */
export function readingsOf(result: RunResult): readonly Reading[] {
  const { samples, correct, mismatches, energyUj, energyParts, watts, metrics } = result;
  const own: readonly Reading[] = [
    share('accuracy', 'accuracy', ratio(correct, samples), percent(result.accuracy)),
    ofShare('accuracyInteger', 'integer network', result.accuracyInteger, samples),
    ...(result.accuracyFloat === undefined
      ? []
      : [ofShare('accuracyFloat', 'float network', result.accuracyFloat, samples)]),
    { ...count('mismatches', 'mismatches', mismatches), perRun: true },
    ...mappingReadings(result),
    physical('energy', 'energy per sample', energyUj),
    ...energyParts.map(({ name, value }) => part(name, value, 'unknown' in energyUj ? 'uJ' : energyUj.unit)),
    ...(watts === undefined ? [] : [physical('power', 'power', watts)]),
  ];
  const taken = new Set(own.map(({ key }) => key));
  const counted = Object.entries(metrics).map(([name, { label, value, unit, text }]): Reading => {
    const key = taken.has(name) ? `metric.${name}` : name;
    const shown = text ?? `${integer(value)}${unit === '' ? '' : ` ${unit}`}`;
    return { key, label, unit, value: ratioOf(value), text: shown, perRun: true };
  });
  return [...own, ...counted];
}

/** A part of an energy is named after the part: "static power" is `energy.staticPower`. */
const part = (name: string, value: number, unit: string): Reading => ({
  key: `energy.${name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, letter: string | undefined) => (letter ?? '').toUpperCase())}`,
  label: `energy, ${name}`,
  unit,
  value: ratioOf(value),
  text: `${significant(value)} ${unitSign(unit)}`,
  perRun: false,
});

const share = (key: string, label: string, value: Ratio, text: string): Reading => ({
  ...{ key, label, unit: 'share', value, text, perRun: true },
});

/** A share of samples is a count over them, which its float is only next to. */
function ofShare(key: string, label: string, value: number, samples: number): Reading {
  const hits = Math.round(value * samples);
  const exact = Math.abs(hits - value * samples) < 1e-6 ? ratio(hits, samples) : ratioOf(value);
  return share(key, label, exact, percent(value));
}

const count = (key: string, label: string, value: number): Reading => ({
  ...{ key, label, unit: '', value: ratio(value), text: integer(value), perRun: false },
});

function physical(key: string, label: string, of: Quantity | Unknown): Reading {
  const common = { key, label, perRun: false, text: quantityWithBand(of) };
  return 'unknown' in of
    ? { ...common, unit: key === 'power' ? 'W' : 'uJ', value: of }
    : { ...common, unit: of.unit, value: ratioOf(of.value) };
}
