/** Keys by content: what is equal has one name, whoever computes it. */
import { createHash } from 'node:crypto';

/** The start of the SHA-256 of some bytes, as 32 hexadecimal digits. */
export const digestOf = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 32);
};

/** Digest of plain data, whatever the order in which its fields were written. */
export const contentKey = (value: unknown): string => digestOf(canonicalJson(value));

/** JSON with the fields of every object in the order of their names, without those that are undefined. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
