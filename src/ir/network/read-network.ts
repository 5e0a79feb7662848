import { decodeText } from '../../common/decode-text.js';
import { decodeNetwork } from './file.js';
import { parseNetwork } from './parse.js';
import type { NetworkGraph } from './types.js';

const TEXT_START = 'lodestone-network ';
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Whether bytes are a network in its text form, with or without a byte order mark. */
export function isNetworkText(bytes: Uint8Array): boolean {
  const start = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0;
  return Array.from(TEXT_START).every((letter, i) => bytes[start + i] === letter.charCodeAt(0));
}

/** Reads a network from the bytes of its file, binary or in text form. @throws UserError with every finding, also for text that is not UTF-8 */
export const readAnyNetwork = (bytes: Uint8Array, place: string): NetworkGraph =>
  isNetworkText(bytes) ? parseNetwork(decodeText(bytes, place), place) : decodeNetwork(bytes, place);
