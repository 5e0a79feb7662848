/** Digests of what a compiler made, for corpora of goldens: short enough that hundreds fit a page. */
import { sha256 } from '../../src/common/sha256.js';
import { UserError } from '../../src/common/diagnostics.js';

/** Ten digits of the SHA-256 of a text or of anything that is made of plain values and typed arrays, numbers to the last bit. */
export function digest(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, plain);
  return sha256(new TextEncoder().encode(text)).slice(0, 10);
}

function plain(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return [value.constructor.name, sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))];
  }
  if (value instanceof Map) return ['Map', ...value.entries()];
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** What `make` says, or the codes and the digest of the findings with which it refuses. */
export function orFindings(make: () => string): string {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const codes = [...new Set(error.diagnostics.map(({ code }) => code))];
    return `refused: ${codes.join(', ')} (${error.diagnostics.length}) ${digest(error.diagnostics)}`;
  }
}
