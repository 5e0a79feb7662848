import type { Stimulus } from '../../chips/kit.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';

/** Lines that are reported. */
const MOST_FINDINGS = 10;

/** Events of the host from lines `STEP,CORE,LINE` or `STEP CORE LINE`, in any order; lines that begin with # are left out. @throws UserError with every line that is none */
export function parseEvents(text: string, place: string): Stimulus['events'] {
  const found: Diagnostic[] = [];
  const rows: (readonly [number, number, number])[] = [];
  text.split('\n').forEach((line, n) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const [, step, core, target] = /^\s*(\d{1,9})[,\s]\s*(\d{1,9})[,\s]\s*(\d{1,9})\s*$/.exec(line) ?? [];
    if (step !== undefined && core !== undefined && target !== undefined) {
      rows.push([Number(step), Number(core), Number(target)]);
    } else if (found.length < MOST_FINDINGS) {
      const message = `"${line.slice(0, 40)}" is no event`;
      found.push(errorAt('bad-event', `${place} line ${n + 1}`, message, 'write STEP,CORE,AXON'));
    }
  });
  throwIfErrors(found);
  return Int32Array.from(rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).flat());
}
