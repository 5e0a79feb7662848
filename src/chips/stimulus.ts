/** What is wrong with a stimulus from outside: events in places that are not there, values that do not fit. */
import { type Diagnostic, errorAt } from '../common/diagnostics.js';
import type { Stimulus } from './kit.js';

const REMEDY = 'record it again with `lodestone conform record`';
const wrong = (place: string, message: string): Diagnostic => errorAt('bad-stimulus', place, message, REMEDY);

/** Events of the host: three numbers each, steps ascending and before the end, cores and lines that there are. */
export function eventProblems(
  { events, steps }: Stimulus,
  { cores, lines }: { readonly cores: number; readonly lines: number },
): readonly Diagnostic[] {
  if (events.length % 3 !== 0) return [wrong('events', `${events.length} numbers are no events of three`)];
  const found: Diagnostic[] = [];
  let last = 0;
  for (let k = 0; k < events.length && found.length === 0; k += 3) {
    const [step = -1, core = -1, line = -1] = events.subarray(k, k + 3);
    const place = `event ${k / 3}`;
    if (step < last || step >= steps) found.push(wrong(place, `step ${step} is not in ${last}..${steps - 1}`));
    if (core < 0 || core >= cores) found.push(wrong(place, `there is no core ${core} of ${cores}`));
    if (line < 0 || line >= lines) found.push(wrong(place, `there is no line ${line} of ${lines}`));
    last = step;
  }
  return found;
}

/** Values that are loaded before the first step: so many, and each in range. */
export function valueProblems(
  { values }: Stimulus,
  { n, low, high }: { readonly n: number; readonly low: number; readonly high: number },
): readonly Diagnostic[] {
  if (values.length !== n) return [wrong('values', `${values.length} values are loaded where the program takes ${n}`)];
  const at = values.findIndex((value) => value < low || value > high);
  return at < 0 ? [] : [wrong(`value ${at}`, `${values[at]} is not in ${low}..${high}`)];
}

/** For chips to which no events come. */
export const noEvents = ({ events }: Stimulus): readonly Diagnostic[] =>
  events.length === 0 ? [] : [wrong('events', `${events.length / 3} events for a chip that takes none`)];
