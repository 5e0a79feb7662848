/**
 * Pin maps (`*Map.bin`): which axon or neuron each pin of a connector is. Connectors follow one another, little endian:
 *
 *   offset  size      content
 *        0     4      id
 *        4     4      0 = pins are axons (input), 1 = pins are neurons (output)
 *        8     4      number of pins
 *       12    12      shape of the connector
 *       24     4      length of the name in characters
 *       28     2 * l  name, UTF-16
 *        -     4 * n  core ids
 *        -     2 * n  axons or neurons
 */
import { fail } from '../../../../common/diagnostics.js';

const HEADER_BYTES = 28;
/** Most connectors of a file, and pins of one: bounds for damaged files. */
const MAX_CONNECTORS = 65_536;

/** One connector. */
export interface Connector {
  readonly id: number;
  readonly kind: 'input' | 'output';
  readonly name: string;
  readonly shape: readonly [number, number, number];
  /** [nPins] core ids; negative: the pin is not connected. */
  readonly core: Int32Array;
  /** [nPins] axon (input) or neuron (output) of that core. */
  readonly index: Int16Array;
}

/** Reads a pin map. @throws UserError when it is not whole */
export function readPinMap(bytes: Uint8Array, place: string): readonly Connector[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const connectors: Connector[] = [];
  let at = 0;
  while (at < bytes.length) {
    const bad: (message: string) => never = (message) =>
      fail('pin-map', `${place} byte ${at}`, message, 'check that this is a pin map; copy it again if it is');
    if (connectors.length === MAX_CONNECTORS) bad('too many connectors');
    if (bytes.length - at < HEADER_BYTES) bad(`a connector needs ${HEADER_BYTES} bytes, ${bytes.length - at} are left`);
    const type = view.getInt32(at + 4, true);
    const nPins = view.getInt32(at + 8, true);
    const nameLength = view.getInt32(at + 24, true);
    const left = bytes.length - at - HEADER_BYTES;
    if (type !== 0 && type !== 1) bad(`connector type ${type} is neither 0 (input) nor 1 (output)`);
    if (nPins < 0 || nameLength < 0 || nameLength * 2 + nPins * 6 > left) {
      bad(`a connector of ${nPins} pins with a name of ${nameLength} characters does not fit the ${left} bytes left`);
    }
    const cores = at + HEADER_BYTES + 2 * nameLength;
    const indices = cores + 4 * nPins;
    connectors.push({
      id: view.getInt32(at, true),
      kind: type === 0 ? 'input' : 'output',
      name: String.fromCharCode(...codeUnits(view, at + HEADER_BYTES, Math.min(nameLength, 1024))),
      shape: [view.getInt32(at + 12, true), view.getInt32(at + 16, true), view.getInt32(at + 20, true)],
      core: Int32Array.from({ length: nPins }, (_, pin) => view.getInt32(cores + 4 * pin, true)),
      index: Int16Array.from({ length: nPins }, (_, pin) => view.getInt16(indices + 2 * pin, true)),
    });
    checkPins(connectors.at(-1)!, bad);
    at = indices + 2 * nPins;
  }
  if (connectors.length === 0) fail('pin-map', place, 'the file is empty', 'pass a pin map (*Map.bin)');
  return connectors;
}

function checkPins({ name, core, index }: Connector, bad: (message: string) => never): void {
  index.forEach((value, pin) => {
    if (core[pin]! >= 0 && (value < 0 || value > 255)) bad(`pin ${pin} of "${name}" is axon or neuron ${value}`);
  });
}

function codeUnits(view: DataView, at: number, n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => view.getUint16(at + 2 * i, true));
}

/** Writes a pin map: the inverse of {@link readPinMap}. */
export function writePinMap(connectors: readonly Connector[]): Uint8Array {
  const sizes = connectors.map(({ name, core }) => HEADER_BYTES + 2 * name.length + 6 * core.length);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { id, kind, name, shape, core, index } of connectors) {
    const header = [id, kind === 'input' ? 0 : 1, core.length, ...shape, name.length];
    header.forEach((word, i) => view.setInt32(at + 4 * i, word, true));
    at += HEADER_BYTES;
    for (let i = 0; i < name.length; i++, at += 2) view.setUint16(at, name.charCodeAt(i), true);
    for (const value of core) {
      view.setInt32(at, value, true);
      at += 4;
    }
    for (const value of index) {
      view.setInt16(at, value, true);
      at += 2;
    }
  }
  return bytes;
}
