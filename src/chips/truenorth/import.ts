/** CPE models as programs: with the decoding.json that an export writes, which says how samples enter and what the pins mean. */
import { decodeText } from '../../common/decode-text.js';
import { fail } from '../../common/diagnostics.js';
import { TRUENORTH } from '../../hw-models/truenorth/spec.js';
import { importCpe } from '../../ir/program/formats/nscs/cpe-import.js';
import { CORE_SIZE, type CpeModel, FIRST_HOST_CORE } from '../../ir/program/formats/nscs/cpe-model.js';
import type { OutputMap, TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { ImportedFile, ImportedProgram, ProgramImport } from '../chip.js';
import { type CpeFrame, readCpeDecoding } from './decoding.js';

const DECODING = 'decoding.json';
const RUN = 'run it on recorded spikes with `lodestone truenorth run MODEL --input SPIKES`';
/** Bytes that are looked at. */
const LOOKED_AT = 4096;

/** Models of the vendor's programming environment. */
export const CPE_FILES: ProgramImport<TrueNorthProgram> = {
  title: 'CPE model',
  fileName: 'model.json',
  companions: [DECODING],
  recognises: (bytes) =>
    /^\s*\{[^]*"(coreCount|neuronTypes|crossbarTypes)"/.test(new TextDecoder().decode(bytes.subarray(0, LOOKED_AT))),
  read,
};

function read(
  file: ImportedFile,
  companion: (name: string) => ImportedFile | undefined,
): ImportedProgram<TrueNorthProgram> {
  const beside = companion(DECODING);
  if (beside === undefined) {
    const message = `there is no ${DECODING} beside it: a CPE model does not say how samples become spikes, nor what its pins mean`;
    return fail('no-input-code', file.place, message, RUN);
  }
  const { program, model, warnings } = importCpe(file.bytes, file.place, TRUENORTH);
  const { frame, recorded } = readCpeDecoding(decodeText(beside.bytes, beside.place, 'program file'), beside.place);
  const missing = frame.inputs.core.find((core) => core >= program.cores.nCores);
  if (missing !== undefined) {
    const message = `core ${missing} gets samples, ${file.place} has ${program.cores.nCores} cores`;
    return fail('wrong-output', `${beside.place}: inputs.core`, message, 'keep the files of one export together');
  }
  const outputs = outputsOf(frame, model, beside.place);
  const { inputs } = frame;
  return {
    program: { ...program, ...frame, outputs, mergedAxons: mergedWith(program, inputs) },
    recorded,
    warnings,
  };
}

/** The pins of the model, which are numbered by neuron, as the pins of the export. @throws UserError for a pin that the export does not have */
function outputsOf({ outputs }: CpeFrame, { pinNeuron, destCore, destAxon }: CpeModel, place: string): OutputMap {
  const pins = Array.from(pinNeuron, (n) => (FIRST_HOST_CORE - destCore[n]!) * CORE_SIZE + destAxon[n]!);
  const unknown = pins.find((pin) => pin >= outputs.pinClass.length);
  if (unknown !== undefined) {
    const message = `${outputs.pinClass.length} pins, a neuron of the model drives pin ${unknown}`;
    return fail('wrong-output', `${place}: outputs.pinClass`, message, 'keep the files of one export together');
  }
  return {
    ...outputs,
    pinClass: Int32Array.from(pins, (pin) => outputs.pinClass[pin]!),
    pinCoefficient: Int32Array.from(pins, (pin) => outputs.pinCoefficient[pin]!),
  };
}

/** The axons with several drivers, those of the samples included. */
function mergedWith({ cores, mergedAxons }: TrueNorthProgram, { core, axon }: CpeFrame['inputs']): Int32Array {
  const driven = new Set<number>();
  cores.target.forEach((target, n) => {
    if (target >= 0) driven.add(target * CORE_SIZE + cores.targetAxon[n]!);
  });
  const merged = new Set(mergedAxons);
  core.forEach((c, entry) => {
    const place = c * CORE_SIZE + axon[entry]!;
    if (driven.has(place)) merged.add(place);
    driven.add(place);
  });
  return Int32Array.from(merged).sort();
}
