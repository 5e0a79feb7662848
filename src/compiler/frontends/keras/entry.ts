import { holdsWord, isHdf5 } from '../../../common/hdf5/signature.js';
import { isNir } from '../nir/entry.js';
import type { FrontendEntry, ImportOption } from '../frontend.js';

/** Bytes of a JSON text that are looked at. */
const LOOKED_AT = 4096;

const READ = [
  'inputRange',
  'inputMean',
  'inputStd',
  'inputShape',
  'inputName',
  'outputName',
] as const satisfies readonly ImportOption[];

/** What is known of the format before it is loaded. */
export const KERAS: FrontendEntry = {
  name: 'keras',
  title: 'Keras, Larq, QKeras or tfjs layers model',
  extensions: ['.h5', '.keras', 'model.json', '.json'],
  recognises: (bytes) => {
    if (isHdf5(bytes)) return holds(bytes, ['model_config', 'layer_names', 'model_weights']) && !isNir(bytes);
    if (isZip(bytes)) return holds(bytes, ['model.weights.h5']);
    const text = new TextDecoder().decode(bytes.subarray(0, LOOKED_AT)).trimStart();
    return /^\{[^]*"(class_name|modelTopology|weightsManifest)"\s*:/.test(text);
  },
  // An architecture alone has its weights elsewhere.
  reads: (bytes) => (hasWeights(bytes) ? READ : [...READ, 'weights']),
  load: async () => (await import('./read.js')).keras,
};

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

const hasWeights = (bytes: Uint8Array): boolean =>
  isHdf5(bytes) || isZip(bytes) || holds(bytes, ['"modelTopology"', '"weightsManifest"']);

/** Whether one of these words stands in a file. */
const holds = (bytes: Uint8Array, words: readonly string[]): boolean => words.some((word) => holdsWord(bytes, word));
