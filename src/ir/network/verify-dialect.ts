/** Which layers, and which of their fields, exist in which dialect. */
import { isFloatOnly } from './dialects.js';
import type { Dialect, NetworkNode, NodeKind } from './types.js';
import type { NodeReport } from './verify-ranges.js';

const INTEGER_ONLY: readonly NodeKind[] = ['threshold', 'requantise', 'lookup', 'integerNeuron'];

/** Reports what a layer has that its dialect does not, and what its dialect needs that it lacks. */
export function checkDialect(node: NetworkNode, dialect: Dialect, report: NodeReport): void {
  const wrong = (message: string, remedy: string): void => report(node, 'wrong-dialect', message, remedy);
  if (dialect === 'integer' ? isFloatOnly(node) : INTEGER_ONLY.includes(node.kind)) {
    wrong(`this kind of layer does not exist in the ${dialect} dialect`, 'lower the network first');
    return;
  }
  if (dialect === 'float') {
    for (const name of missing(node, FLOAT_FIELDS)) wrong(`the float dialect needs ${name}`, `add ${name}`);
    for (const name of present(node, INTEGER_FIELDS)) {
      wrong(`${name} belongs to the integer dialect`, `remove ${name}`);
    }
    if ((node.kind === 'dense' || node.kind === 'conv2d') && node.weightZeroPoint !== undefined) {
      wrong('weightZeroPoint belongs to the integer dialect', 'take it off the weights, as real numbers');
    }
    if (node.kind === 'avgPool' && node.factor !== undefined) {
      wrong('factor belongs to the integer dialect', 'remove it');
    }
    if (node.kind === 'scores' && node.steps !== undefined) {
      wrong('steps belong to the integer dialect', 'put a batch norm before the scores, or use scale and offset');
    }
    return;
  }
  for (const name of missing(node, INTEGER_FIELDS))
    wrong(`the integer dialect needs ${name}`, 'lower the network again');
  for (const name of present(node, FLOAT_FIELDS)) {
    wrong(`${name} belongs to the float dialect`, 'fold it into the requantisation that follows');
  }
  switch (node.kind) {
    case 'dense':
    case 'conv2d':
      if (node.scale !== undefined) {
        wrong('scale belongs to the float dialect', 'fold it into the requantisation that follows');
      }
      if (!(node.weights instanceof Int8Array)) wrong('its weights are real numbers', 'quantise the weights first');
      if (node.bias?.some((b) => !Number.isSafeInteger(b)) === true) {
        wrong('its bias is not a vector of integers', 'fold the bias into what follows');
      }
      return;
    case 'embedding':
      if (node.scale !== undefined) {
        wrong('scale belongs to the float dialect', 'fold it into what follows');
      }
      if (!(node.table instanceof Int8Array)) wrong('its table holds real numbers', 'quantise the table first');
      return;
    case 'rearrange':
      if (node.fill !== undefined && !Number.isSafeInteger(node.fill)) {
        wrong(`it fills with ${node.fill}, which is no integer`, 'lower the network again');
      }
      return;
    case 'rmsNorm':
      if (node.gain.some((g) => !Number.isSafeInteger(g))) {
        wrong('its gain is not a vector of integers', 'lower the network again');
      }
      return;
    default:
      return;
  }
}

/** Fields of attention that one dialect needs and the other does not have. */
const FLOAT_FIELDS = ['scale'] as const;
const INTEGER_FIELDS = ['multiplier', 'shift', 'expTable'] as const;
type AttentionField = (typeof FLOAT_FIELDS)[number] | (typeof INTEGER_FIELDS)[number];

function missing(node: NetworkNode, names: readonly AttentionField[]): readonly AttentionField[] {
  return node.kind === 'attention' ? names.filter((name) => node[name] === undefined) : [];
}

function present(node: NetworkNode, names: readonly AttentionField[]): readonly AttentionField[] {
  return node.kind === 'attention' ? names.filter((name) => node[name] !== undefined) : [];
}
