import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { channelsOf, shapeAfter, sizeOf, windowOutput } from './shapes.js';
import {
  type Dialect,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type NodeKind,
  SENSE,
  type Shape,
} from './types.js';

const FLOAT_ONLY: readonly NodeKind[] = ['batchNorm', 'sign', 'step', 'avgPool'];
const INTEGER_ONLY: readonly NodeKind[] = ['threshold', 'sumPool'];

/** Checks what a schema cannot: order, shapes, lengths of parameters, dialect. Reports every violation. */
export function verifyNetwork(graph: NetworkGraph, place = graph.name): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const shapes = new Map<NodeId, Shape>();
  const report = (node: NetworkNode, code: string, message: string, remedy: string): void => {
    found.push(errorAt(code, `${place}: layer "${node.id}" (${node.kind})`, message, remedy));
  };
  const consumed = new Set<NodeId>();

  graph.nodes.forEach((node, index) => {
    if (shapes.has(node.id)) report(node, 'duplicate-layer', 'another layer has the same name', 'rename one of them');
    if ((node.kind === 'input') !== (index === 0)) {
      report(node, 'layer-order', 'the input must be the first layer and the only input', 'reorder the layers');
      return;
    }
    const isOutput = node.kind === 'votes' || node.kind === 'scores';
    if (isOutput !== (index === graph.nodes.length - 1)) {
      report(
        node,
        'layer-order',
        'the network must end in its only output layer, votes or scores',
        'add or move the output layer',
      );
    }
    if ((node.kind === 'encode') !== (index === 1)) {
      report(
        node,
        'layer-order',
        'an input code must follow the input directly, and only there',
        'put `encode` after `input`',
      );
    }
    checkDialect(node, graph.dialect, report);
    if (node.kind === 'input') {
      shapes.set(node.id, node.shape);
      return;
    }
    const input = shapes.get(node.input);
    if (input === undefined) {
      report(
        node,
        'unknown-input',
        `its input "${node.input}" is not a layer above it`,
        'name a layer that stands above',
      );
      return;
    }
    if (consumed.has(node.input)) {
      report(
        node,
        'branching',
        `"${node.input}" feeds more than one layer; only chains are supported`,
        'split the network into chains',
      );
    }
    consumed.add(node.input);
    const before = found.length;
    checkNode(node, input, (code, message, remedy) => report(node, code, message, remedy));
    if (found.length === before || node.kind === 'dense') shapes.set(node.id, shapeAfter(node, input));
    else shapes.set(node.id, input);
  });
  return found;
}

type NodeReport = (node: NetworkNode, code: string, message: string, remedy: string) => void;
type Report = (code: string, message: string, remedy: string) => void;

function checkDialect(node: NetworkNode, dialect: Dialect, report: NodeReport): void {
  if (dialect === 'integer' ? FLOAT_ONLY.includes(node.kind) : INTEGER_ONLY.includes(node.kind)) {
    report(
      node,
      'wrong-dialect',
      `this kind of layer does not exist in the ${dialect} dialect`,
      'lower the network first',
    );
  }
}

function checkNode(node: Exclude<NetworkNode, { kind: 'input' }>, input: Shape, report: Report): void {
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
  switch (node.kind) {
    case 'encode':
      if (node.code.kind === 'thermometer' && node.code.levels.some((level, i, all) => i > 0 && level <= all[i - 1]!)) {
        report('bad-code', 'thermometer levels must ascend', 'sort the levels and remove duplicates');
      }
      return;
    case 'dense':
      if (input.length !== 1)
        report('wrong-shape', `needs a flat input, gets [${input.join(', ')}]`, 'put a flatten layer before it');
      expectLength('weights', node.weights.length, node.nOut * sizeOf(input));
      expectLength('bias', node.bias?.length, node.nOut);
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
      if (channels % node.groups !== 0 || node.nOut % node.groups !== 0) {
        report(
          'wrong-shape',
          `${channels} inputs and ${node.nOut} outputs do not divide into ${node.groups} groups`,
          'change the groups',
        );
        return;
      }
      expectLength(
        'weights',
        node.weights.length,
        node.nOut * node.window[0] * node.window[1] * (channels / node.groups),
      );
      expectLength('bias', node.bias?.length, node.nOut);
      return;
    case 'maxPool':
      checkWindow(node, input, report);
      expectLength('minChannels', node.minChannels?.length, channels);
      return;
    case 'avgPool':
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
      if (input.length !== 1)
        report('wrong-shape', `needs a flat input, gets [${input.join(', ')}]`, 'put a flatten layer before it');
      expectLength('scale', node.scale?.length, sizeOf(input));
      expectLength('offset', node.offset?.length, sizeOf(input));
      return;
    case 'sign':
    case 'step':
    case 'flatten':
      return;
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
