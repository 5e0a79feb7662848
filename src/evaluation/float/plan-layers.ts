/** Every layer as calls of the kernel, or of the interpreter's layer where there is none. */
import { quantiseLevels } from '../../ir/network/quantise.js';
import { channelsOf, sizeOf } from '../../ir/network/shapes.js';
import {
  type BatchNormNode,
  type MaxPoolNode,
  type NetworkNode,
  type RequantiseNode,
  SENSE,
  type ThresholdNode,
} from '../../ir/network/types.js';
import { makeLayer } from '../interpreter/layers.js';
import {
  type LayerPlace,
  type Layout,
  type Operation,
  type PlannedLayer,
  type PlannedValue,
  planValue,
} from './plan.js';
import { planBlocks, planConvolution, planDense } from './plan-linear.js';

/** Plans a layer of a verified network without state. */
export function planLayer(node: NetworkNode, place: LayerPlace, layout: Layout): PlannedLayer {
  const { dialect, shape, exclusive } = place;
  const input = place.inputs[0]!;
  const elements = layout.tile * (input.stride / 8);
  /** The result may take the place of the input, element by element. */
  const inPlace = (): PlannedValue =>
    input.exclusive ? { ...input, shape, exclusive } : planValue(layout, shape, exclusive);
  const wholeRows = (name: 'sign' | 'step' | 'relu' | 'quantise', ...more: readonly number[]): PlannedLayer => {
    const value = inPlace();
    const rowElements = elements / layout.tile;
    const operation: Operation = (machine) => (n) =>
      machine.kernel[name](input.address, value.address, n * rowElements, ...more);
    return { value, operation };
  };
  switch (node.kind) {
    case 'dense':
      return planDense(node, place, layout);
    case 'blockDense':
      return planBlocks(node, place, layout);
    case 'conv2d':
      return planConvolution(node, place, layout);
    case 'flatten':
    case 'scores':
      return { value: { ...input, shape, exclusive: exclusive && input.exclusive } };
    case 'sign':
    case 'step':
    case 'relu':
      return wholeRows(node.kind);
    case 'quantise':
      if (node.rounding !== undefined && node.rounding !== 'halfUp') return interpreted(node, place, layout);
      return wholeRows(node.kind, node.step, ...quantiseLevels(node));
    case 'batchNorm':
      return planBatchNorm(node, input, inPlace(), layout);
    case 'threshold':
      return planThreshold(node, input, inPlace(), layout);
    case 'maxPool':
      return node.minChannels === undefined
        ? planMaxPool(node, input, planValue(layout, shape, exclusive), layout)
        : interpreted(node, place, layout);
    case 'requantise':
      return node.rounding === 'gemmlowp'
        ? interpreted(node, place, layout)
        : planRequantise(node, node.rounding, input, inPlace(), layout);
    case 'add':
      return planAdd(place, layout);
    case 'clip':
    case 'function':
    case 'multiply':
    case 'extremum':
    case 'rearrange':
    case 'lookup':
    case 'concat':
    case 'avgPool':
    case 'sumPool':
    case 'embedding':
    case 'rmsNorm':
    case 'votes':
      return interpreted(node, place, layout);
    case 'input':
    case 'encode':
    case 'attention':
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
      throw new Error(`internal error: ${node.kind} is no layer of a batch (${dialect})`);
  }
}

function planBatchNorm(node: BatchNormNode, input: PlannedValue, value: PlannedValue, layout: Layout): PlannedLayer {
  const channels = channelsOf(input.shape);
  const n = sizeOf(input.shape);
  const parameters = [node.gamma, node.mean, node.variance.map((v) => Math.sqrt(v + node.epsilon)), node.beta].map(
    (array) => layout.parameters(channels, (target) => target.set(array)),
  );
  const operation: Operation =
    ({ kernel }) =>
    (samples) =>
      kernel.batchNorm(input.address, value.address, input.stride, samples, n, channels, ...parameters);
  return { value, operation };
}

const ROUNDING_CODES = { halfUp: 0, halfAwayFromZero: 1, halfEven: 2, floor: 3 } as const;

function planRequantise(
  node: RequantiseNode,
  rounding: keyof typeof ROUNDING_CODES,
  input: PlannedValue,
  value: PlannedValue,
  layout: Layout,
): PlannedLayer {
  const channels = channelsOf(input.shape);
  const row = (channels + 1) & ~1;
  const { multiplier, shift, addend } = node;
  const at = (array: ArrayLike<number>, c: number): number => array[array.length === 1 ? 0 : c]!;
  const parameters = layout.parameters(2 * row, (target) => {
    target.fill(0);
    for (let c = 0; c < channels; c++) {
      const scale = 2 ** -at(shift, c);
      target[c] = at(multiplier, c) * scale;
      target[row + c] = addend === undefined ? 0 : at(addend, c) * scale;
    }
  });
  const limits = layout.parameters(5, (target) =>
    target.set([node.inputZeroPoint, 2 ** node.leftShift, node.zeroPoint, node.min, node.max]),
  );
  const tail = [sizeOf(input.shape), channels, parameters, limits, ROUNDING_CODES[rounding]];
  const operation: Operation =
    ({ kernel }) =>
    (samples) =>
      kernel.requantise(input.address, value.address, input.stride, samples, ...tail);
  return { value, operation };
}

/** The sum of two values, row by row. */
function planAdd({ dialect, inputs, shape, grid, exclusive }: LayerPlace, layout: Layout): PlannedLayer {
  const [a, b] = [inputs[0]!, inputs[1]!];
  const value = planValue(layout, shape, exclusive);
  const rowElements = value.stride / 8;
  const operation: Operation =
    ({ kernel }) =>
    (samples) => {
      const n = samples * rowElements;
      if (dialect === 'integer' || grid === undefined) kernel.add(a.address, b.address, value.address, n);
      else kernel.addUnits(a.address, b.address, value.address, n, grid.unit, grid.divisor);
    };
  return { value, operation };
}

function planThreshold(node: ThresholdNode, input: PlannedValue, value: PlannedValue, layout: Layout): PlannedLayer {
  const { theta, sense } = node;
  const period = theta.length;
  const bounds = (bound: (index: number) => number): number =>
    layout.parameters(period, (target) => {
      for (let i = 0; i < period; i++) target[i] = bound(i);
    });
  // An empty interval never holds.
  const low = bounds((i) => (sense[i] === SENSE.atLeast ? theta[i]! : sense[i] === SENSE.never ? Infinity : -Infinity));
  const high = bounds((i) => (sense[i] === SENSE.atMost ? theta[i]! : sense[i] === SENSE.never ? -Infinity : Infinity));
  const n = sizeOf(input.shape);
  const operation: Operation =
    ({ kernel }) =>
    (samples) =>
      kernel.threshold(input.address, value.address, input.stride, samples, n, period, low, high);
  return { value, operation };
}

function planMaxPool(node: MaxPoolNode, input: PlannedValue, value: PlannedValue, layout: Layout): PlannedLayer {
  const [outHeight = 0, outWidth = 0] = value.shape;
  const geometry = layout.integers([
    ...input.shape,
    ...[outHeight, outWidth],
    ...node.window,
    ...node.stride,
    ...[node.padding[0], node.padding[2], 1, 1],
  ]);
  const operation: Operation =
    ({ kernel }) =>
    (samples) =>
      kernel.maxPool(input.address, input.stride, samples, geometry, value.address, value.stride);
  return { value, operation };
}

/** The layer of the interpreter, sample by sample. */
function interpreted(node: NetworkNode, place: LayerPlace, layout: Layout): PlannedLayer {
  const { dialect, inputs, shape, grid, exclusive } = place;
  const value = planValue(layout, shape, exclusive);
  const size = sizeOf(shape);
  const layer = makeLayer(node, {
    ...{ dialect, grid, output: shape, sequence: { position: 0 } },
    inputs: inputs.map((input) => input.shape),
  });
  const operation: Operation = (machine) => {
    const rows = Array.from({ length: layout.tile }, (_, s) => ({
      read: inputs.map((input) => machine.float64(input.address + s * input.stride, sizeOf(input.shape))),
      written: machine.float64(value.address + s * value.stride, size),
    }));
    return (n) => {
      for (let s = 0; s < n; s++) rows[s]!.written.set(layer(rows[s]!.read));
    };
  };
  return { value, operation };
}
