import type {
  BitWidth,
  DenseNode,
  EmbeddingNode,
  NetworkGraph,
  NetworkNode,
  QuantiseNode,
} from '../../ir/network/types.js';
import type { LinearParameters } from './layers.js';
import { type SequenceModel, VALUE_BITS } from './model.js';
import type { SequenceParameter } from './parameter.js';
import { rangeOf, toStep } from './quantise.js';

/** Fraction bits of the square root in the norms: with 8-bit inputs its error is below 2^-10 of the result. */
const NORM_FRACTION = 10;

/** The trained model in the float dialect: what it computes, in float64. One token in, the scores of the next one out. */
export function deployTransformer(model: SequenceModel): NetworkGraph {
  const { parameters, recipe, context } = model;
  const { width, heads } = recipe.model;
  const nodes: NetworkNode[] = [
    { id: 'token', kind: 'input', shape: [1] },
    { id: 'code', kind: 'encode', input: 'token', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
  ];
  const stream = Math.exp(parameters.streamStep.value[0] ?? Number.NaN);
  const push = (node: NetworkNode): string => {
    nodes.push(node);
    return node.id;
  };
  const table = (id: string, by: EmbeddingNode['by'], { value }: SequenceParameter): string => {
    const range = rangeOf(VALUE_BITS, true);
    const rows = Int8Array.from(value, (v) => toStep(v, stream, range));
    return push({ id, kind: 'embedding', input: 'code', by, nOut: width, table: rows, scale: stream });
  };
  const dense = (id: string, input: string, { nIn, nOut, range, weights, logSteps }: LinearParameters): string => {
    const steps = Float64Array.from(logSteps.value, (logStep) => Math.exp(logStep));
    const values = new Int8Array(nIn * nOut);
    for (let o = 0; o < nOut; o++) {
      for (let i = 0; i < nIn; i++) values[o * nIn + i] = toStep(weights.value[i * nOut + o]!, steps[o]!, range);
    }
    const node: DenseNode = {
      id,
      kind: 'dense',
      input,
      nOut,
      weights: values,
      weightBits: bitsOf(range),
      scale: steps,
    };
    return push(node);
  };
  const quantise = (id: string, input: string, step: number, signed = true): string => {
    const node: QuantiseNode = { id, kind: 'quantise', input, step, bits: VALUE_BITS, signed };
    return push(node);
  };
  const stepOf = ({ value }: SequenceParameter): number => Math.exp(value[0] ?? Number.NaN);
  const norm = (id: string, input: string, gain: SequenceParameter, logStep: SequenceParameter): string => {
    const step = stepOf(logStep);
    // Gains become integers on the chip; rounding them here keeps both dialects alike.
    const unit = step / Math.sqrt(width);
    const gains = Float64Array.from(gain.value, (g) => Math.round(g / unit) * unit);
    const { low, high } = rangeOf(VALUE_BITS, true);
    push({ id, kind: 'rmsNorm', input, gain: gains, fraction: NORM_FRACTION, min: low, max: high });
    return quantise(`${id}-q`, id, step);
  };
  push({
    id: 'embed',
    kind: 'add',
    inputs: [table('tokens', 'value', parameters.tokens), table('positions', 'position', parameters.positions)],
  });
  let x = quantise('stream', 'embed', stream);
  parameters.blocks.forEach((block, i) => {
    const name = `b${i + 1}`;
    const h = norm(`${name}-norm1`, x, block.norm1, block.norm1Step);
    const projected = (part: 'query' | 'key' | 'value', step: SequenceParameter): string =>
      quantise(`${name}-${part}-q`, dense(`${name}-${part}`, h, block[part]), stepOf(step));
    const inputs = [
      projected('query', block.queryStep),
      projected('key', block.keyStep),
      projected('value', block.valueStep),
    ] as const;
    push({ id: `${name}-attention`, kind: 'attention', inputs, heads, context, scale: 1 / Math.sqrt(width / heads) });
    const attended = quantise(`${name}-attention-q`, `${name}-attention`, stepOf(block.valueStep));
    const added = dense(`${name}-project`, attended, block.project);
    push({ id: `${name}-add1`, kind: 'add', inputs: [x, added] });
    const y = quantise(`${name}-middle`, `${name}-add1`, stream);
    const g = norm(`${name}-norm2`, y, block.norm2, block.norm2Step);
    const hidden = quantise(
      `${name}-hidden`,
      dense(`${name}-expand`, g, block.expand),
      stepOf(block.hiddenStep),
      false,
    );
    push({ id: `${name}-add2`, kind: 'add', inputs: [y, dense(`${name}-contract`, hidden, block.contract)] });
    x = quantise(`${name}-out`, `${name}-add2`, stream);
  });
  const last = norm('norm', x, parameters.norm, parameters.normStep);
  push({ id: 'scores', kind: 'scores', input: dense('output', last, parameters.output) });
  return { name: recipe.name, dialect: 'float', nodes };
}

function bitsOf({ low }: { readonly low: number }): BitWidth {
  const widths = [2, 3, 4, 5, 6, 7, 8] as const;
  return widths.find((bits) => -(2 ** (bits - 1)) === low) ?? 8;
}
