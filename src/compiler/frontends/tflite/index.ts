/** TensorFlow Lite. */
import type { ForeignFile, Frontend, ImportedNetwork, ImportOptions } from '../frontend.js';
import { TFLITE } from './entry.js';
import { lowerModel } from './lower.js';
import { readModel } from './model.js';
import { planModel } from './plan.js';
import { throwIfErrors } from '../../../common/diagnostics.js';

/** The frontend of TensorFlow Lite. */
export const tflite: Frontend = {
  ...TFLITE,
  read: (file, options) =>
    new Promise((resolve) => {
      resolve(readTflite(file, options));
    }),
};

function readTflite({ bytes, place }: Pick<ForeignFile, 'bytes' | 'place'>, options: ImportOptions): ImportedNetwork {
  const { plan, diagnostics } = planModel(readModel(bytes, place), options);
  throwIfErrors(diagnostics);
  if (plan === undefined) throw new Error('internal error: no plan and no finding');
  return lowerModel(plan, options);
}
