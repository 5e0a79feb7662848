/** Plans of the steps of an epilogue, with their parameters as the kernel reads them. */
import { INT32_MAX, INT32_MIN } from '../../../common/fixed-point.js';
import { SENSE } from '../../../ir/network/types.js';
import type {
  AddStep,
  LookupStep,
  NorthPoleLayer,
  NorthPoleTensor,
  RequantiseStep,
  ThresholdStep,
} from '../../../ir/program/northpole.js';
import type { Constant, StepPlan } from './plan.js';

/** Numbers of the roundings in kernel/lib/requantise.ts. */
const ROUNDING = { halfUp: 0, halfAwayFromZero: 1, halfEven: 2, floor: 3 } as const;

type Write = (values: Constant['values']) => number;

/** Plans the epilogue of a layer, up to what is stored; `write` places constants. */
export function planEpilogue(
  tensors: readonly NorthPoleTensor[],
  layer: NorthPoleLayer,
  write: Write,
): readonly StepPlan[] {
  const output = tensors[layer.output]!;
  return [
    ...planSteps(layer.epilogue, { tensors, layer, output }, write),
    ...shiftBy(output.zeroPoint ?? 0, output.shape[2], write),
  ];
}

/** Adds a number to all values: a requantisation that changes nothing else. */
function shiftBy(zeroPoint: number, channels: number, write: Write): readonly StepPlan[] {
  if (zeroPoint === 0) return [];
  const step: RequantiseStep = {
    ...{ kind: 'requantise', inputZeroPoint: 0, leftShift: 0, multiplier: Int32Array.of(1), shift: Uint8Array.of(0) },
    ...{ zeroPoint, min: INT32_MIN, max: INT32_MAX, rounding: 'floor' },
  };
  return planRequantise(step, channels, write);
}

interface Surroundings {
  readonly tensors: readonly NorthPoleTensor[];
  readonly layer: NorthPoleLayer;
  readonly output: NorthPoleTensor;
}

function planSteps(
  steps: readonly (RequantiseStep | ThresholdStep | LookupStep | AddStep)[],
  around: Surroundings,
  write: Write,
): readonly StepPlan[] {
  const { tensors, layer, output } = around;
  const channels = output.shape[2];
  return steps.flatMap((step): readonly StepPlan[] => {
    switch (step.kind) {
      case 'requantise':
        return planRequantise(step, channels, write);
      case 'threshold':
        return [planThreshold(step, channels, write)];
      case 'lookup':
        return [{ kind: 'lookup', table: write(step.table), least: step.inputMin, last: step.table.length - 1 }];
      case 'add': {
        const tensor = layer.operands[step.operand]!;
        const stored = shiftBy(0 - (tensors[tensor]?.zeroPoint ?? 0), channels, write);
        return [{ kind: 'add', tensor, steps: [...stored, ...planSteps(step.steps, around, write)] }];
      }
    }
  });
}

/** gemmlowp's is two steps: a product of 32-bit integers, then a division by a power of two. */
function planRequantise(step: RequantiseStep, channels: number, write: Write): readonly StepPlan[] {
  const { inputZeroPoint, zeroPoint, leftShift, min, max, rounding } = step;
  const multiplier = (c: number): number => perChannel(step.multiplier, c);
  const shift = (c: number): number => perChannel(step.shift, c);
  const float = (value: (c: number) => number): number =>
    write(Float64Array.from({ length: channels }, (_, c) => value(c)));
  if (rounding === 'gemmlowp') {
    const multipliers = write(Int32Array.from({ length: channels }, (_, c) => multiplier(c)));
    return [
      { kind: 'doublingHighProduct', multipliers, inputZeroPoint, leftShift },
      {
        ...{ kind: 'requantise', inputZeroPoint: 0, zeroPoint, min, max, rounding: ROUNDING.halfAwayFromZero },
        scales: float((c) => 2 ** (31 - shift(c))),
        addends: float(() => 0),
      },
    ];
  }
  const { addend } = step;
  return [
    {
      ...{ kind: 'requantise', inputZeroPoint, zeroPoint, min, max, rounding: ROUNDING[rounding] },
      scales: float((c) => multiplier(c) * 2 ** (leftShift - shift(c))),
      addends: float((c) => (addend === undefined ? 0 : perChannel(addend, c) * 2 ** -shift(c))),
    },
  ];
}

/** The parameter of a channel; arrays of one element hold for all. */
function perChannel(values: Int32Array | Uint8Array | Float64Array, channel: number): number {
  return values[values.length === 1 ? 0 : channel]!;
}

/** x >= t is x > t - 1; x <= t is not x > t; nothing is above the largest integer. */
function planThreshold({ theta, sense }: ThresholdStep, channels: number, write: Write): StepPlan {
  const limits = new Int32Array(theta.length);
  const flips = new Int32Array(theta.length);
  theta.forEach((value, i) => {
    const always = sense[i] === SENSE.always || (sense[i] === SENSE.atLeast && value === -(2 ** 31));
    const atMost = sense[i] === SENSE.atMost;
    limits[i] = atMost ? value : sense[i] === SENSE.atLeast && !always ? value - 1 : 2 ** 31 - 1;
    flips[i] = always || atMost ? -1 : 0;
  });
  return { kind: 'threshold', limits: write(limits), flips: write(flips), perElement: theta.length !== channels };
}
