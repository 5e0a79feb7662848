import { CORE_SIZE } from './cpe-model.js';
import type { JsonBytes } from './json-bytes.js';

const WORDS = CORE_SIZE / 32;
const ROW_BYTES = CORE_SIZE / 8;
const REMEDY = 'a row is {"type":"S0".."S3","synapses":"32 bytes in hex"}';

/** A crossbar of the program's form. */
export interface Crossbar {
  /** [256] axon types. */
  readonly axonType: Uint8Array;
  /** [256, 8] rows: bit (j mod 32) of word (j div 32) is neuron j. */
  readonly synapses: Uint32Array;
}

/** Byte with its bits in reverse order: the files' first bit is neuron 0, ours is the lowest. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/** Value of a hex digit by character code, 255 for any other character. */
const HEX = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

/** Reads a `crossbar` object: its rows, or the name of a prototype. */
export function readCrossbar(json: JsonBytes): Crossbar | string | undefined {
  const { findings } = json;
  let name: string | undefined;
  let crossbar: Crossbar | undefined;
  json.kind();
  const start = json.position;
  json.members((key, position) => {
    if (key === 'name') name = json.string();
    else if (key === 'rows') crossbar = readRows(json);
    else {
      findings.warning('unknown-key', position, `unknown key "${key}" of a crossbar`, 'a crossbar has name or rows');
      json.skip();
    }
  });
  if (crossbar === undefined && name === undefined) {
    findings.error('missing-key', start, 'a crossbar without rows and without name', 'give it one of them');
  }
  return crossbar ?? name;
}

function readRows(json: JsonBytes): Crossbar {
  const axonType = new Uint8Array(CORE_SIZE);
  const synapses = new Uint32Array(CORE_SIZE * WORDS);
  json.kind();
  const start = json.position;
  let nRows = 0;
  let hasType = false;
  let hasSynapses = false;
  const readMember = (key: string, position: number): void => {
    if (key === 'type') {
      hasType = true;
      const type = axonTypeOf(json.string());
      if (type === undefined) json.findings.error('axon-type', position, 'an unknown axon type', REMEDY);
      else if (nRows < CORE_SIZE) axonType[nRows] = type;
    } else if (key === 'synapses') {
      hasSynapses = true;
      readSynapses(json, position, synapses, nRows);
    } else {
      json.findings.warning('unknown-key', position, `unknown key "${key}" of a row`, REMEDY);
      json.skip();
    }
  };
  json.elements(() => {
    hasType = false;
    hasSynapses = false;
    json.kind();
    const position = json.position;
    json.members(readMember);
    if (!hasType || !hasSynapses)
      json.findings.error('missing-key', position, 'a row without type or synapses', REMEDY);
    nRows++;
  });
  if (nRows !== CORE_SIZE) {
    json.findings.error('crossbar-rows', start, `${nRows} rows of a crossbar`, `a crossbar has ${CORE_SIZE} rows`);
  }
  return { axonType, synapses };
}

/** "S0".."S3". */
function axonTypeOf(text: string): number | undefined {
  const type = text.length === 2 && text.startsWith('S') ? text.charCodeAt(1) - 48 : -1;
  return type >= 0 && type <= 3 ? type : undefined;
}

/** Hex bytes with or without spaces, most significant bit first. */
function readSynapses(json: JsonBytes, position: number, synapses: Uint32Array, row: number): void {
  let at = json.stringSpan();
  const { bytes, spanEnd } = json;
  let nBytes = 0;
  while (at < spanEnd) {
    if (bytes[at] === 32) {
      at++;
      continue;
    }
    const high = HEX[bytes[at]!]!;
    const low = at + 1 < spanEnd ? HEX[bytes[at + 1]!]! : 255;
    if (high === 255 || low === 255) {
      json.findings.error('synapses', position, 'synapses that are not hex bytes', REMEDY);
      return;
    }
    if (nBytes < ROW_BYTES && row < CORE_SIZE) {
      const word = row * WORDS + (nBytes >>> 2);
      synapses[word] = synapses[word]! | (REVERSED[(high << 4) | low]! << (8 * (nBytes & 3)));
    }
    nBytes++;
    at += 2;
  }
  if (nBytes !== ROW_BYTES) json.findings.error('synapses', position, `${nBytes} bytes of synapses`, REMEDY);
}

/** A row of a crossbar as hex bytes. */
export function printSynapses(synapses: Uint32Array, firstWord: number): string {
  let text = '';
  for (let byte = 0; byte < ROW_BYTES; byte++) {
    const bits = (synapses[firstWord + (byte >>> 2)]! >>> (8 * (byte & 3))) & 255;
    text += (byte === 0 ? '' : ' ') + HEX_TEXT[REVERSED[bits]!]!;
  }
  return text;
}

const HEX_TEXT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
