import { duration, integer, quantityWithBand, significant } from '../common/format.js';
import { type ChipMeasures, secondsOf } from '../ir/trace/measures.js';

/** Cores, time and numbers of a program or a run, name and value. */
export function measureLines({ cores, time, metrics, watts }: ChipMeasures): readonly (readonly [string, string])[] {
  const seconds = secondsOf(time);
  const units = (n: number): string => `${significant(n)} ${time.unit}${n === 1 ? '' : 's'}`;
  return [
    ['cores', integer(cores)],
    [
      'time per sample',
      `${units(time.perSample)}, ${duration(seconds.perSample)}; latency ${units(time.latency)}, ${duration(seconds.latency)}`,
    ],
    ...Object.values(metrics).map(({ label, value, unit, text }): readonly [string, string] => [
      label,
      text ?? `${integer(value)}${unit === '' ? '' : ` ${unit}`}`,
    ]),
    ...(watts === undefined
      ? []
      : [
          [
            'power',
            'unknown' in watts ? `unknown: ${watts.reason}` : `${quantityWithBand(watts)}, ${watts.status}`,
          ] as const,
        ]),
  ];
}
