/**
 * Files that our own export wrote (compiler/exporters/onnx.ts): ONNX like any other, with more in its metadata. That is taken where the graph
 * agrees with it, so that a file that another tool changed is read as what it is now:
 *
 *   exact numbers    where their float32 roundings are the file's
 *   input code       where the graph begins with its operators; they are taken out
 *   layers           where the imported network has as many, of these kinds in this order: they get their names back
 */
import type { InputCode } from '../../../ir/network/types.js';
import { codeSteps, type CodeStep } from '../../exporters/onnx-input-code.js';
import {
  EXACT_KEY,
  type ExactNumbers,
  NETWORK_KEY,
  readExactNumbers,
  readNetworkMetadata,
  stated,
} from '../../exporters/own-metadata.js';
import type { ForeignFile, ImportedNetwork, ImportOptions } from '../frontend.js';
import { asExported, withChangedInput } from '../own-layers.js';
import { constantOf } from './call.js';
import { importGraph } from './import-graph.js';
import type { OnnxModel, OnnxNode, TensorProto } from './model.js';

/** Imports a model, one of ours with what its metadata say. @throws UserError with every finding */
export async function importModel(
  model: OnnxModel,
  file: ForeignFile,
  options: ImportOptions,
): Promise<ImportedNetwork> {
  const { place } = file;
  const about = metadataOf(model, NETWORK_KEY, readNetworkMetadata, place);
  const numbers = metadataOf(model, EXACT_KEY, readExactNumbers, place);
  const exact = numbers === undefined ? model : withExactNumbers(model, numbers, place);
  if (about === undefined) return importGraph(exact, file, options);
  const { code, value } = about.input;
  const isAsked = Object.values(options).some((option) => option !== undefined);
  const behind = isAsked ? undefined : withoutCode(exact, code, value, place);
  const isChanged = behind === undefined && !isAsked;
  const code_ = behind === undefined ? undefined : code;
  const imported = await withChangedInput(isChanged, place, () =>
    importGraph(behind ?? exact, file, options, code_, exact),
  );
  return asExported(imported, about);
}

const decoder = new TextDecoder('utf-8');

/** What an entry of the metadata says; undefined where there is none. @throws UserError for one that is not ours */
function metadataOf<T>(
  { metadata }: OnnxModel,
  key: string,
  read: (text: string) => T | undefined,
  place: string,
): T | undefined {
  const bytes = metadata.get(key);
  if (bytes === undefined) return undefined;
  return stated(read(decoder.decode(bytes)), key, place);
}

/** Constants and attributes with the digits that float32 does not hold, where they still are those numbers. */
function withExactNumbers(model: OnnxModel, exact: ExactNumbers, place: string): OnnxModel {
  const initialisers = model.initialisers.map((tensor) => exactTensor(tensor, exact.get(tensor.name), place));
  const nodes = model.nodes.map((node) => {
    const attributes = new Map(node.attributes);
    for (const [name, attribute] of attributes) {
      const [number] = exact.get(`${node.name}:${name}`) ?? [];
      if (number !== undefined && Math.fround(number) === attribute.float) {
        attributes.set(name, { ...attribute, float: number });
      }
    }
    return { ...node, attributes };
  });
  return { ...model, initialisers, nodes };
}

/** Numbers of TensorProto.DataType. */
const [FLOAT, DOUBLE] = [1, 11];

function exactTensor(tensor: TensorProto, values: Float64Array | undefined, place: string): TensorProto {
  if (values === undefined || tensor.type !== FLOAT || tensor.external !== undefined) return tensor;
  const { data } = constantOf(tensor, place);
  if (data.length !== values.length || values.some((v, i) => Math.fround(v) !== data[i])) return tensor;
  return {
    ...tensor,
    type: DOUBLE,
    typed: [],
    raw: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** The model behind the operators of its input code; undefined where it does not begin with them. */
function withoutCode(model: OnnxModel, code: InputCode, value: string, place: string): OnnxModel | undefined {
  const steps = codeSteps(code) ?? [];
  const [input] = model.inputs;
  if (input === undefined || model.inputs.length > 1) return undefined;
  let from = input.name;
  const gone = new Set<OnnxNode>();
  for (const step of steps) {
    const [reader, ...others] = model.nodes.filter(({ inputs }) => inputs.includes(from));
    const [output] = reader?.outputs ?? [];
    if (reader === undefined || output === undefined || others.length > 0) return undefined;
    if (!isStep(reader, step, from, model, place)) return undefined;
    gone.add(reader);
    from = output;
  }
  if (from !== value) return undefined;
  return { ...model, inputs: [{ ...input, name: value }], nodes: model.nodes.filter((node) => !gone.has(node)) };
}

function isStep(node: OnnxNode, step: CodeStep, from: string, model: OnnxModel, place: string): boolean {
  if (node.operator !== step.operator || node.attributes.size > 0 || node.inputs[0] !== from) return false;
  const [, by] = node.inputs;
  if (step.constant === undefined) return by === undefined;
  const tensor = model.initialisers.find(({ name }) => name === by);
  if (tensor === undefined || tensor.external !== undefined) return false;
  const { data } = constantOf(tensor, place);
  return data.length === 1 && data[0] === step.constant;
}
