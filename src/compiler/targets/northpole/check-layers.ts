/** What every layered network satisfies, whatever network it came from. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { LayeredNetwork } from './to-layers.js';

/** Every operand exists before it is read and every value is written once; a finding is a bug of the compiler. */
export function checkLayers({ tensors, layers, outputs }: LayeredNetwork): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const report = (place: string, message: string): void => {
    found.push(errorAt('bad-layer', place, message, 'report it'));
  };
  const written = new Set<number>([0]);
  const isThere = (tensor: number): boolean =>
    written.has(tensor) || (tensors[tensor]?.parts.length !== 0 && tensors[tensor]?.parts.every(isThere) === true);
  for (const { name, operands, output } of layers) {
    const place = `layer "${name}"`;
    for (const operand of operands) {
      if (tensors[operand] === undefined) report(place, `operand ${operand} is no value`);
      else if (!isThere(operand)) report(place, `it reads "${tensors[operand].node}" before that is written`);
    }
    if (tensors[output] === undefined) report(place, `its output ${output} is no value`);
    if (written.has(output)) report(place, 'its output is written twice');
    written.add(output);
  }
  if (!isThere(outputs.tensor)) report('outputs', 'the host reads a value that no layer writes');
  return found;
}
