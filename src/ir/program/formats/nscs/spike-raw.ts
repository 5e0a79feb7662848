/**
 * Spikes as raw words (.sfri, .sfro): JSON text that names the encoding, the byte FF, then big-endian 32-bit words.
 *
 *   RAWI3   srcTime, destCore, destAxon
 *   RAWI4   srcTime, destCore, destAxon, destDelay
 *   RAWO6   srcTime, srcCore, srcNeuron, destCore, destAxon, destDelay
 *
 * Order of the words as pytruenorth (github.com/vmonaco/pytruenorth) writes and reads them.
 */
import { fail } from '../../../../common/diagnostics.js';
import { MAX_SPIKES, MAX_TICK, NOT_NAMED, SpikeBuilder, type SpikeRecords } from './spike-records.js';

const MARK = 0xff;
/** The header is looked for in this many bytes. */
const MAX_HEADER = 65_536;

/** Reads raw spikes. @throws UserError when the file is not whole or a value is out of range */
export function readSpikeRaw(bytes: Uint8Array, place: string): SpikeRecords {
  const end = bytes.subarray(0, MAX_HEADER).indexOf(MARK);
  const header = new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0)));
  const encoding = /"encoding"\s*:\s*"(\w+)"/.exec(header)?.[1] ?? 'RAWO6';
  const nWords = { RAWI3: 3, RAWI4: 4, RAWO6: 6 }[encoding];
  if (end < 0 || nWords === undefined) {
    fail('spike-encoding', place, `no raw spikes (encoding "${encoding}")`, 'pass RAWI3, RAWI4 or RAWO6, or text');
  }
  const defaultDelay = Number(/"defaultDestinationDelay"\s*:\s*(\d{1,3})\b/.exec(header)?.[1] ?? 1);
  const body = new DataView(bytes.buffer, bytes.byteOffset + end + 1, bytes.byteLength - end - 1);
  const nBytes = endOf(body, 4 * nWords);
  const n = nBytes / (4 * nWords);
  const message = `${nBytes} bytes of spikes of ${4 * nWords} bytes`;
  if (!Number.isInteger(n)) fail('file-truncated', place, message, 'copy the file again');
  if (n > MAX_SPIKES) fail('too-many-spikes', place, `${n} spikes, at most ${MAX_SPIKES}`, 'split the recording');
  const builder = new SpikeBuilder();
  for (let i = 0; i < n; i++) {
    const word = (index: number): number => body.getInt32((i * nWords + index) * 4);
    const tick = word(0);
    const outputs = nWords === 6;
    const destination = outputs ? 3 : 1;
    const delay = nWords === 3 ? defaultDelay : word(destination + 2);
    if (tick < 0 || tick > MAX_TICK || delay < 0 || delay > 255) {
      const found = `spike ${i} has time ${tick} and delay ${delay}`;
      fail('bad-spike', `${place} byte ${end + 1 + i * nWords * 4}`, found, 'write the file again: it is damaged');
    }
    const [core, neuron] = outputs ? [word(1), word(2)] : [NOT_NAMED, NOT_NAMED];
    builder.add(tick, core, neuron, word(destination), word(destination + 1), delay);
  }
  return builder.build();
}

/** Bytes up to the end mark, if there is one: a time of -1, as frames have it, after which nothing is read. */
function endOf(body: DataView, recordBytes: number): number {
  let last = body.byteLength - (body.byteLength % recordBytes);
  if (body.byteLength - last < 4) last -= recordBytes;
  return last >= 0 && body.getInt32(last) === -1 ? last : body.byteLength;
}

/** Writes raw spikes: RAWO6 if they name their sources, else RAWI4. */
export function writeSpikeRaw(spikes: SpikeRecords): Uint8Array {
  const outputs = spikes.srcCore.some((core) => core !== NOT_NAMED);
  const encoding = outputs ? 'RAWO6' : 'RAWI4';
  const header = new TextEncoder().encode(
    `{"class":"SpikeWriter","encoding":"${encoding}","nscsVersion":"1.4.0"}\n{"defaultDestinationDelay":1}\n`,
  );
  const nWords = outputs ? 6 : 4;
  const bytes = new Uint8Array(header.length + 1 + spikes.n * nWords * 4);
  bytes.set(header);
  bytes[header.length] = MARK;
  const body = new DataView(bytes.buffer, header.length + 1);
  let at = 0;
  for (let i = 0; i < spikes.n; i++) {
    const source = outputs ? [spikes.srcCore[i]!, spikes.srcNeuron[i]!] : [];
    for (const word of [spikes.tick[i]!, ...source, spikes.destCore[i]!, spikes.destAxon[i]!, spikes.delay[i]!]) {
      body.setInt32(at, word);
      at += 4;
    }
  }
  return bytes;
}
