/** From the bytes of an image to the first value of a network. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { NetworkNode, NodeId } from '../../../ir/network/types.js';
import type { NameMaker } from '../../fresh-names.js';
import { byteValues, encodeInput, statesBytes } from '../encode-input.js';
import type { ImportOptions } from '../frontend.js';
import type { Plan } from './plan.js';
import { type Quant, quantOf, roundAway } from './quantised.js';
import { Refusal } from './refusal.js';

interface CodeRequest {
  readonly plan: Plan;
  readonly options: ImportOptions;
  /** The input node. */
  readonly image: NodeId;
  readonly channels: number;
  readonly fresh: NameMaker;
}

/** Layers behind the input, the last of them, and what the user has to know. */
export interface CodedInput {
  readonly nodes: readonly NetworkNode[];
  readonly output: NodeId;
  /** The numbers of the file for an image of bytes: real ones, or the stored integers. */
  readonly elements: (image: Uint8Array) => Float64Array;
  readonly diagnostics: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** Real numbers, as the options describe the bytes. */
export function realCode({ plan, options, image, channels, fresh }: CodeRequest): CodedInput {
  const place = `${plan.model.place}: input "${plan.input.name}"`;
  const { values } = byteValues({ channels, options, place });
  const coded = encodeInput({ input: image, channels, options, place, fresh });
  return { ...coded, elements: elementsBy(values ?? [], 0), warnings: [] };
}

/** Elements of images by tables of bytes, one for all channels or one each, plus a number. */
const elementsBy =
  (tables: readonly ArrayLike<number>[], plus: number): CodedInput['elements'] =>
  (image) =>
    Float64Array.from(image, (b, e) => tables[e % tables.length]![b]! + plus);

/**
 * Integers: byte b is the b-th of the 256 numbers of the type (b - 128 for int8), as fed to devices. Where the options say what a byte means, it is
 * quantised to the scale of the input (kernels/quantize.cc, in float32): a table.
 */
export function integerCode({ plan, options, image, channels, fresh }: CodeRequest): CodedInput {
  const place = `${plan.model.place}: input "${plan.input.name}"`;
  let quant: Quant;
  try {
    quant = quantOf(plan.input);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      nodes: [],
      output: image,
      elements: elementsBy([], 0),
      diagnostics: [errorAt('unsupported-input', place, error.message, error.remedy)],
      warnings: [],
    };
  }
  const id = fresh('code');
  const plain = (zeroPoint: number): NetworkNode => ({
    ...{ kind: 'encode', id, input: image },
    code: { kind: 'integer', bits: 8, zeroPoint, step: zeroPoint === 0 - quant.low ? quant.scale : 1 },
  });
  const stored = Array.from({ length: 256 }, (_, b) => b + quant.low);
  const elements = elementsBy([stored], quant.zeroPoint);
  if (!statesBytes(options))
    return { elements, nodes: [plain(0 - quant.low)], output: id, diagnostics: [], warnings: [] };
  const { values, diagnostics } = byteValues({ channels, options, place });
  if (values === undefined) return { nodes: [], output: image, elements, diagnostics, warnings: [] };
  const tables = values.map((reals) =>
    Int16Array.from(reals, (x) =>
      Math.min(Math.max(roundAway(Math.fround(Math.fround(x) / quant.scale)), quant.low), quant.high),
    ),
  );
  const quantised = elementsBy(tables, quant.zeroPoint);
  const [first] = tables;
  if (first === undefined || tables.every((table) => table.every((v, b) => v === b + quant.low))) {
    return { nodes: [plain(0 - quant.low)], output: id, elements, diagnostics, warnings: [] };
  }
  if (tables.every((table) => table.every((v, b) => v === first[b]))) {
    const table: NetworkNode = { kind: 'lookup', id: fresh('quantised'), input: id, inputMin: 0, table: first };
    return { nodes: [plain(0), table], output: table.id, elements: quantised, diagnostics, warnings: [] };
  }
  // A table has no channels: each goes through its own.
  const picked = tables.flatMap((table, c): readonly NetworkNode[] => {
    const pick = fresh(`channel${c}`);
    const weights = Int8Array.from({ length: channels }, (_, k) => (k === c ? 1 : 0));
    return [
      {
        ...{ kind: 'conv2d', id: pick, input: id, window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
        ...{ groups: 1, nOut: 1, weights, padValue: 0 },
      },
      { kind: 'lookup', id: fresh(`quantised${c}`), input: pick, inputMin: 0, table },
    ];
  });
  const joined = fresh('quantised');
  const parts = picked.filter(({ kind }) => kind === 'lookup').map((node) => node.id);
  return {
    nodes: [plain(0), ...picked, { kind: 'concat', id: joined, inputs: parts }],
    output: joined,
    elements: quantised,
    diagnostics,
    warnings: [],
  };
}
