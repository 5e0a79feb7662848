import { assert } from '../../../../common/assert.js';
import { fail } from '../../../../common/diagnostics.js';
import { concatenate } from './lines.js';
import type { Connector } from './pin-map.js';
import type { SpikeRecords } from './spike-records.js';

/** Pins of one block: its count has 16 bits, files of the vendor's tools have at most this many. */
const MAX_BLOCK = 1024;
const FRAME_BYTES = 16;

/**
 * Writes spikes as frames of connector pins, a frame for each tick up to `spikes.nTicks`. Spikes must be in the order of
 * their ticks. The source of an output spike or the destination of an input spike says the pin.
 * @throws UserError for a spike that is on no pin of the map
 */
export function writeSpikeFrames(spikes: SpikeRecords, connectors: readonly Connector[]): Uint8Array {
  const pins = pinLookup(connectors);
  const pinBytes = connectors.map(({ core }) => (core.length <= 256 ? 1 : core.length <= 65_536 ? 2 : 4));
  const header = new TextEncoder().encode(headerText(connectors, pinBytes));
  const chunks: Uint8Array[] = [header, Uint8Array.of(0xff)];
  let i = 0;
  for (let tick = 0; tick < spikes.nTicks; tick++) {
    chunks.push(frameHeader(tick));
    const byConnector = new Map<number, { pin: number; delay: number }[]>();
    for (; i < spikes.n && spikes.tick[i] === tick; i++) {
      const { connector, pin } = findPin(pins, spikes, i);
      const list = byConnector.get(connector) ?? [];
      byConnector.set(connector, list);
      list.push({ pin, delay: spikes.delay[i]! });
    }
    assert(i === spikes.n || spikes.tick[i]! > tick, 'spikes in the order of their ticks');
    for (const [connector, list] of [...byConnector].sort(([a], [b]) => a - b)) {
      for (let first = 0; first < list.length; first += MAX_BLOCK) {
        chunks.push(block(connector, list.slice(first, first + MAX_BLOCK), pinBytes[connector]!));
      }
    }
  }
  chunks.push(frameHeader(-1));
  return concatenate(chunks);
}

function headerText(connectors: readonly Connector[], pinBytes: readonly number[]): string {
  const list = connectors.map(({ name, core }, id) =>
    JSON.stringify({ ID: id, name, csize: core.length, bpp: 8 * pinBytes[id]!, delayMode: 1 }),
  );
  return [
    '{"class":"SpikeWriter","encoding":"CONNPIN","nscsVersion":"1.4.0"}',
    `{"maxBlockSize":${MAX_BLOCK},"lastTimeStamp":0,"monotonicTimeStamp":1,"defaultDestinationDelay":1,`,
    `"connectors":[\n${list.join(',\n')}\n]}`,
    '',
  ].join('\n');
}

interface Pin {
  readonly connector: number;
  readonly pin: number;
}

/** Pins by core id * 256 + axon or neuron. */
function pinLookup(connectors: readonly Connector[]): ReadonlyMap<number, Pin> {
  const pins = new Map<number, Pin>();
  connectors.forEach(({ core, index }, connector) => {
    core.forEach((id, pin) => {
      if (id >= 0) pins.set(id * 256 + index[pin]!, { connector, pin });
    });
  });
  return pins;
}

function findPin(pins: ReadonlyMap<number, Pin>, spikes: SpikeRecords, i: number): Pin {
  const outputs = spikes.srcCore[i]! >= 0;
  const core = outputs ? spikes.srcCore[i]! : spikes.destCore[i]!;
  const index = outputs ? spikes.srcNeuron[i]! : spikes.destAxon[i]!;
  const what = `${outputs ? 'neuron' : 'axon'} ${index} of core ${core}`;
  return (
    pins.get(core * 256 + index) ?? fail('pin-map', what, 'a spike on no pin of the map', 'pass the right pin map')
  );
}

function frameHeader(tick: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  bytes.set([0xfe, 0xfc, 0xfe, 0xfc]);
  new DataView(bytes.buffer).setInt32(4, tick);
  return bytes;
}

function block(connector: number, list: readonly { pin: number; delay: number }[], pinBytes: number): Uint8Array {
  const bytes = new Uint8Array(4 + list.length * (pinBytes + 1));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, connector);
  view.setUint16(2, list.length);
  list.forEach(({ pin, delay }, i) => {
    const at = 4 + i * pinBytes;
    if (pinBytes === 1) view.setUint8(at, pin);
    else if (pinBytes === 2) view.setUint16(at, pin);
    else view.setUint32(at, pin);
    view.setUint8(4 + list.length * pinBytes + i, delay);
  });
  return bytes;
}
