/** Lines joined and encoded at a time: a string may not be as large as a file. */
const LINES_PER_CHUNK = 65_536;

/** `head` and the `n` lines of `lineOf`, each with its end, as UTF-8. */
export function encodeLines(head: string, n: number, lineOf: (i: number) => string): Uint8Array {
  const encoder = new TextEncoder();
  const chunks = [encoder.encode(head)];
  for (let first = 0; first < n; first += LINES_PER_CHUNK) {
    let text = '';
    for (let i = first; i < Math.min(n, first + LINES_PER_CHUNK); i++) text += `${lineOf(i)}\n`;
    chunks.push(encoder.encode(text));
  }
  return concatenate(chunks);
}

/** All bytes in one array. */
export function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
