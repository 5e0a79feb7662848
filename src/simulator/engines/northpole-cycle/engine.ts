/**
 * Runs a NorthPole-style program cycle by cycle on the reference chip (hw-models/northpole/chip.ts): every port and link is checked in
 * every cycle, every value is read from the memory it was written to. Slow; the functional engine is compared with it.
 */
import { assert, present } from '../../../common/assert.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import type { NorthPoleCounters } from '../../../ir/trace/northpole-counters.js';
import { NorthPoleChip, type ChipOptions } from '../../../hw-models/northpole/chip.js';
import {
  loadTensor,
  loadWeights,
  readTensor,
  type StoredTensor,
  type TensorValues,
} from '../../../hw-models/northpole/load.js';

/** What a batch yields. */
export interface CycleRun {
  /** [batch, nClasses] */
  readonly scores: Int32Array;
  /** What each layer stored, by tensor, when the layer ended. */
  readonly tensors: ReadonlyMap<number, StoredTensor>;
  /** The cycle after the last write. */
  readonly cycles: number;
  /** [layers] likewise by layer. */
  readonly ends: readonly number[];
  readonly counters: NorthPoleCounters;
}

/** One layer alone. */
export interface LayerRun {
  readonly output: StoredTensor;
  /** The cycle after its last write, on the clock of the whole program. */
  readonly end: number;
  /** Counters of the layer; `cycles` counts from its first weight line to its end. */
  readonly counters: NorthPoleCounters;
}

/** Options of a run; see {@link ChipOptions}. */
export interface CycleRunOptions extends Pick<ChipOptions, 'order'> {
  /** Called when the memories are loaded, before the first cycle. */
  readonly onLoaded?: (chip: NorthPoleChip) => void;
}

/** Runs one batch; `input` is the coded input, [batch, height, width, channels] of tensor 0. Throws at the first broken rule. */
export function runCycles(program: NorthPoleProgram, input: TensorValues, options: CycleRunOptions = {}): CycleRun {
  const all = program.layers.map((_, l) => l);
  const chip = new NorthPoleChip(program, options);
  loadWeights(chip, all);
  loadTensor(chip, 0, input, all);
  options.onLoaded?.(chip);
  const tensors = new Map<number, StoredTensor>();
  const from = Math.min(0, ...chip.plans.map((plan) => plan.from));
  assert(from === 0, `the first weights leave their memory in cycle ${from}, before the batch`);
  for (let cycle = 0; cycle <= program.cycles; cycle++) {
    program.layers.forEach(({ timing, output }, l) => {
      if (timing.end === cycle) tensors.set(output, readTensor(chip, l, cycle));
    });
    if (cycle < program.cycles) chip.step(cycle);
  }
  chip.finish(program.cycles);
  const output = present(tensors.get(program.outputs.tensor), 'the output tensor');
  return {
    scores: scoresOf(program, output),
    tensors,
    cycles: Math.max(...chip.observedEnds),
    ends: chip.observedEnds,
    counters: chip.events,
  };
}

/** Runs one layer; `operands` are the values of layer.operands, each [batch, height, width, channels]. */
export function runLayer(
  program: NorthPoleProgram,
  l: number,
  operands: readonly TensorValues[],
  options: CycleRunOptions = {},
): LayerRun {
  const chip = new NorthPoleChip(resident(program, l), { ...options, layers: [l] });
  const { layer, from } = present(chip.plans[l], `layer ${l}`);
  loadWeights(chip, [l]);
  layer.operands.forEach((tensor, n) => loadTensor(chip, tensor, present(operands[n], `operand ${n}`), [l]));
  options.onLoaded?.(chip);
  const { end } = layer.timing;
  for (let cycle = from; cycle < end; cycle++) chip.step(cycle);
  const output = readTensor(chip, l, end);
  chip.finish(end);
  return { output, end: present(chip.observedEnds[l], 'end'), counters: { ...chip.events, cycles: end - from } };
}

/** The program with the instructions of layer l in place. */
function resident(program: NorthPoleProgram, l: number): NorthPoleProgram {
  const layers = program.layers.map((layer, n) =>
    n === l ? { ...layer, timing: { ...layer.timing, programStart: 0, programEnd: 0 } } : layer,
  );
  return { ...program, layers };
}

/** Scores or votes of a batch, [batch, nClasses]. */
function scoresOf({ batch, outputs }: NorthPoleProgram, { values, stored }: StoredTensor): Int32Array {
  const { rule, nClasses } = outputs;
  assert(
    stored.every((s) => s === 1),
    'the host does not get all results',
  );
  const perFrame = values.length / batch;
  const scores = new Int32Array(batch * nClasses);
  values.forEach((value, n) => {
    const frame = Math.floor(n / perFrame);
    const k = frame * nClasses + ((n % perFrame) % nClasses);
    scores[k] = rule === 'scores' ? value : scores[k]! + value;
  });
  return scores;
}
