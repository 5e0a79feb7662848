/** What every chain of chip layers satisfies, whatever network it came from. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { ChipChain } from './chip-layers.js';

/** Shapes, indices and thresholds that what follows relies on; a finding is a bug of the compiler. */
export function checkChain({ layers, views, outputClass }: ChipChain): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  layers.forEach(({ name, rule, matrix, theta, constant }, l) => {
    const expect = (isRight: boolean, message: string): void => {
      if (!isRight) found.push(errorAt('bad-chip-layer', `chip layer "${name}"`, message, 'report it'));
    };
    const { nIn, nOut, rowStart, column, weight, group } = matrix;
    const view = views[l];
    expect(view?.start.length === nIn + 1, `its matrix reads ${nIn} elements, ${(view?.start.length ?? 0) - 1} come`);
    const before = layers[l - 1];
    expect(
      before === undefined || view?.output.every((o) => o >= 0 && o < before.matrix.nOut) === true,
      'an element is no output of the layer before',
    );
    expect(rowStart.length === nOut + 1 && rowStart[nOut] === weight.length, 'its rows do not end with its weights');
    expect(column.length === weight.length && column.every((c) => c >= 0 && c < nIn), 'a weight reads no element');
    expect(group.length === nOut && constant.length === nOut, 'an output lacks its group or its constant');
    expect(rule !== 'threshold' || theta.length === nOut, 'an output lacks its threshold');
    expect((rule === 'score') <= (l === layers.length - 1), 'only the last layer may report scores');
  });
  const last = layers.at(-1)?.matrix.nOut ?? 0;
  if (outputClass.length !== last) {
    const message = `${last} outputs, ${outputClass.length} classes of outputs`;
    found.push(errorAt('bad-chip-layer', 'outputs', message, 'report it'));
  }
  return found;
}
