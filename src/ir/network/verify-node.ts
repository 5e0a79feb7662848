/** Checks of single layers against the shapes of what they read: ranks, lengths of parameters, values of parameters. */
import { assertNever } from '../../common/assert.js';
import { FUNCTIONS } from './functions.js';
import { quantiseLevels } from './quantise.js';
import type { Report } from './verify-ranges.js';
import { checkStateful } from './verify-stateful.js';
import { channelsOf, sizeOf, windowOutput } from './shapes.js';
import {
  type AttentionNode,
  type BitWidth,
  type Conv2dNode,
  type DenseNode,
  type NetworkNode,
  type RearrangeNode,
  type RequantiseNode,
  SENSE,
  type Shape,
} from './types.js';

/** Checks one layer against the shapes of the values it reads. */
export function checkNode(node: NetworkNode, inputs: readonly Shape[], report: Report): void {
  const input = inputs[0] ?? [];
  const expectLength = (name: string, actual: number | undefined, expected: number): void => {
    if (actual !== undefined && actual !== expected) {
      report(
        'wrong-shape',
        `${name} has ${actual} elements, the shapes ask for ${expected}`,
        'export the model again with matching shapes',
      );
    }
  };
  const channels = channelsOf(input);
  const checkLinear = (node: DenseNode | Conv2dNode, nWeights: number): void => {
    expectLength('weights', node.weights.length, nWeights);
    expectLength('bias', node.bias?.length, node.nOut);
    if (node.weightZeroPoint?.length !== 1) expectLength('weightZeroPoint', node.weightZeroPoint?.length, node.nOut);
    if (node.scale?.length !== 1) expectLength('scale', node.scale?.length, node.nOut);
    checkWeightBits(node, report);
  };
  const expectFlat = (): void => {
    if (input.length === 1) return;
    report('wrong-shape', `needs a flat input, gets [${input.join(', ')}]`, 'put a flatten layer before it');
  };
  switch (node.kind) {
    case 'encode':
      if (node.code.kind === 'thermometer' && node.code.levels.some((level, i, all) => i > 0 && level <= all[i - 1]!)) {
        report('bad-code', 'thermometer levels must ascend', 'sort the levels and remove duplicates');
      }
      if (node.code.kind === 'integer' && node.code.zeroPoint >= 2 ** node.code.bits) {
        const message = `zero point ${node.code.zeroPoint} is not a value of ${node.code.bits} bits`;
        report('bad-code', message, `use a zero point within 0..${2 ** node.code.bits - 1}`);
      }
      return;
    case 'dense':
      expectFlat();
      checkLinear(node, node.nOut * sizeOf(input));
      return;
    case 'blockDense':
      node.blocks.forEach((block, b) => {
        expectLength(`block ${b}: weights`, block.weights.length, block.nOut * block.inputs.length);
        if (block.inputs.some((i) => i < 0 || i >= sizeOf(input))) {
          report(
            'wrong-shape',
            `block ${b} reads an input outside 0..${sizeOf(input) - 1}`,
            'correct the input indices',
          );
        }
        if (new Set(block.inputs).size !== block.inputs.length) {
          report('wrong-shape', `block ${b} lists an input twice`, 'list each input once and add its weights');
        }
      });
      return;
    case 'conv2d':
      if (!checkWindow(node, input, report)) return;
      // Files cannot say otherwise; networks that are built in code can.
      if (!Number.isInteger(node.padValue)) {
        report('bad-value', `padded taps contribute ${node.padValue}, which is not an integer`, 'pad with an integer');
      }
      if (channels % node.groups !== 0 || node.nOut % node.groups !== 0) {
        report(
          'wrong-shape',
          `${channels} inputs and ${node.nOut} outputs do not divide into ${node.groups} groups`,
          'change the groups',
        );
        return;
      }
      checkLinear(node, node.nOut * node.window[0] * node.window[1] * (channels / node.groups));
      return;
    case 'maxPool':
      checkWindow(node, input, report);
      expectLength('minChannels', node.minChannels?.length, channels);
      return;
    case 'avgPool':
      checkWindow(node, input, report);
      if (node.counted?.some((n, side) => n > node.padding[side]!) === true) {
        const message = `counts [${node.counted.join(', ')}] rows and columns of a padding of [${node.padding.join(', ')}]`;
        report('bad-value', message, 'count at most the padding');
      }
      return;
    case 'sumPool':
      checkWindow(node, input, report);
      return;
    case 'batchNorm':
      expectLength('gamma', node.gamma.length, channels);
      expectLength('beta', node.beta.length, channels);
      expectLength('mean', node.mean.length, channels);
      expectLength('variance', node.variance.length, channels);
      if (node.variance.some((v) => v + node.epsilon <= 0)) {
        report('bad-value', 'variance + epsilon is zero for a channel', 'use a positive epsilon');
      }
      return;
    case 'threshold':
      if (node.theta.length !== channels) expectLength('theta', node.theta.length, sizeOf(input));
      expectLength('sense', node.sense.length, node.theta.length);
      if (node.sense.some((s) => s > SENSE.always))
        report('bad-value', 'an unknown comparison', 'lower the network again');
      return;
    case 'votes':
      if (sizeOf(input) < node.nClasses) {
        report(
          'wrong-shape',
          `${sizeOf(input)} features cannot vote for ${node.nClasses} classes`,
          'use more features',
        );
      }
      return;
    case 'scores':
      expectFlat();
      expectLength('scale', node.scale?.length, sizeOf(input));
      expectLength('offset', node.offset?.length, sizeOf(input));
      node.steps?.forEach(({ by }, s) => expectLength(`steps.${s}.by`, by.length, sizeOf(input)));
      return;
    case 'requantise':
      checkRequantise(node, channels, report);
      return;
    case 'multiply': {
      const other = inputs[1] ?? [];
      const perChannel = sizeOf(other) === channels && channelsOf(other) === channels;
      if (other.join() !== input.join() && !perChannel) {
        const message = `its second input has the shape [${other.join(', ')}], its first [${input.join(', ')}]`;
        report('wrong-shape', message, `give it the same shape, or one value for each of the ${channels} channels`);
      }
      return;
    }
    case 'rearrange':
      checkRearrange(node, input, report);
      return;
    case 'quantise': {
      const [low, high] = quantiseLevels(node);
      expectOrdered(low, high, report);
      if (high - low >= 2 ** node.bits) {
        const message = `${high - low + 1} levels ${low}..${high} are more than ${node.bits} bits tell apart`;
        report('bad-value', message, 'declare more bits, or fewer levels');
      }
      return;
    }
    case 'clip':
      expectOrdered(node.min, node.max, report);
      return;
    case 'function': {
      const wanted = FUNCTIONS[node.function].parameters.length;
      const given = node.parameters?.length ?? 0;
      if (given !== wanted && given !== wanted * channels) {
        const message = `${node.function} has ${wanted} parameters, ${given} are given`;
        report('wrong-shape', message, `give ${wanted}, or ${wanted * channels} for ${channels} channels`);
      }
      return;
    }
    case 'add':
    case 'extremum':
    case 'attention':
      if (inputs.some((shape) => shape.join() !== input.join())) {
        const shapes = inputs.map((shape) => `[${shape.join(', ')}]`).join(', ');
        report('wrong-shape', `its inputs have different shapes: ${shapes}`, 'give all of them one shape');
      }
      if (node.kind === 'attention') {
        expectFlat();
        checkAttention(node, channels, report);
      }
      return;
    case 'concat':
      if (inputs.some((shape) => shape.slice(0, -1).join() !== input.slice(0, -1).join())) {
        const shapes = inputs.map((shape) => `[${shape.join(', ')}]`).join(', ');
        report(
          'wrong-shape',
          `its inputs differ before the last dimension: ${shapes}`,
          'give them one height and width',
        );
      }
      return;
    case 'embedding':
      if (input.join() !== '1') {
        report('wrong-shape', `reads one token, shape [1], gets [${input.join(', ')}]`, 'use an input of shape [1]');
      }
      if (node.table.length === 0 || node.table.length % node.nOut !== 0) {
        const message = `its table has ${node.table.length} elements, rows have ${node.nOut}`;
        report('wrong-shape', message, 'export the model again with whole rows');
      }
      return;
    case 'rmsNorm':
      expectFlat();
      expectLength('gain', node.gain.length, channels);
      expectOrdered(node.min, node.max, report);
      return;
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
      checkStateful(node, input, report);
      return;
    case 'input':
    case 'sign':
    case 'step':
    case 'relu':
    case 'lookup':
    case 'flatten':
      return;
    default:
      assertNever(node);
  }
}

function checkRearrange({ shape, index }: RearrangeNode, input: Shape, report: Report): void {
  const elements = sizeOf(shape);
  if (index === undefined) {
    if (elements === sizeOf(input)) return;
    const message = `${sizeOf(input)} elements do not have the shape [${shape.join(', ')}]`;
    report('wrong-shape', message, 'use a shape of as many elements');
    return;
  }
  if (index.length !== elements) {
    const message = `index has ${index.length} elements, the shape asks for ${elements}`;
    report('wrong-shape', message, 'give every element of the result a source');
  }
  const beyond = index.find((i) => i < -1 || i >= sizeOf(input));
  if (beyond === undefined) return;
  report('wrong-shape', `it reads element ${beyond} of ${sizeOf(input)}`, `use -1 or 0..${sizeOf(input) - 1}`);
}

/** Weights within the precision they are declared to have. */
function checkWeightBits(node: DenseNode | Conv2dNode, report: Report): void {
  const { weights, weightBits } = node;
  // Real weights get their bits when they are quantised.
  if (weightBits === undefined || !(weights instanceof Int8Array)) return;
  // Of the 256 weights there are, which ones do not fit: there may be a hundred million to look at.
  const isOutside = Uint8Array.from({ length: 256 }, (_, w) => (fitsBits(w - 128, weightBits) ? 0 : 1));
  let outside = 0;
  for (let k = 0; k < weights.length; k++) outside += isOutside[weights[k]! + 128]!;
  if (outside === 0) return;
  const range = weightBits === 1 ? '-1 and +1' : `${-(2 ** (weightBits - 1))}..${2 ** (weightBits - 1) - 1}`;
  report(
    'weight-bits',
    `${outside} of ${weights.length} weights are outside ${range}, the range of ${weightBits}-bit weights`,
    'declare more weightBits, or quantise the weights again',
  );
}

/** Whether an integer is a weight of so many bits: -1 or +1 for one bit, else two's complement. */
export function fitsBits(w: number, bits: BitWidth): boolean {
  return bits === 1 ? w === 1 || w === -1 : w >= -(2 ** (bits - 1)) && w < 2 ** (bits - 1);
}

function expectOrdered(min: number, max: number, report: Report): void {
  if (min > max) report('bad-value', `its smallest output ${min} is above its largest ${max}`, 'exchange min and max');
}

function checkRequantise(node: RequantiseNode, channels: number, report: Report): void {
  const parameters = [
    ['multiplier', node.multiplier.length],
    ['shift', node.shift.length],
    ['addend', node.addend?.length ?? 1],
  ] as const;
  for (const [name, length] of parameters) {
    if (length === 1 || length === channels) continue;
    const message = `${name} has ${length} elements, the shapes ask for 1 or ${channels}`;
    report('wrong-shape', message, 'export the model again with matching shapes');
  }
  expectOrdered(node.min, node.max, report);
  if (node.rounding !== 'gemmlowp') return;
  const least = node.shift.reduce((a, b) => Math.min(a, b), 255);
  if (least < 31) {
    report('bad-value', `gemmlowp divides by at least 2^31, a shift is ${least}`, 'use leftShift for larger results');
  }
  if (node.addend !== undefined) {
    report('bad-value', 'gemmlowp rounding takes no addend', 'put it into a bias before the layer');
  }
}

function checkAttention(node: AttentionNode, channels: number, report: Report): void {
  if (channels % node.heads !== 0) {
    report('wrong-shape', `${channels} features do not divide into ${node.heads} heads`, 'change the heads');
  }
  const { expTable } = node;
  if (expTable === undefined) return;
  if (expTable.length !== 256) {
    report('wrong-shape', `expTable has ${expTable.length} elements, not 256`, 'lower the network again');
  } else if (expTable[0] !== 255 || expTable.some((v, i) => i > 0 && v > expTable[i - 1]!)) {
    report('bad-value', 'expTable must fall from 255', 'lower the network again');
  }
}

type WindowNode = Extract<NetworkNode, { window: readonly [number, number] }>;

function checkWindow(node: WindowNode, input: Shape, report: Report): boolean {
  if (input.length !== 3) {
    report(
      'wrong-shape',
      `needs an image [height, width, channels], gets [${input.join(', ')}]`,
      'remove the flatten layer before it',
    );
    return false;
  }
  const [h = 0, w = 0] = input;
  const [outH, outW] = windowOutput(h, w, node);
  if (outH < 1 || outW < 1) {
    report(
      'wrong-shape',
      `a ${node.window.join(' x ')} window does not fit a ${h} x ${w} image`,
      'use a smaller window or more padding',
    );
    return false;
  }
  if (node.kind === 'maxPool' && node.padding.some((p, i) => p >= node.window[i < 2 ? 0 : 1])) {
    report('wrong-shape', 'padding as large as the window leaves windows without a value', 'use less padding');
    return false;
  }
  return true;
}
