/** What of the network IR has no form on TrueNorth: a chain of binary layers on spike-coded inputs is all its cores compute. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../../ir/network/types.js';

const ELSEWHERE = 'compile it with --chip northpole';

/** Every layer of an integer network that TrueNorth cannot compute. */
export function unsupportedLayers(graph: NetworkGraph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = (node: NetworkNode, code: string, message: string, remedy: string): void => {
    found.push(errorAt(code, `${graph.name}: layer "${node.id}" (${node.kind})`, message, remedy));
  };
  const readers = new Map<NodeId, number>();
  for (const node of graph.nodes) {
    for (const id of inputsOf(node)) readers.set(id, (readers.get(id) ?? 0) + 1);
  }
  for (const node of graph.nodes) {
    const n = readers.get(node.id) ?? 0;
    if (n > 1) {
      report(node, 'branching', `feeds ${n} layers; only chains fit the chip`, `${ELSEWHERE}, or remove the branch`);
    }
    checkKind(node, (code, message, remedy) => report(node, code, message, remedy));
  }
  return found;
}

function checkKind(node: NetworkNode, report: (code: string, message: string, remedy: string) => void): void {
  switch (node.kind) {
    case 'encode':
      if (node.code.kind !== 'integer') return;
      report(
        'integer-input-code',
        `sends integers of ${node.code.bits} bits; the chip takes spikes`,
        `${ELSEWHERE}, or use a threshold, rate, thermometer or bernoulli code`,
      );
      return;
    case 'add':
    case 'multiply':
    case 'extremum':
    case 'concat':
      report('branching', 'joins two branches; only chains fit the chip', `${ELSEWHERE}, or remove the branch`);
      return;
    case 'requantise':
    case 'lookup':
      report(
        'multi-bit-activation',
        'its values have more than one bit; a neuron sends spikes',
        `${ELSEWHERE}, or train with sign or step activations`,
      );
      return;
    case 'avgPool':
      report(
        'divided-average',
        'its windows divide by different numbers, neurons only add',
        `${ELSEWHERE}, or let all windows count the same number of taps (padding too, or no padding)`,
      );
      return;
    case 'rearrange':
      report('rearranged-values', 'it moves values from place to place, which has no form on the chip yet', ELSEWHERE);
      return;
    case 'embedding':
    case 'rmsNorm':
    case 'attention':
      report('sequence-layer', 'layers of sequence models have no form on the chip', ELSEWHERE);
      return;
    case 'dense':
    case 'conv2d':
      if (node.weightZeroPoint?.some((zeroPoint) => zeroPoint !== 0) === true) {
        report('weight-zero-point', 'its weights have a zero point', `${ELSEWHERE}, or take it off the weights`);
      }
      if (node.bias?.some((b) => b !== 0) === true) {
        report('constant-in-sum', 'its sums have a bias', 'move the bias into the threshold that follows');
      }
      if (node.kind === 'conv2d' && node.padValue !== 0 && node.padding.some((p) => p > 0)) {
        report('constant-in-sum', `its padding contributes ${node.padValue}`, `${ELSEWHERE}, or pad with 0`);
      }
      return;
    default:
      return;
  }
}
