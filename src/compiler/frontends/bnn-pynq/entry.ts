import type { FrontendEntry } from '../frontend.js';

/** Bytes of a header that are looked at. */
const LOOKED_AT = 4096;

const isArchive = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Whether bytes are a `config.h`: its parameters stand apart, as the published ones do. */
export const isHeader = (bytes: Uint8Array): boolean =>
  /^[ \t]*#define[ \t]+L\d{1,3}_(PE|SIMD|MW|K)[ \t]+\d/m.test(new TextDecoder().decode(bytes.subarray(0, LOOKED_AT)));

/** What is known of the format before it is loaded. */
export const BNN_PYNQ: FrontendEntry = {
  name: 'bnn-pynq',
  title: 'BNN-PYNQ parameters',
  extensions: ['.tar.gz', ' (folder)', 'config.h'],
  // The one format that comes as an archive of gzip: what it holds is looked at when it is read.
  recognises: (bytes) => isArchive(bytes) || isHeader(bytes),
  recognisesFolder: (names) => names.some((name) => /(^|\/)\d+-\d+-weights\.bin$/.test(name)),
  reads: (bytes) => (isHeader(bytes) ? ['weights'] : []),
  load: async () => (await import('./index.js')).bnnPynq,
};
