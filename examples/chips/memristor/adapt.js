// What the converters do to a network, as nodes of the network itself: this is the oracle of the chip.
//
//   sums over many inputs      rearrange > dense > ADC   one crossbar: some of the inputs, their weights, its converters
//                              ... + ...                 crossbars of one layer are added up in digital
//                              * 2^adcShift + bias       back to the units of the layer
import { errorAt, inferShapes, present, sizeOf, throwIfErrors, warningAt } from 'lodestone/chips';

/** Layers with weights that have no crossbars here. */
const REFUSED = ['conv2d', 'embedding', 'attention', 'rmsNorm', 'integerNeuron', 'delay'];
/** Sums of a layer stay far below this. */
const BEYOND = 2 ** 31 - 1;

/** The layer in front of the converters of crossbar `t` of a layer. */
export const bitlines = (id, t) => `${id}.bitlines${t}`;

/**
 * The network as the chip computes it, and how it may differ from the one that it was given.
 *
 * @param {import('lodestone/chips').NetworkGraph} integer
 * @param {{ name: string, rows: number, columns: number, cellLevels: number, adcBits: number, adcShift: number }} spec
 */
export function adaptNetwork(integer, spec) {
  throwIfErrors(integer.nodes.flatMap((node) => problemsOf(node, spec)));
  const shapes = inferShapes(integer);
  const nodes = integer.nodes.flatMap((node) => {
    if (node.kind !== 'dense' && node.kind !== 'blockDense') return [node];
    const nIn = sizeOf(present(shapes.get(node.input), 'input'));
    return layerOf(node, nIn, spec);
  });
  return { graph: { ...integer, nodes }, warnings: [warningOf(integer.name, spec)] };
}

function problemsOf(node, spec) {
  const place = `layer "${node.id}" (${node.kind})`;
  if (REFUSED.includes(node.kind)) {
    return [
      errorAt('unsupported-layer', place, 'a memristor chip has crossbars for dense layers only', 'use dense layers'),
    ];
  }
  if (node.weightZeroPoint !== undefined) {
    return [errorAt('unsupported-layer', place, 'its weights have a zero point', 'quantise them without one')];
  }
  const weights =
    node.kind === 'dense' ? [node.weights] : node.kind === 'blockDense' ? node.blocks.map((b) => b.weights) : [];
  const largest = Math.max(0, ...weights.map((some) => some.reduce((most, w) => Math.max(most, Math.abs(w)), 0)));
  if (largest < spec.cellLevels) return [];
  const message = `its largest weight is ${largest}, and a cell has ${spec.cellLevels} levels, 0..${spec.cellLevels - 1}`;
  return [errorAt('too-few-levels', place, message, `use fewer bits, or at least ${largest + 1} cellLevels`)];
}

function warningOf(name, { adcBits, adcShift }) {
  const step = 2 ** adcShift;
  const [low, high] = [-(2 ** (adcBits - 1)) * step, (2 ** (adcBits - 1) - 1) * step];
  const rounds = step === 1 ? '' : `, rounded to multiples of ${step}`;
  const message = `converters read the sum of each crossbar from ${low} to ${high}${rounds}; the integer network does the same`;
  return warningAt('converters', name, message, 'compare with the float network, or use more adcBits');
}

/** The nodes of one layer. Each block of a blockDense layer has crossbars of its own. */
function layerOf(node, nIn, spec) {
  const all = Int32Array.from({ length: nIn }, (_, i) => i);
  const blocks = node.kind === 'dense' ? [{ inputs: all, nOut: node.nOut, weights: node.weights }] : node.blocks;
  const nodes = [];
  let t = 0;
  const parts = blocks.map((block, b) => {
    const sums = [];
    for (let first = 0; first < block.inputs.length; first += spec.rows) {
      const rows = block.inputs.slice(first, first + spec.rows);
      const weights = new Int8Array(block.nOut * rows.length);
      for (let o = 0; o < block.nOut; o++) {
        for (let r = 0; r < rows.length; r++) {
          weights[o * rows.length + r] = block.weights[o * block.inputs.length + first + r];
        }
      }
      const wordlines = `${node.id}.wordlines${t}`;
      const line = bitlines(node.id, t);
      nodes.push(
        { id: wordlines, kind: 'rearrange', input: node.input, shape: [rows.length], index: rows },
        { id: line, kind: 'dense', input: wordlines, nOut: block.nOut, weights },
        converter(`${node.id}.adc${t}`, line, spec),
      );
      sums.push(`${node.id}.adc${t}`);
      t++;
    }
    return sums.reduce((before, next, k) => {
      const id = `${node.id}.sum${b}-${k}`;
      nodes.push({ id, kind: 'add', inputs: [before, next] });
      return id;
    });
  });
  const whole = parts.length === 1 ? parts[0] : `${node.id}.blocks`;
  if (parts.length > 1) nodes.push({ id: whole, kind: 'concat', inputs: parts });
  nodes.push(digital(node, whole, spec));
  return nodes;
}

/** An ADC: it drops the lowest bits and clips to its own. */
const converter = (id, input, { adcBits, adcShift }) => ({
  ...{ id, kind: 'requantise', input, inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, rounding: 'halfUp' },
  ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(adcShift) },
  ...{ min: -(2 ** (adcBits - 1)), max: 2 ** (adcBits - 1) - 1 },
});

/** Back to the units of the layer, and its bias. */
const digital = ({ id, bias }, input, { adcShift }) => ({
  ...{ id, kind: 'requantise', input, inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, rounding: 'floor' },
  ...{ multiplier: Int32Array.of(2 ** adcShift), shift: Uint8Array.of(0), min: -BEYOND, max: BEYOND },
  ...(bias === undefined ? {} : { addend: bias }),
});
