import { fail } from '../../common/diagnostics.js';
import type { RancOutput } from '../../ir/program/formats/ranc/output.js';
import type { RancModel } from '../../ir/program/formats/ranc/types.js';
import { RancChip, type RancEvents } from './chip.js';
import type { RancWidths } from './spec.js';

/** Largest output: rows times lines of the bus. */
const MAX_VALUES = 2 ** 28;
/** The signal is asked once in so many ticks. */
const TICKS_PER_LOOK = 64;

/** What a run leaves behind. */
export interface RancRun {
  readonly output: RancOutput;
  readonly events: RancEvents;
  readonly synapticOperations: number;
}

/** How to run. */
export interface RancRunOptions {
  /** Rows of the output, at least 1. */
  readonly ticks: number;
  readonly widths?: RancWidths;
  readonly signal?: AbortSignal;
}

/** Runs a model from its initial state. @throws UserError for an output that is too large or a model that does not fit the widths */
export function runRanc(model: RancModel, { ticks, widths, signal }: RancRunOptions): RancRun {
  const { nOutputs } = model.outputBus;
  if (ticks * nOutputs > MAX_VALUES) {
    const message = `${ticks} ticks of ${nOutputs} outputs are more than ${MAX_VALUES} values`;
    fail('output-too-large', '--ticks', message, 'run fewer ticks');
  }
  const chip = new RancChip(model, widths);
  const values = new Uint8Array(ticks * nOutputs);
  for (let row = 0; row < ticks; row++) {
    if (row % TICKS_PER_LOOK === 0) signal?.throwIfAborted();
    values.set(chip.tick(), row * nOutputs);
  }
  return {
    output: { nRows: ticks, nOutputs, values },
    events: chip.events,
    synapticOperations: chip.synapticOperations,
  };
}
