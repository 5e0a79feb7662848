/**
 * RANC's own files as a program: input.json with its config.json, and the decoding.json beside them, which says what the lines of the bus mean and
 * holds labels and class scores. Every axon that gets a packet becomes an element of the input, and every sample an image of its spike counts.
 */
import { decodeText } from '../../common/decode-text.js';
import { fail } from '../../common/diagnostics.js';
import { RANC_CHIP } from '../../hw-models/ranc/chip-spec.js';
import { readRancModel } from '../../ir/program/formats/ranc/read.js';
import { type RancDecoding, rancReadout, readRancDecoding } from '../../ir/program/formats/ranc/samples.js';
import type { RancModel } from '../../ir/program/formats/ranc/types.js';
import type { InputCode } from '../../ir/network/types.js';
import type { ImportedFile, ImportedProgram, ProgramImport, RecordedSamples } from '../chip.js';
import type { RancProgram } from './program.js';

const DECODING = 'decoding.json';
const CONFIG = 'config.json';
const RUN = 'run it with `lodestone ranc run input.json config.json --ticks N`';
/** Bytes that are looked at. */
const LOOKED_AT = 4096;
/** Largest count of a byte. */
const MOST_TICKS = 255;

/** RANC's files, as its simulator reads them and as `lodestone ranc export` writes them. */
export const RANC_FILES: ProgramImport<RancProgram> = {
  title: "RANC's input.json",
  fileName: 'input.json',
  companions: [CONFIG, DECODING],
  recognises: (bytes) =>
    /^\s*\{\s*"(packets|output_bus|cores)"/.test(new TextDecoder().decode(bytes.subarray(0, LOOKED_AT))),
  read,
};

function read(
  input: ImportedFile,
  companion: (name: string) => ImportedFile | undefined,
): ImportedProgram<RancProgram> {
  const [config, decodingFile] = [companion(CONFIG), companion(DECODING)];
  if (config === undefined) {
    return fail('file-missing', input.place, `there is no ${CONFIG} beside it`, 'put the two files in one folder');
  }
  if (decodingFile === undefined) {
    const message = `there is no ${DECODING} beside it: nothing says what its lines mean, nor how samples enter`;
    return fail('no-input-code', input.place, message, RUN);
  }
  const { model, warnings } = readRancModel(textOf(input), textOf(config));
  const decoding = readRancDecoding(textOf(decodingFile).text, decodingFile.place);
  if (decoding.lineClass.length !== model.outputBus.nOutputs) {
    const message = `${decoding.lineClass.length} lines, the bus of ${input.place} has ${model.outputBus.nOutputs}`;
    return fail('wrong-output', `${decodingFile.place}: lineClass`, message, 'keep the files of one export together');
  }
  return { ...programOf(model, decoding, input.place), warnings };
}

const textOf = ({ bytes, place }: ImportedFile) => ({ text: decodeText(bytes, place, 'program file'), place });

function programOf(
  model: RancModel,
  decoding: RancDecoding,
  place: string,
): { readonly program: RancProgram; readonly recorded: RecordedSamples } {
  const { spec, cores, outputBus } = model;
  const { network, data, period, firstRow, rows, nClasses, nSamples } = decoding;
  if (nSamples < 1) fail('no-samples', place, 'the export holds no samples', 'export at least one');
  const { steps } = rancReadout(decoding);
  const { axons, timing, images, code } = samplesOf(model, decoding, place);
  const nElements = Math.max(1, axons.length);
  const program: RancProgram = {
    kind: 'ranc',
    name: network,
    spec: { ...RANC_CHIP, ...spec, name: 'ranc (config.json)' },
    cores,
    outputBus,
    coreLayer: new Int32Array(cores.nCores).fill(-1),
    coreRole: Array.from({ length: cores.nCores }, () => 'layer'),
    layers: [],
    inputShape: [nElements],
    inputCode: code,
    inputs: {
      nElements,
      rowStart: Int32Array.from({ length: nElements + 1 }, (_, e) => Math.min(e, axons.length)),
      core: Int32Array.from(axons, (axon) => Math.floor(axon / spec.axonsPerCore)),
      axon: Uint16Array.from(axons, (axon) => axon % spec.axonsPerCore),
      maxCount: timing.inputTicks,
    },
    timing: { period, ...timing, outputStart: firstRow - 1, outputTicks: rows },
    outputs: {
      nClasses,
      pinClass: Int32Array.from(decoding.lineClass),
      pinCoefficient: Int32Array.from(decoding.lineCoefficient),
      constant: Int32Array.from(decoding.constant),
      ...(steps === undefined ? {} : { steps }),
      scale: Float64Array.from(decoding.scale),
      offset: Float64Array.from(decoding.offset),
    },
  };
  const recorded: RecordedSamples = {
    data: { name: data, shape: [nElements], images, labels: Uint8Array.from(decoding.labels), nClasses },
    scores: Int32Array.from(decoding.expectedScores.flat()),
  };
  return { program, recorded };
}

/** How the packets of the samples enter. */
interface EnteringSamples {
  /** [nElements] core * axonsPerCore + axon, ascending. */
  readonly axons: readonly number[];
  readonly timing: { readonly inputStart: number; readonly inputTicks: number };
  readonly code: InputCode;
  /** [nSamples, nElements], at least one element. */
  readonly images: Uint8Array;
}

/**
 * The samples as counts: the packets of sample s are those of ticks [s * period + start, s * period + start + ticks), and an element of count n has
 * them in the first n. Both starts that frames have are tried; either reading puts every packet into its tick.
 * @throws UserError for packets that no count says: late ones, those to no core, and those of samples by chance
 */
function samplesOf(model: RancModel, decoding: RancDecoding, place: string): EnteringSamples {
  const { spec, cores, packets } = model;
  const { nSamples, period } = decoding;
  const nTicks = packets.tickStart.length - 1;
  const coreAt = new Map(Array.from({ length: cores.nCores }, (_, c) => [`${cores.x[c]},${cores.y[c]}`, c]));
  const events = Array.from({ length: nTicks }, (_, t) => {
    const axons = new Set<number>();
    for (let k = packets.tickStart[t]!; k < packets.tickStart[t + 1]!; k++) {
      const core = coreAt.get(`${packets.x[k]},${packets.y[k]}`);
      if (core === undefined || packets.tickOffset[k] !== 0) {
        const message = core === undefined ? 'goes to a place without a core' : 'acts later than its tick';
        return fail('packet-outside-samples', `${place}: packets.${t}`, `a packet ${message}`, RUN);
      }
      axons.add(core * spec.axonsPerCore + packets.axon[k]!);
    }
    return axons;
  });
  const axons = [...new Set(events.flatMap((set) => [...set]))].sort((a, b) => a - b);
  const last = events.findLastIndex((set) => set.size > 0);
  for (const inputStart of [0, 1]) {
    const inputTicks = Math.max(1, ...frameLengths(events, { period, inputStart, nSamples }));
    const starts = events.slice(0, inputStart).every((set) => set.size === 0);
    const ends = last < (nSamples - 1) * period + inputStart + inputTicks;
    if (!starts || !ends || inputTicks > Math.min(period, MOST_TICKS)) continue;
    const images = countsOf(events, axons, { period, inputStart, inputTicks, nSamples });
    if (images === undefined) continue;
    const bits = Math.ceil(Math.log2(inputTicks + 1));
    const code: InputCode = inputTicks === 1 ? { kind: 'threshold', level: 1 } : { kind: 'rate', bits };
    const shift = inputTicks === 1 ? 0 : 8 - bits;
    return { axons, timing: { inputStart, inputTicks }, code, images: images.map((count) => count << shift) };
  }
  const message = `its packets are not spikes from the start of each of ${nSamples} samples, ${period} ticks apart`;
  return fail('packet-outside-samples', `${place}: packets`, message, RUN);
}

interface Frames {
  readonly period: number;
  readonly inputStart: number;
  readonly nSamples: number;
}

type Events = readonly ReadonlySet<number>[];

/** Ticks from the start of each frame to its last packet; the last sample ends with the packets. */
function frameLengths(events: Events, { period, inputStart, nSamples }: Frames): readonly number[] {
  return Array.from({ length: nSamples }, (_, s) => {
    const first = s * period + inputStart;
    const frame = s === nSamples - 1 ? events.slice(first) : events.slice(first, first + period);
    return frame.findLastIndex((set) => set.size > 0) + 1;
  });
}

/** [nSamples, nElements] packets of each axon; undefined where they are not in the first ticks of the frame. */
function countsOf(
  events: Events,
  axons: readonly number[],
  { period, inputStart, inputTicks, nSamples }: Frames & { readonly inputTicks: number },
): Uint8Array | undefined {
  const nElements = Math.max(1, axons.length);
  const counts = new Uint8Array(nSamples * nElements);
  const elementOf = new Map(axons.map((axon, element) => [axon, element]));
  for (let s = 0; s < nSamples; s++) {
    for (let tick = 0; tick < inputTicks; tick++) {
      for (const axon of events[s * period + inputStart + tick] ?? []) {
        const at = s * nElements + elementOf.get(axon)!;
        if (counts[at] !== tick) return undefined;
        counts[at] = tick + 1;
      }
    }
  }
  return counts;
}
