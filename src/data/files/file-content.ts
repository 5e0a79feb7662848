/** What a file is made of: bytes, a text, or either in pieces. */
export type FileContent = Uint8Array | string | Iterable<string> | AsyncIterable<string | Uint8Array>;
