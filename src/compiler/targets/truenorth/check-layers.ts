/** What chip layers satisfy, whatever network it came from. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { ChipNetwork } from './chip-layers.js';
import { HOST } from './wires.js';

/** Shapes, indices and thresholds that what follows relies on; a finding is a bug of the compiler. */
export function checkLayers({ layers, wires, outputClass }: ChipNetwork): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  layers.forEach(({ name, rule, matrix, theta, constant, bundle, inputs, max }, l) => {
    const expect = (isRight: boolean, message: string): void => {
      if (!isRight) found.push(errorAt('bad-chip-layer', `chip layer "${name}"`, message, 'report it'));
    };
    const { nIn, nOut, rowStart, rowEnd, column, weight, group } = matrix;
    expect(inputs.length === nIn && max.length === nIn, `its matrix reads ${nIn} inputs, ${inputs.length} come`);
    expect(
      inputs.every((w) =>
        wires
          .drivers(w)
          .every(
            ({ layer, output }) => layer === HOST || (layer < l && output >= 0 && output < layers[layer]!.matrix.nOut),
          ),
      ),
      'an input is no output of a layer before',
    );
    expect(bundle.length === nOut, 'an output lacks its bundle');
    expect(
      rowStart.length === nOut &&
        rowEnd.length === nOut &&
        rowStart.every((start, o) => start >= 0 && start <= rowEnd[o]! && rowEnd[o]! <= weight.length),
      'its rows do not end with its weights',
    );
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
