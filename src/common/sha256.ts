import { platform } from '#platform';

/** SHA-256 of bytes in lower-case hexadecimal digits, as `sha256sum` prints it. */
export const sha256 = (bytes: Uint8Array): string =>
  Array.from(platform.sha256(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
