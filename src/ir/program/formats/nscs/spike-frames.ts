/**
 * Spikes as frames of connector pins (.sfci, .sfcp; encoding CONNPIN): JSON text that lists the connectors, then
 *
 *   FF FE FC FE FC            before the first frame, FE FC FE FC before each other one
 *   tick, connector, block    three big-endian int32; tick -1 ends the file
 *   blocks                    connector int16, count int16, count pins of bpp / 8 bytes, and with delayMode 1 a byte of
 *                             delay per pin; a frame without spikes has none
 *
 * Pins become cores and axons or neurons through a pin map.
 */
import { fail } from '../../../../common/diagnostics.js';
import { Findings } from './findings.js';
import { JsonBytes } from './json-bytes.js';
import type { Connector } from './pin-map.js';
import { MAX_SPIKES, MAX_TICK, NOT_NAMED, SpikeBuilder, type SpikeRecords } from './spike-records.js';

const FRAME = [0xfe, 0xfc, 0xfe, 0xfc];
const FIRST_MARK = 0xff;
const FRAME_HEADER = 12;
const MAX_HEADER = 16 * 1024 * 1024;
const REMEDY = 'write the file again: it is damaged';

/** What the text of the file says of a connector. */
interface FrameConnector {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly pinBytes: number;
  readonly hasDelays: boolean;
  readonly delay: number;
}

/** Reads frames; `connectors` is the pin map. @throws UserError */
export function readSpikeFrames(bytes: Uint8Array, place: string, connectors: readonly Connector[]): SpikeRecords {
  const start = frameStart(bytes);
  if (start < 0)
    fail('spike-encoding', place, 'no frames of connector pins', 'pass a CONNPIN file, raw spikes or text');
  const frames = readHeader(bytes.subarray(0, start), place, connectors);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const builder = new SpikeBuilder();
  let at = start + 1;
  const bad: (message: string) => never = (message) => fail('spike-frame', `${place} byte ${at}`, message, REMEDY);
  const need = (n: number): void => {
    if (at + n > bytes.length) bad('the file ends inside a frame');
  };
  for (;;) {
    need(FRAME.length + FRAME_HEADER);
    if (!isFrame(bytes, at)) bad('no frame begins here');
    const tick = view.getInt32(at + 4);
    const frameConnector = view.getInt32(at + 8);
    if (tick === -1) return builder.build();
    if (tick < 0 || tick > MAX_TICK) bad(`a frame of tick ${tick}`);
    at += FRAME.length + FRAME_HEADER;
    builder.covers(tick);
    while (at < bytes.length && !isFrame(bytes, at)) {
      need(4);
      // The files at hand name the connector in the block; a frame may name it for a block that says 0.
      const named = view.getUint16(at);
      const id = named === 0 && frames.has(frameConnector) ? frameConnector : named;
      const count = view.getUint16(at + 2);
      const frame = frames.get(id);
      if (frame === undefined) bad(`connector ${id} is not in the file's list`);
      const { pinBytes, hasDelays } = frame.header;
      at += 4;
      need(count * (pinBytes + (hasDelays ? 1 : 0)));
      const delays = at + count * pinBytes;
      if (builder.n + count > MAX_SPIKES) bad(`more than ${MAX_SPIKES} spikes`);
      for (let i = 0; i < count; i++, at += pinBytes) {
        const pin = pinBytes === 1 ? bytes[at]! : pinBytes === 2 ? view.getUint16(at) : view.getUint32(at);
        const delay = hasDelays ? bytes[delays + i]! : frame.header.delay;
        addPin(builder, frame.connector, pin, tick, delay, bad);
      }
      at = delays + (hasDelays ? count : 0);
    }
  }
}

/** Whether the bytes hold frames; the header names the encoding CONNPIN. */
export const holdsFrames = (bytes: Uint8Array): boolean => frameStart(bytes) >= 0;

/** Offset of the FF before the first frame, or -1. */
function frameStart(bytes: Uint8Array): number {
  const end = bytes.subarray(0, MAX_HEADER).indexOf(FIRST_MARK);
  return end >= 0 && isFrame(bytes, end + 1) ? end : -1;
}

function isFrame(bytes: Uint8Array, at: number): boolean {
  return FRAME.every((byte, i) => bytes[at + i] === byte);
}

function addPin(
  builder: SpikeBuilder,
  connector: Connector,
  pin: number,
  tick: number,
  delay: number,
  bad: (message: string) => never,
): void {
  const core = connector.core[pin];
  const index = connector.index[pin];
  if (core === undefined || index === undefined) {
    return bad(`pin ${pin} of connector "${connector.name}", which has ${connector.core.length} pins`);
  }
  if (connector.kind === 'output') {
    if (core < 0) bad(`pin ${pin} of connector "${connector.name}" is not connected`);
    builder.add(tick, core, index, NOT_NAMED, NOT_NAMED, delay);
  } else if (core >= 0) {
    // An input pin without an axon leads nowhere.
    builder.add(tick, NOT_NAMED, NOT_NAMED, core, index, delay);
  }
}

type Frames = ReadonlyMap<number, { readonly header: FrameConnector; readonly connector: Connector }>;

/** Reads the JSON text and finds the map of each connector: by name if names are distinct, else by order. */
function readHeader(text: Uint8Array, place: string, connectors: readonly Connector[]): Frames {
  const findings = new Findings(text, place);
  const json = new JsonBytes(text, findings);
  const headers: FrameConnector[] = [];
  let defaultDelay = 1;
  while (json.kind() !== 'end') {
    json.members((key, position) => {
      if (key === 'connectors') json.elements(() => headers.push(readConnector(json, defaultDelay)));
      else if (key === 'defaultDestinationDelay') defaultDelay = json.number();
      else if (key === 'encoding') {
        const encoding = json.string();
        const message = `the encoding is "${encoding}"`;
        if (encoding !== 'CONNPIN') findings.error('spike-encoding', position, message, 'frames have "CONNPIN"');
      } else json.skip();
    });
  }
  if (headers.length === 0) findings.error('missing-key', 0, 'no connectors are listed', REMEDY);
  findings.finish();
  const names = new Map(connectors.map((connector) => [connector.name, connector]));
  const byName = names.size === connectors.length && headers.every(({ name }) => names.has(name));
  return new Map(
    headers.map((header, order) => {
      const connector = byName ? names.get(header.name) : connectors[order];
      if (connector?.core.length !== header.size) {
        const found = connector === undefined ? 'not there' : `of ${connector.core.length} pins`;
        const message = `connector "${header.name}" has ${header.size} pins; in the pin map it is ${found}`;
        fail('pin-map', place, message, 'pass the pin map that belongs to these spikes');
      }
      return [header.id, { header, connector }];
    }),
  );
}

function readConnector(json: JsonBytes, defaultDelay: number): FrameConnector {
  const values: Record<string, number> = { bpp: 8, delayMode: 0, defaultDestinationDelay: defaultDelay };
  let name = '';
  json.kind();
  const position = json.position;
  json.members((key) => {
    if (key === 'name') name = json.string();
    else if (json.kind() === 'number') values[key] = json.number();
    else json.skip();
  });
  const { ID: id, csize: size, bpp = 8, delayMode, defaultDestinationDelay: delay = 1 } = values;
  if (id === undefined || size === undefined || ![8, 16, 32].includes(bpp)) {
    const message = `connector "${name}" without ID, csize or a bpp of 8, 16 or 32`;
    return json.findings.fatal('missing-key', position, message, REMEDY);
  }
  return { id, name, size, pinBytes: bpp / 8, hasDelays: delayMode === 1, delay };
}
