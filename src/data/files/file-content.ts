/** What a file is made of: bytes, a text, or a text in pieces. */
export type FileContent = Uint8Array | string | Iterable<string> | AsyncIterable<string>;
