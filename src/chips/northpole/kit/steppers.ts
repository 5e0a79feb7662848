/** The models of the kit, cycle by cycle, with their fields. */
import { present } from '../../../common/assert.js';
import { NorthPoleChip } from '../../../hw-models/northpole/chip.js';
import type { NorthPoleRuleId } from '../../../hw-models/northpole/cycle-rules.js';
import type { Events } from '../../../hw-models/northpole/events.js';
import { loadTensor, loadWeights, readTensor, storedElements } from '../../../hw-models/northpole/load.js';
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NorthPoleLayer, NorthPoleProgram } from '../../../ir/program/northpole.js';
import { createNorthPoleEngine } from '../../../simulator/engines/northpole/engine.js';
import type { ChipStepper, Stimulus } from '../../kit.js';
import { type FieldAccess, stepperOf, type StepperParts } from '../../stepper.js';

/** How the chip is opened. */
export interface ChipVariant {
  /** With what is counted in every cycle. */
  readonly inside?: boolean | undefined;
  /** Cores are visited from the last to the first. */
  readonly reversed?: boolean | undefined;
  /** Hears of every rule that decided something. */
  readonly note?: ((rule: NorthPoleRuleId) => void) | undefined;
}

/** The chip, cycle by cycle: the specification. */
export function openChip(
  program: NorthPoleProgram,
  { steps, values }: Stimulus,
  { reversed = false, inside = false, note }: ChipVariant = {},
): StepperParts {
  const nCores = program.spec.gridWidth * program.spec.gridHeight;
  const order = Array.from({ length: nCores }, (_, core) => (reversed ? nCores - 1 - core : core));
  const chip = new NorthPoleChip(program, { order });
  const all = program.layers.map((_, l) => l);
  loadWeights(chip, all);
  loadTensor(chip, 0, values, all);
  // What a layer has stored is read when it ends: later its memory may hold something else.
  const stored = program.layers.map((layer) => new Int32Array(resultSize(program, layer)));
  const known = program.layers.map((_, l) => storedElements(program, l));
  const keep = (cycle: number): void =>
    program.layers.forEach(({ timing }, l) => {
      if (timing.end !== cycle) return;
      stored[l]?.set(readTensor(chip, l, cycle).values);
    });
  const before = { counts: countsOf(chip.events), ends: [...chip.observedEnds] };
  let inCycle = before.counts.map(() => 0);
  return {
    steps,
    compute: (now) => {
      chip.step(now);
      keep(now + 1);
      if (now + 1 === program.cycles) chip.finish(program.cycles);
      const counts = countsOf(chip.events);
      inCycle = counts.map((count, i) => count - before.counts[i]!);
      before.counts = counts;
      if (note !== undefined) for (const rule of rulesIn(program, now, inCycle)) note(rule);
    },
    fields: {
      ends: endsField(program, () => Int32Array.from(chip.observedEnds)),
      ...Object.fromEntries(program.layers.map((layer, l) => [nameOf(layer, l), resultField(stored[l], known[l])])),
      ...(inside && { activity: activityField(() => inCycle) }),
    },
  };
}

/** The functional engine: it computes whole samples and takes the cycles from the program. */
export function openFunctional(program: NorthPoleProgram, { steps, values }: Stimulus): ChipStepper {
  const engine = createNorthPoleEngine(program);
  const perFrame = values.length / program.batch;
  const results = program.layers.map((layer) => new Int32Array(resultSize(program, layer)));
  for (let frame = 0; frame < program.batch; frame++) {
    const found = engine.trace(values.subarray(frame * perFrame, (frame + 1) * perFrame), frame);
    program.layers.forEach(({ output }, l) => {
      const tensor = present(found.get(present(program.tensors[output], 'tensor').node), 'values of a layer');
      results[l]?.set(tensor, frame * tensor.length);
    });
  }
  let cycle = 0;
  const shown = (l: number): Int32Array => {
    const result = present(results[l], 'result');
    return cycle >= present(program.layers[l], 'layer').timing.end ? result.slice() : new Int32Array(result.length);
  };
  const nothing = new Uint8Array(program.layers.length);
  return stepperOf({
    steps,
    compute: (now) => {
      cycle = now + 1;
    },
    fields: {
      // When a write happens within a layer is not known here.
      ends: { ...endsField(program, () => new Int32Array(program.layers.length)), known: nothing },
      ...Object.fromEntries(
        program.layers.map((layer, l): [string, FieldAccess] => {
          const field = resultField(results[l], storedElements(program, l));
          return [nameOf(layer, l), { ...field, read: () => shown(l) }];
        }),
      ),
    },
  });
}

/** The name of the field of a layer. */
export const nameOf = ({ name }: NorthPoleLayer, l: number): string => `layer ${l} ${name}`;

const resultSize = (program: NorthPoleProgram, { output }: NorthPoleLayer): number =>
  program.batch * sizeOf(present(program.tensors[output], 'tensor').shape);

function resultField(held: Int32Array | undefined, known?: Uint8Array) {
  const values = present(held, 'values');
  return {
    length: values.length,
    level: 'outputs' as const,
    what: '[batch, height, width, channels] results, 0 before the layer ends',
    ...(known === undefined ? {} : { known }),
    read: () => values.slice(),
  };
}

const activityField = (counted: () => readonly number[]): FieldAccess => ({
  length: COUNTS.length,
  level: 'counters',
  what: `[${COUNTS.length}] in the last cycle: ${COUNTS.join(', ')}`,
  read: () => Int32Array.from(counted()),
});

const endsField = ({ layers }: NorthPoleProgram, read: () => Int32Array): FieldAccess => ({
  length: layers.length,
  level: 'state',
  what: '[layers] the cycle after the last write so far',
  read,
});

/** What is counted in every cycle. */
const COUNTS = [
  ...['macs of 8 bits', 'of 4', 'of 2', 'of 1', 'bytes of activations read', 'of weights read', 'of data read'],
  ...['of data written', 'vector operations', 'packets'],
];

function countsOf({ macs, memoryBytes, vectorOperations, packets }: Events): readonly number[] {
  const { activationRead, weightRead, dataRead, dataWrite } = memoryBytes;
  return [
    macs[8],
    macs[4],
    macs[2],
    macs[1],
    activationRead,
    weightRead,
    dataRead,
    dataWrite,
    vectorOperations,
    packets,
  ];
}

/** The rules that decided something in a cycle, by what was counted and what the program does then. */
export function* rulesIn(
  program: NorthPoleProgram,
  cycle: number,
  counted: readonly number[],
): Generator<NorthPoleRuleId> {
  const [m8 = 0, m4 = 0, m2 = 0, m1 = 0, activations = 0, weights = 0, data = 0, writes = 0, vector = 0, packets = 0] =
    counted;
  yield 'schedule';
  if (activations + weights + data + writes > 0) yield 'ports';
  if (m8 + m4 + m2 + m1 > 0) yield 'products';
  if (m4 + m2 + m1 > 0) yield 'widths';
  if (weights > 0) yield 'weights';
  if (vector > 0) yield 'epilogue';
  if (packets > 0) yield 'packets';
  if (writes > 0) yield 'writes';
  const active = program.layers.filter(({ timing }) => timing.start <= cycle && cycle < timing.end);
  if (m8 + m4 + m2 + m1 > 0 && active.some(({ mapping }) => mapping.inGroups > 1)) yield 'partial-sums';
  if (active.some(({ mapping }) => mapping.cores.length > 1)) yield 'order';
  if (active.some(({ timing, geometry }) => timing.start === cycle && geometry.padding.some((n) => n > 0))) {
    yield 'padding';
  }
  if (program.layers.some(({ timing }) => timing.start === cycle)) yield 'layers';
  if (program.layers.some(({ timing }) => timing.programEnd > timing.programStart && timing.programStart === cycle)) {
    yield 'programs';
  }
}
