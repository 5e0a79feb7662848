/** Memory that threads share. A page that is not isolated has none, and no threads: there it is memory like any other. */

const isThere = typeof SharedArrayBuffer !== 'undefined';

/** So many zeroed bytes. */
export const sharedBuffer = (bytes: number): ArrayBuffer | SharedArrayBuffer =>
  isThere ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);

/** Whether threads share these bytes as they are; true where there are no threads. */
export const isShared = (buffer: ArrayBufferLike): boolean => !isThere || buffer instanceof SharedArrayBuffer;
