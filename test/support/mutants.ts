/** Files that are wrong in some place: bytes changed, left out, repeated or cut off, drawn from a seed. */
import { PURPOSE, sequence, type Sequence } from '../../src/common/rng.js';

/** Values that break lengths, signs and sizes. */
const NASTY = [0, 1, 2, 0x7f, 0x80, 0xff, 0xfe, 0x08, 0x12, 0x3a];

/** Mutant number `index` of a file; equal for equal seeds. */
export function mutantOf(bytes: Uint8Array, seed: number, index: number): Uint8Array {
  const draw = sequence(seed, PURPOSE.test, index);
  let mutant: Uint8Array = bytes.slice();
  const changes = 1 + draw.below(4);
  for (let k = 0; k < changes && mutant.length > 0; k++) mutant = changed(mutant, draw);
  return mutant;
}

function changed(bytes: Uint8Array, draw: Sequence): Uint8Array {
  const at = draw.below(bytes.length);
  switch (draw.below(6)) {
    case 0:
      bytes[at] = draw.below(256);
      return bytes;
    case 1:
      bytes[at] = NASTY[draw.below(NASTY.length)]!;
      return bytes;
    case 2:
      bytes[at]! ^= 1 << draw.below(8);
      return bytes;
    case 3:
      return bytes.slice(0, at);
    case 4: {
      const length = Math.min(1 + draw.below(16), bytes.length - at);
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
    }
    default: {
      const from = draw.below(bytes.length);
      const part = bytes.subarray(from, from + 1 + draw.below(32));
      return Uint8Array.from([...bytes.subarray(0, at), ...part, ...bytes.subarray(at)]);
    }
  }
}
