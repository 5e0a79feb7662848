import type { ProgramView } from '../ir/trace/program-view.js';
import type { RunResult } from '../ir/trace/run-result.js';

/** Whether no fault was on. */
export const isQuiet = (result: RunResult): boolean => Object.values(result.noise).every((level) => level === 0);

/** The fault-free run of a program if there is one, else any run of it. Two mappings of one network on one chip differ in cores or time. */
export function runOf(program: ProgramView, results: readonly RunResult[]): RunResult | undefined {
  const own = results.filter(
    ({ name, target, chip, cores, time }) =>
      name === program.name &&
      target === program.target &&
      chip === program.chip &&
      cores === program.cores &&
      time.perSample === program.time.perSample &&
      time.latency === program.time.latency,
  );
  return own.find(isQuiet) ?? own[0];
}
