/** Wrong models of a NorthPole-style chip, each wrong in one rule: what a kit has to notice. */
import type { NorthPoleRuleId } from '../../../hw-models/northpole/cycle-rules.js';
import type {
  EpilogueStep,
  NorthPoleLayer,
  NorthPoleProgram,
  VectorLayer,
  VmmLayer,
} from '../../../ir/program/northpole.js';
import type { ChipMutant, ChipStepper, Stimulus } from '../../kit.js';
import { stepperOf } from '../../stepper.js';
import { openChip } from './steppers.js';

/** What is wrong: how the program is read, what is loaded, or when something is seen. */
interface Change {
  readonly read?: (program: NorthPoleProgram) => NorthPoleProgram;
  readonly load?: (values: Int32Array, program: NorthPoleProgram) => Int32Array;
  readonly see?: (stepper: ChipStepper) => ChipStepper;
}

const mutant = (id: string, rule: NorthPoleRuleId, text: string, change: Change): ChipMutant<NorthPoleProgram> => ({
  ...{ id, rule, text },
  open: (program: NorthPoleProgram, stimulus: Stimulus) => {
    const { read, load, see } = change;
    const values = load?.(stimulus.values, program) ?? stimulus.values;
    const stepper = stepperOf(openChip(read?.(program) ?? program, { ...stimulus, values }));
    return see?.(stepper) ?? stepper;
  },
});

/** All of them, in the order of the rules. */
export const NORTHPOLE_MUTANTS: readonly ChipMutant<NorthPoleProgram>[] = [
  mutant('a-cycle-late', 'schedule', 'everything is seen a cycle later', { see: late }),
  mutant('ends-not-kept', 'layers', 'the end of a layer is that of the last write of all', { see: lastEnds }),
  mutant('padding-of-one', 'padding', 'padded taps are one more than they have to be', {
    read: vmm((layer) => ({ ...layer, padValue: layer.padValue === 0 ? 1 : 0 })),
  }),
  mutant('weight-sign-lost', 'products', 'weights act with their magnitude', {
    read: vmm((layer) => ({ ...layer, weights: layer.weights.map(Math.abs) })),
  }),
  mutant('weights-reversed', 'weights', 'the weights of an output are read from the other end', {
    read: vmm((layer) => {
      const each = layer.weights.length / layer.bias.length;
      const at = (i: number): number => Math.floor(i / each) * each + (each - 1 - (i % each));
      return { ...layer, weights: layer.weights.map((_, i) => layer.weights[at(i)]!) };
    }),
  }),
  mutant('bias-missing', 'partial-sums', 'sums start with 0', {
    read: vmm((layer) => ({ ...layer, bias: new Int32Array(layer.bias.length) })),
  }),
  mutant('bias-of-4-bits', 'partial-sums', 'what sums start with keeps 4 bits', {
    read: vmm((layer) => ({ ...layer, bias: layer.bias.map((value) => (value << 28) >> 28) })),
  }),
  mutant('maximum-of-all', 'epilogue', 'a pool takes the minimum for the maximum, and the other way round', {
    read: vector((layer, channels) => {
      const { minChannels = new Uint8Array(channels) } = layer;
      return layer.combine === 'max' ? { ...layer, minChannels: minChannels.map((flag) => 1 - flag) } : layer;
    }),
  }),
  mutant('rounds-down', 'epilogue', 'a requantisation rounds down, or to the nearest where it has to round down', {
    read: epilogue((step) =>
      step.kind === 'requantise' ? { ...step, rounding: step.rounding === 'floor' ? 'halfUp' : 'floor' } : step,
    ),
  }),
  mutant('threshold-above', 'epilogue', 'a threshold is met one later', {
    read: epilogue((step) => (step.kind === 'threshold' ? { ...step, theta: step.theta.map((t) => t + 1) } : step)),
  }),
  mutant('table-shifted', 'epilogue', 'a table is read one entry too early', {
    read: epilogue((step) =>
      step.kind === 'lookup' ? { ...step, table: step.table.map((_, i) => step.table[Math.max(0, i - 1)]!) } : step,
    ),
  }),
  mutant('first-frame-again', 'layers', 'every frame of a batch is the first one', {
    load: (values, { batch }) => values.map((_, i) => values[i % (values.length / batch)]!),
  }),
];

function layers(change: (layer: NorthPoleLayer, of: NorthPoleProgram) => NorthPoleLayer) {
  return (program: NorthPoleProgram): NorthPoleProgram => ({
    ...program,
    layers: program.layers.map((layer) => change(layer, program)),
  });
}

function vmm(change: (layer: VmmLayer) => VmmLayer): (program: NorthPoleProgram) => NorthPoleProgram {
  return layers((layer) => (layer.kind === 'vmm' ? change(layer) : layer));
}

function vector(
  change: (layer: VectorLayer, channels: number) => VectorLayer,
): (program: NorthPoleProgram) => NorthPoleProgram {
  return layers((layer, { tensors }) =>
    layer.kind === 'vector' ? change(layer, tensors[layer.output]?.shape[2] ?? 0) : layer,
  );
}

function epilogue(change: (step: EpilogueStep) => EpilogueStep): (program: NorthPoleProgram) => NorthPoleProgram {
  return layers((layer) => ({ ...layer, epilogue: layer.epilogue.map(change) }));
}

/** What was there a cycle ago. */
function late(stepper: ChipStepper): ChipStepper {
  const seen = (): Map<string, Int32Array> => new Map(stepper.fields.map(({ name }) => [name, stepper.peek(name)]));
  let before = seen();
  let now = before;
  return {
    ...of(stepper),
    step: () => {
      before = now;
      const more = stepper.step();
      now = seen();
      return more;
    },
    peek: (field) => before.get(field) ?? stepper.peek(field),
  };
}

function lastEnds(stepper: ChipStepper): ChipStepper {
  return {
    ...of(stepper),
    peek: (field) => {
      const values = stepper.peek(field);
      return field === 'ends' ? values.map(() => values.reduce((a, b) => Math.max(a, b), 0)) : values;
    },
  };
}

const of = (stepper: ChipStepper): ChipStepper => ({
  get now() {
    return stepper.now;
  },
  fields: stepper.fields,
  step: () => stepper.step(),
  peek: (field) => stepper.peek(field),
  poke: (field, index, value) => stepper.poke(field, index, value),
});
