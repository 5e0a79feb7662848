/** Checks of neurons, delays and the time of spiking networks. */
import { isNeuron, statesFirst } from './spiking.js';
import { sizeOf } from './shapes.js';
import type {
  DelayNode,
  FloatSpike,
  InputCode,
  IntegerNeuronNode,
  NetworkGraph,
  NetworkNode,
  NeuronNode,
  NodeId,
  Shape,
} from './types.js';
import type { NodeReport, Report } from './verify-ranges.js';

/** Parameters of neurons and delays: one for all elements of the input, or one each. */
export function checkStateful(node: NeuronNode | IntegerNeuronNode | DelayNode, input: Shape, report: Report): void {
  const n = sizeOf(input);
  for (const [name, { length }] of parametersOf(node)) {
    if (length === 1 || length === n) continue;
    const message = `${name} has ${length} elements, the shapes ask for 1 or ${n}`;
    report('wrong-shape', message, 'export the model again with matching shapes');
  }
  if (node.kind === 'delay') {
    const held = n * node.steps.reduce((most, steps) => Math.max(most, steps), 0);
    if (held > MAX_HELD) {
      report(
        'delay-too-large',
        `it holds ${held} values, more than ${MAX_HELD}`,
        'delay fewer values, or by fewer steps',
      );
    }
  }
  if (node.kind === 'neuron') checkNeuron(node, report);
  if (node.kind === 'integerNeuron') checkBits(node, report);
}

/** Values that a delay may hold: half a gigabyte. */
const MAX_HELD = 1 << 26;

type Parameters = ReadonlyMap<string, Int32Array | Float64Array>;

/** Every array of parameters, by the name of its field. */
function parametersOf(node: NeuronNode | IntegerNeuronNode | DelayNode): Parameters {
  const found = new Map<string, Int32Array | Float64Array>();
  const visit = (value: unknown, name: string): void => {
    if (value instanceof Int32Array || value instanceof Float64Array) found.set(name, value);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, field] of Object.entries(value)) visit(field, name === '' ? key : `${name}.${key}`);
    }
  };
  visit(node, '');
  return found;
}

function checkNeuron({ membrane, synapse, spike }: NeuronNode, report: Report): void {
  const wrong = (message: string, remedy: string): void => report('bad-neuron', message, remedy);
  if (membrane.kind !== 'none') {
    if (spike !== undefined && spike.reset === undefined) {
      wrong('its potential outlives a spike, and nothing says what resets it', 'add a reset');
    }
    return;
  }
  if (spike === undefined) wrong('it has neither a membrane nor a threshold', 'give it one, or remove the layer');
  if (synapse !== undefined) wrong('it has a synapse, but no membrane', 'give it a membrane');
  if (hasReset(spike)) wrong('it has a reset, but no potential to be reset', 'remove the reset');
}

const hasReset = (spike: FloatSpike | undefined): boolean => spike?.reset !== undefined;

/** Thresholds, resets and leaks within the bits of the potential. */
function checkBits(node: IntegerNeuronNode, report: Report): void {
  const limit = 2 ** (node.bits - 1);
  const { leak, spike } = node;
  const values = [
    ['leak', leak],
    ['threshold', spike?.threshold],
    [spike?.reset.kind ?? '', spike?.reset.kind === 'value' ? spike.reset.value : spike?.reset.amount],
  ] as const;
  for (const [name, array] of values) {
    const beyond = array?.find((v) => v < -limit || v >= limit);
    if (beyond === undefined) continue;
    const message = `${name} ${beyond} is beyond the ${node.bits} bits of its potential, ${-limit}..${limit - 1}`;
    report('bad-value', message, 'give the potential more bits, or the weights fewer');
  }
}

/** What concerns a spiking network as a whole: states only where there is time, delays of the shape they read, loops that hold a neuron. */
export function checkTime(graph: NetworkGraph, shapes: ReadonlyMap<NodeId, Shape>, report: NodeReport): void {
  const { nodes, time } = graph;
  for (const node of nodes) {
    if (time === undefined && (isNeuron(node) || node.kind === 'delay')) {
      report(node, 'no-time', 'it lives from step to step, and the network has no time', 'add time {"step":SECONDS}');
    }
    if (time !== undefined && HAS_OTHER_STATE.has(node.kind)) {
      report(node, 'two-kinds-of-state', 'it remembers tokens, the network counts steps', 'remove it, or the time');
    }
    if (node.kind === 'delay') checkDelayed(node, shapes, report);
    if (time !== undefined && node.kind === 'encode' && HAS_TICKS.has(node.code.kind)) {
      const message = `the code ${node.code.kind} spreads a value over ticks of its own, the network has steps`;
      report(node, 'code-with-ticks', message, 'use integer, threshold or thermometer');
    }
  }
  if (time === undefined && graph.dialect === 'float') {
    for (const node of nodes) {
      if (node.kind !== 'sumPool') continue;
      const message = 'in the float dialect sums of windows belong to spiking networks';
      report(node, 'wrong-dialect', message, 'use an average and weights that are larger');
    }
  }
  if (!nodes.some(({ kind }) => kind === 'delay')) return;
  const reached = new Set(statesFirst(nodes));
  for (const node of nodes) {
    if (reached.has(node) || node.kind !== 'delay') continue;
    report(node, 'loop-without-neuron', 'it stands in a loop without a neuron', 'put a neuron into the loop');
  }
}

const HAS_TICKS: ReadonlySet<InputCode['kind']> = new Set(['rate', 'bernoulli']);

const HAS_OTHER_STATE: ReadonlySet<NetworkNode['kind']> = new Set(['attention', 'embedding']);

function checkDelayed(node: DelayNode, shapes: ReadonlyMap<NodeId, Shape>, report: NodeReport): void {
  const input = shapes.get(node.input);
  if (input === undefined || input.join() === node.shape.join()) return;
  const message = `its shape is [${node.shape.join(', ')}], what it reads has [${input.join(', ')}]`;
  report(node, 'wrong-shape', message, 'give it the shape of its input');
}
