// Transient bit errors of a stored tensor; the definition is src/hw-models/faults/activation-faults.ts.
import { below0, below1, drawBits, repeated } from './bit-draws';

const ACTIVATION_BIT_FLIP: u32 = 53;

/** Flips bits of `n` values of i16, or i32 (`bytes` 4), in containers of `bits`. Limits are rates times 2^32, rounded up. */
export function faultActivations(
  values: usize,
  n: u32,
  bytes: u32,
  bits: u32,
  twosComplement: u32,
  tensor: u32,
  sample: u32,
  seedLow: u32,
  seedHigh: u32,
  flip0to1: f64,
  flip1to0: f64,
  atRisk: u32,
): void {
  const up = <u64>flip0to1;
  const down = <u64>flip1to0;
  const risk = repeated(atRisk, bits);
  const perDraw = 64 / bits;
  const unused = 32 - bits;
  let block: u32 = 0;
  for (let i: u32 = 0; i < n; i += perDraw, block += 16) {
    drawBits(tensor, block, sample, ACTIVATION_BIT_FLIP, seedLow, seedHigh, up, down, false);
    const rising = below0 & risk;
    const falling = below1 & risk;
    if ((rising | falling) == 0) continue;
    const end = min(n, i + perDraw);
    let shift: u64 = 0;
    for (let k = i; k < end; k++, shift += bits) {
      const at = values + <usize>k * bytes;
      const written = bytes == 2 ? <u32>load<i16>(at) : load<u32>(at);
      const flipped = (written & ~(<u32>(falling >> shift))) | (~written & (<u32>(rising >> shift)));
      const top = flipped << unused;
      const value = twosComplement ? <u32>((<i32>top) >> unused) : top >> unused;
      if (bytes == 2) store<u16>(at, <u16>value);
      else store<u32>(at, value);
    }
  }
}
