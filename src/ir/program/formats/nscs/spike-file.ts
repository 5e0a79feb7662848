/** Reads and writes spike files of any encoding: what the bytes hold decides, not the file's name. */
import { fail } from '../../../../common/diagnostics.js';
import { encodeLines } from './lines.js';
import type { Connector } from './pin-map.js';
import { holdsFrames, readSpikeFrames } from './spike-frames.js';
import { writeSpikeFrames } from './spike-frames-write.js';
import { MAX_TICK, NOT_NAMED, SpikeBuilder, type SpikeRecords } from './spike-records.js';
import { readSpikeRaw, writeSpikeRaw } from './spike-raw.js';
import { readSpikeText, writeSpikeText } from './spike-text.js';

/** How a spike file is read. */
export interface SpikeFileOptions {
  /** The pin map of files of connector pins, and the option that passes it, for the message without one. */
  readonly connectors?: readonly Connector[] | undefined;
  readonly mapOption: string;
}

/**
 * Reads spikes: frames of connector pins, raw words, text, or a table `tick,core,neuron` of output spikes.
 * @throws UserError
 */
export function readSpikes(bytes: Uint8Array, place: string, options: SpikeFileOptions): SpikeRecords {
  if (holdsFrames(bytes)) {
    const message = 'the file has connector pins, which only their pin map explains';
    const { connectors } = options;
    if (connectors === undefined) return fail('pin-map-missing', place, message, `pass ${options.mapOption} <map.bin>`);
    return readSpikeFrames(bytes, place, connectors);
  }
  const first = bytes[bytes[0] === 0xef ? 3 : 0];
  if (first !== undefined && first !== 0x7b && first !== 0xff) return readTable(bytes, place);
  // UTF-8 text has no FF.
  return bytes.includes(0xff) ? readSpikeRaw(bytes, place) : readSpikeText(bytes, place);
}

/** Encoding of an output file by its name: .sfcp and .sfci frames, .sfro and .sfri raw, .csv a table, else text. */
export function writeSpikes(
  spikes: SpikeRecords,
  path: string,
  connectors: readonly Connector[] | undefined,
): Uint8Array {
  if (/\.sfc[a-z]$/i.test(path)) {
    if (connectors === undefined)
      fail('pin-map-missing', path, 'frames need a pin map', 'pass --out-map, or use .sfto');
    return writeSpikeFrames(spikes, connectors);
  }
  if (/\.sfr[a-z]$/i.test(path)) return writeSpikeRaw(spikes);
  if (/\.csv$/i.test(path)) return writeTable(spikes);
  return writeSpikeText(spikes, spikes.srcCore.some((core) => core !== NOT_NAMED) ? 'sfto1.0' : 'sfti1.0');
}

const REMEDY = 'a table has lines "tick,core,neuron"; lines that begin with # are skipped';

function readTable(bytes: Uint8Array, place: string): SpikeRecords {
  const builder = new SpikeBuilder();
  new TextDecoder()
    .decode(bytes)
    .split('\n')
    .forEach((line, i) => {
      const trimmed = line.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return;
      const match = /^(\d{1,10}),(\d{1,10}),(\d{1,10})$/.exec(trimmed);
      const [tick, core, neuron] = (match ?? []).slice(1).map(Number);
      if (tick === undefined || core === undefined || neuron === undefined || Math.max(tick, core, neuron) > MAX_TICK) {
        return fail('spike-encoding', `${place}:${i + 1}`, 'neither a spike file nor a table of spikes', REMEDY);
      }
      builder.add(tick, core, neuron, NOT_NAMED, NOT_NAMED, 1);
    });
  return builder.build();
}

function writeTable(spikes: SpikeRecords): Uint8Array {
  return encodeLines(
    '# tick,core,neuron\n',
    spikes.n,
    (i) => `${spikes.tick[i]!},${spikes.srcCore[i]!},${spikes.srcNeuron[i]!}`,
  );
}
