import type { FrontendEntry } from '../frontend.js';

/** What is known of the format before it is loaded. */
export const BNN_PYNQ: FrontendEntry = {
  name: 'bnn-pynq',
  title: 'BNN-PYNQ parameters',
  extensions: ['.tar.gz', ' (folder)'],
  // The one format that comes as an archive of gzip: what it holds is looked at when it is read.
  recognises: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b,
  recognisesFolder: (names) => names.some((name) => /(^|\/)\d+-\d+-weights\.bin$/.test(name)),
  reads: () => [],
  load: async () => (await import('./index.js')).bnnPynq,
};
