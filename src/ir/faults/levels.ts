/** How much of each fault: levels and the one check of them. Threads load it: the schemas of files stand apart (level-schemas.ts). */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { byFault, type ByFault, FAULT, FAULT_NAMES, type FaultName, isFaultName } from './catalogue.js';

/** Noise and faults of a run, by name; 0 is off. The exact definitions, and which chip has which: docs/faults.md. */
export type NoiseSpec = ByFault<number>;

/** No noise. */
export const NO_NOISE: NoiseSpec = byFault(() => 0);

/** Noise of one kind only. */
export const noiseOf = (fault: FaultName, level: number): NoiseSpec => ({ ...NO_NOISE, [fault]: level });

/** Whether a number is a level of a fault. */
export const isLevel = (fault: FaultName, level: number): boolean => level >= 0 && level <= FAULT[fault].limit;

/** What is wrong with a level: not a number, negative or beyond the range of the fault; nothing for a level. */
export function levelProblems(fault: FaultName, level: number, place = `noise.${fault}`): readonly Diagnostic[] {
  return isLevel(fault, level) ? [] : [badLevel(fault, String(level), place)];
}

/** The finding about a text that is no level. */
export const badLevel = (fault: FaultName, text: string, place: string): Diagnostic =>
  errorAt(
    'bad-noise-level',
    place,
    `"${text}" is not a level of ${fault}`,
    `pass a number from 0 to ${FAULT[fault].limit}, for example 0.01`,
  );

/** The finding about a name that is no fault. */
export const unknownFault = (name: string, place: string): Diagnostic =>
  errorAt('unknown-noise', place, unknownText(name), `use ${FAULT_NAMES.join(', ')}`);

/** What is said of a name that is no fault: the nearest one, if there is one. */
export function unknownText(name: string): string {
  const suggestion = nearest(name, FAULT_NAMES);
  return `there is no fault "${name}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
}

/** What is wrong with some levels: names that are no faults, and bad levels. */
export const noiseProblems = (noise: Readonly<Partial<Record<FaultName, number>>>): readonly Diagnostic[] =>
  Object.entries(noise).flatMap(([name, level]) =>
    isFaultName(name) ? levelProblems(name, level) : [unknownFault(name, `noise.${name}`)],
  );
