import { holdsWord, isHdf5 } from '../../../common/hdf5/signature.js';
import type { FrontendEntry } from '../frontend.js';

/** What is known of the format before it is loaded. */
export const NIR: FrontendEntry = {
  name: 'nir',
  title: 'NIR graph (spiking networks)',
  extensions: ['.nir'],
  recognises: isNir,
  reads: () => [
    ...(['inputRange', 'inputMean', 'inputStd', 'inputShape', 'inputName', 'outputName'] as const),
    ...(['timeStep', 'neuronReset'] as const),
  ],
  load: async () => (await import('./index.js')).nir,
};

/** Whether bytes are HDF5 with a NIR graph in it. Every HDF5 file of Keras names its version, whatever its layers are called. */
export function isNir(bytes: Uint8Array): boolean {
  return isHdf5(bytes) && holdsWord(bytes, 'NIRGraph') && !holdsWord(bytes, 'keras_version');
}
