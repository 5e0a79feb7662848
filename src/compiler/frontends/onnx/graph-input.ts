/** The image: its shape, how its bytes become real numbers, and the order in which the file has its elements. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { InputCode, NetworkNode, Shape } from '../../../ir/network/types.js';
import type { NameMaker } from '../../fresh-names.js';
import { byteValues, encodeInput, statesBytes } from '../encode-input.js';
import type { ImportOptions } from '../frontend.js';
import type { NetworkBuilder } from './builder.js';
import { layerShape, value } from './builder.js';
import { callOf } from './call.js';
import type { OnnxModel, OnnxNode, ValueInfo } from './model.js';
import { CHANNELS_LAST_DOMAIN } from './domains.js';
import { DATA_TYPES } from './tensor.js';
import { type Code, type Constant, type Dims, elements, type Value } from './values.js';

/** What the input is read with. */
export interface InputRequest {
  readonly model: OnnxModel;
  readonly input: ValueInfo;
  readonly options: ImportOptions;
  readonly place: string;
  readonly fresh: NameMaker;
  /** The code of the bytes, where the file says it: it is one of ours. */
  readonly code?: InputCode | undefined;
  /** Constants of the file by name, to see how a first quantiser rounds. */
  constant(name: string): Constant | undefined;
}

/** The dimensions of the input with a batch of 1, and the batch that the file has. */
export interface InputDims {
  readonly dims: Dims;
  readonly batch: number;
}

/** The shape of the input; findings where the file leaves it open. */
export function inputDims({ input, options, place }: InputRequest): InputDims | Diagnostic {
  const { inputShape } = options;
  const { dims } = input;
  const at = `${place}: input "${input.name}"`;
  const remedy = 'give the shape of one image with --input-shape, in the order of the file and without the batch';
  const shown = dims === undefined ? 'no shape' : `[${dims.map((n) => n ?? '?').join(', ')}]`;
  if (inputShape !== undefined) {
    if (inputShape.some((n) => !(Number.isInteger(n) && n >= 1))) {
      return errorAt('bad-input-shape', at, `a shape of [${inputShape.join(', ')}]`, remedy);
    }
    // As many numbers as the file has dimensions: there is none for a batch.
    const whole = dims === undefined || dims.length === inputShape.length + 1 ? [1, ...inputShape] : [...inputShape];
    const first = whole.length === inputShape.length ? 0 : 1;
    const wrong = dims?.some((n, a) => a >= first && n !== undefined && n > 0 && n !== whole[a]);
    if (wrong === true || (dims !== undefined && dims.length !== whole.length)) {
      return errorAt('bad-input-shape', at, `it has ${shown}, not [${inputShape.join(', ')}]`, remedy);
    }
    return { dims: whole, batch: 1 };
  }
  if (dims === undefined) return errorAt('missing-input-shape', at, 'the file does not say its shape', remedy);
  const [first, ...rest] = dims.length === 1 ? [1, ...dims] : dims;
  if (rest.some((n) => n === undefined || n < 1)) {
    return errorAt('missing-input-shape', at, `the file leaves dimensions open: ${shown}`, remedy);
  }
  const known = rest.map((n) => n ?? 1);
  if (dims.length === 1) return { dims: known, batch: 1 };
  return { dims: [1, ...known], batch: first === undefined || first < 1 ? 1 : first };
}

/** The image in the network. */
export interface AddedInput {
  readonly value: Value;
  /** The elements of the input for an image of bytes, in the order of the file: real numbers, or the integers of its type. */
  readonly elements: (image: Uint8Array) => Float64Array;
}

/** Puts input and input code into the network; the value, or findings. */
export function addInput(
  network: NetworkBuilder,
  request: InputRequest,
  { dims }: InputDims,
): AddedInput | { readonly diagnostics: readonly Diagnostic[] } {
  const { input, options, place, fresh } = request;
  const at = `${place}: input "${input.name}"`;
  if (options.inputLayout !== undefined && dims.length !== 4) {
    const message = `[${dims.slice(1).join(', ')}] is no image with channels: its dimensions have one order`;
    return { diagnostics: [errorAt('unread-option', `${at}: --input-layout`, message, 'leave the option out')] };
  }
  const layout = layoutOf(request, dims);
  if (layout === undefined) {
    const message = `the file does not show whether [${dims.join(', ')}] has channels first or last`;
    return {
      diagnostics: [
        errorAt('missing-layout', at, message, 'say so with --input-layout channels-first or channels-last'),
      ],
    };
  }
  const shape = imageShape(dims, layout);
  const id = network.addNode({ kind: 'input', id: fresh('input'), shape });
  const stated = request.code;
  const coded = stated === undefined ? quantisedCode(request) : undefined;
  let last = id;
  let code: Code | undefined;
  // Of an input whose code the file states: bytes.
  let meanings: readonly Float64Array[] = [Float64Array.from({ length: 256 }, (_, b) => b)];
  if (stated !== undefined) {
    last = network.addNode({ kind: 'encode', id: fresh('encode'), input: id, code: stated });
  } else if (coded !== undefined && !statesBytes(options)) {
    const { step, zeroPoint } = coded;
    last = network.addNode({
      kind: 'encode',
      id: fresh('code'),
      input: id,
      code: { kind: 'integer', bits: 8, zeroPoint, step },
    });
    code = coded.code;
    const { scale, zeroPoint: zero } = code ?? { scale: 1, zeroPoint: 0 };
    meanings = [Float64Array.from({ length: 256 }, (_, b) => (step * (b - zeroPoint)) / scale + zero)];
  } else {
    const encoded = encodeInput({ input: id, channels: shape.at(-1) ?? 1, options, place: at, fresh });
    if (encoded.diagnostics.length > 0) return { diagnostics: encoded.diagnostics };
    meanings = byteValues({ channels: shape.at(-1) ?? 1, options, place: at }).values ?? meanings;
    const nodes: readonly NetworkNode[] = encoded.nodes;
    for (const node of nodes) network.addNode(node);
    last = encoded.output;
  }
  if (layout === 'channels-first' && dims.length === 4) {
    const [, c = 1, h = 1, w = 1] = dims;
    return {
      elements: (image) => {
        const plane = h * w;
        return Float64Array.from(image, (_, e) => {
          const [channel, pixel] = [Math.floor(e / plane), e % plane];
          return meaningOf(meanings, channel)[image[pixel * c + channel]!]!;
        });
      },
      value: { ...network.restored(last, [1, c, h, w], [0, 2, 3, 1]), ...(code === undefined ? {} : { code }) },
    };
  }
  const channels = shape.at(-1) ?? 1;
  return {
    elements: (image) => Float64Array.from(image, (b, e) => meaningOf(meanings, e % channels)[b]!),
    value: value(network.rearranged(last, layerShape(dims), undefined), dims, code),
  };
}

/** What bytes of a channel mean: one table for all, or one each. */
const meaningOf = (meanings: readonly Float64Array[], channel: number): Float64Array =>
  meanings[meanings.length === 1 ? 0 : channel]!;

type Layout = 'channels-first' | 'channels-last' | 'as-is';

function layoutOf(request: InputRequest, dims: Dims): Layout | undefined {
  if (dims.length !== 4 || dims[0] !== 1) return 'as-is';
  if (request.code !== undefined) return 'channels-first';
  const { inputLayout } = request.options;
  if (inputLayout !== undefined) return inputLayout;
  const shown = shownLayout(request);
  if (shown !== undefined) return shown;
  // One channel, or one pixel: both orders are the same.
  if (dims[1] === 1) return 'channels-first';
  return dims[3] === 1 ? 'channels-last' : undefined;
}

const WINDOWS: readonly string[] = [
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'BatchNormalization',
  'QLinearConv',
  'ConvInteger',
  'DepthToSpace',
  'SpaceToDepth',
];
/** Operators that show nothing, and behind which one looks on. */
const TRANSPARENT: readonly string[] = [
  'Identity',
  'Cast',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Relu',
  'Clip',
  'Sign',
  'Pad',
  'Dropout',
  'Resize',
  'Upsample',
  'Quant',
  'IntQuant',
  'BipolarQuant',
  'QuantizeLinear',
  'DequantizeLinear',
];

/** The layout that the first layer with a window shows. */
function shownLayout({ model, input }: InputRequest): Layout | undefined {
  const seen = new Set<string>([input.name]);
  for (const node of model.nodes) {
    const [first] = node.inputs.filter((name) => seen.has(name));
    if (first === undefined) continue;
    if (node.operator === 'Transpose') {
      const order = node.attributes.get('perm')?.ints.join();
      if (order === '0,3,1,2') return 'channels-last';
      if (order === '0,2,3,1') return 'channels-first';
      return undefined;
    }
    if (WINDOWS.includes(node.operator)) {
      return node.domain === CHANNELS_LAST_DOMAIN ? 'channels-last' : 'channels-first';
    }
    if (TRANSPARENT.includes(node.operator)) for (const name of node.outputs) seen.add(name);
  }
  return undefined;
}

/** Shape of the images of the data set: channels last, at most three dimensions. */
function imageShape(dims: Dims, layout: Layout): Shape {
  const [, c = 1, h = 1, w = 1] = dims;
  if (layout === 'channels-first') return [h, w, c];
  const plain = layerShape(dims);
  return plain.length <= 3 ? plain : [elements(plain.slice(0, -2)), ...plain.slice(-2)];
}

interface QuantisedInput {
  readonly step: number;
  readonly zeroPoint: number;
  readonly code?: Code;
}

const FORWARDING: readonly string[] = [
  'Identity',
  'Flatten',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Cast',
  'Dropout',
];

/** How bytes stand for the input, where its type or its first layer says so: integers of 8 bits with a scale. */
function quantisedCode(request: InputRequest): QuantisedInput | undefined {
  const { model, input } = request;
  const type = DATA_TYPES.get(input.type ?? 0);
  const isByte = type?.isInteger === true && type.bits === 8;
  const offset = type?.range?.[0] === -128 ? 128 : 0;
  const plain = isByte ? { step: 1, zeroPoint: offset } : undefined;
  let name = input.name;
  for (const node of model.nodes) {
    if (!node.inputs.includes(name)) continue;
    if (FORWARDING.includes(node.operator) && node.inputs[0] === name) {
      name = node.outputs[0] ?? '';
      continue;
    }
    return firstQuantiser(request, node, isByte ? offset : undefined) ?? plain;
  }
  return plain;
}

/** The integers of a first quantiser. `offset` takes integers of the input to bytes. */
function firstQuantiser(
  { constant, model, place }: InputRequest,
  node: OnnxNode,
  offset: number | undefined,
): QuantisedInput | undefined {
  const number = (i: number): number | undefined => {
    const name = node.inputs[i];
    if (name === undefined || name === '') return 0;
    const found = constant(name);
    return found?.data.length === 1 ? found.data[0] : undefined;
  };
  const call = callOf(node, model.opset ?? 0, place);
  const [step, z] = [number(1), number(2)];
  if (step === undefined || z === undefined || !(step > 0) || !Number.isInteger(z)) return undefined;
  const valid = (zeroPoint: number, code?: Code): QuantisedInput | undefined =>
    zeroPoint >= 0 && zeroPoint <= 255 ? { step, zeroPoint, ...(code === undefined ? {} : { code }) } : undefined;
  switch (node.operator) {
    case 'Quant':
    case 'IntQuant':
      if (offset !== undefined || number(3) !== 8) return undefined;
      return valid(z + (call.int('signed', 1) === 1 ? 128 : 0));
    case 'QuantizeLinear': {
      if (offset !== undefined) return undefined;
      const given = constant(node.inputs[2] ?? '')?.range;
      const range = given ?? (call.int('output_dtype', 0) === 3 ? [-128, 127] : [0, 255]);
      return range[1]! - range[0]! === 255 ? valid(z - range[0]!) : undefined;
    }
    case 'DequantizeLinear':
    case 'QLinearConv':
    case 'QLinearMatMul':
      return offset === undefined ? undefined : valid(z + offset, { scale: step, zeroPoint: z });
    default:
      return undefined;
  }
}
