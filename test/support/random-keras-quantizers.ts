/** Random activations and quantizers of Keras, Larq and QKeras: names, calls as text, objects, a few of them senseless. */
import type { Dice } from './dice.js';

/** Adds arguments, positional or by name, to a quantizer of QKeras, or makes an object of them. */
function qkeras(d: Dice, name: string, parameters: readonly (readonly [string, readonly unknown[]])[]): unknown {
  const drawn = parameters
    .slice(0, 1 + d.one(...parameters.keys()))
    .map(([key, values]) => [key, d.one(...values)] as const);
  const written = (value: unknown): string =>
    value === null ? 'None' : typeof value === 'string' ? `'${value}'` : value === true ? 'True' : value === false ? 'False' : String(value); // prettier-ignore
  const list = (of: readonly (readonly [string, unknown])[]): string[] =>
    of.map(([key, value]) => `${key}=${written(value)}`);
  const keep = drawn.filter(() => d.one(true, true, false));
  return d.one<unknown>(
    `${name}(${drawn.map(([, value]) => written(value)).join(',')})`,
    `${d.one('', 'qkeras.quantizers.', ' ')}${name} (${list(keep).join(', ')} )`,
    `${name}(${[...drawn.slice(0, 1).map(([, value]) => written(value)), ...list(drawn.slice(1))].join()})`,
    { class_name: d.one('', 'qkeras>', 'Custom>a>') + name, config: Object.fromEntries(keep) },
    { class_name: d.one('Activation', 'QActivation'), config: { activation: `${name}(${list(keep).join()})` } },
    { class_name: 'function', config: `${name}(${written(drawn[0]![1])})` },
  );
}

const BITS = ['bits', [1, 2, 3, 4, 6, 8, 9, 8, 4, 2, 0, 31, 32, 2.5]] as const;
const INTEGER = ['integer', [0, 1, 2, 3, 0, -1, 32, 33, -33]] as const;
const FLAG = [false, true, 0, 1, null];
const ALPHA = ['alpha', [1, null, 'auto', 'auto_po2', 0.5, 'auto', 2, -1, '0.5', 'x', 1]] as const;
const STOCHASTIC = ['use_stochastic_rounding', [false, true]] as const;
const NOISE = ['qnoise_factor', [1, 1, 0.5]] as const;

/** Quantizers of QKeras with arguments of all kinds. */
export const qkerasQuantizer = (d: Dice): unknown => {
  const fixed = [BITS, INTEGER, ['symmetric', FLAG], ['keep_negative', [true, true, false, 1, 0]], ALPHA, STOCHASTIC, ['scale_axis', [null, null, 1]], NOISE] as const; // prettier-ignore
  return d.one<() => unknown>(
    () => qkeras(d, 'quantized_bits', fixed),
    () => qkeras(d, 'quantized_bits', fixed),
    () => qkeras(d, 'quantized_linear', fixed),
    () =>
      qkeras(d, 'quantized_relu', [BITS, INTEGER, ['use_sigmoid', [0, 0, 0, 1]], ['negative_slope', [0, 0, 0.25]], STOCHASTIC, ['relu_upper_bound', [null, 1, 0.5, 0.3, 100]], ['is_quantized_clip', FLAG], NOISE]), // prettier-ignore
    () => qkeras(d, 'quantized_tanh', [BITS, STOCHASTIC, ['symmetric', FLAG], ['use_real_tanh', FLAG]]),
    () => qkeras(d, 'quantized_sigmoid', [BITS, ['symmetric', FLAG], ['use_real_sigmoid', FLAG], STOCHASTIC]),
    () =>
      qkeras(d, 'quantized_po2', [BITS, ['max_value', [null, 1, 2, 0.5]], STOCHASTIC, ['quadratic_approximation', [false, false, true]], ['log2_rounding', ['rnd', 'floor']], NOISE]), // prettier-ignore
    () =>
      qkeras(d, 'quantized_relu_po2', [BITS, ['max_value', [null, 1, 2, 0.5]], ['negative_slope', [0, 0, 0.5]], STOCHASTIC, ['quadratic_approximation', [false, false, true]], ['log2_rounding', ['rnd', 'floor']], NOISE]), // prettier-ignore
    () => qkeras(d, d.one('binary', 'stochastic_binary'), [['use_01', FLAG], ALPHA, STOCHASTIC]),
    () => qkeras(d, 'ternary', [ALPHA, ['threshold', [null, 0.25, 0.5, 0, -1]], STOCHASTIC, ['number_of_unrolls', [5, 0, 1, 100, 101, -1]]]), // prettier-ignore
    () => qkeras(d, 'stochastic_ternary', [ALPHA, ['threshold', [null, 0.25]], ['temperature', [6]]]),
    () => qkeras(d, d.one('bernoulli', 'quantized_ulaw', 'constructor', 'no_such'), [['bits', [4]]]),
    () => ({
      class_name: d.one('DoReFa', 'DoReFaQuantizer', 'dorefa_quantizer'),
      config: { k_bit: d.one<unknown>(...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1.5, null]), mode: d.one('weights', 'activations', undefined) }, // prettier-ignore
    }),
    () => ({ class_name: 'SteTern', config: { threshold_value: d.one(0.05, 0.3, 0, -1), ternary_weight_networks: d.one(false, true) } }), // prettier-ignore
    () =>
      d.one<unknown>('NoOp', 'quantized_bits(4,0', 'quantized_bits(4,x=)', 'f(a b)', 'quantized_bits(bits=4,1)', 'quantized_tanh(4,1,1,1,1)', 7, [], {}, { class_name: 'function', config: { class_name: 'x' } }, 'x'.repeat(1001), 'ste_tern', 'SwishSign', 'MagnitudeAwareSign', 'SteHeaviside', 'dorefa_quantizer', '', '4', 'linear', 'quantized_bits(1e0, .5)', 'quantized_bits("4")', 'quantized_bits(+4,-1,True)'), // prettier-ignore
  )();
};

/** Activations by name or as objects. */
export const activation = (d: Dice): unknown =>
  d.one<unknown>(
    undefined,
    'linear',
    'relu',
    'relu6',
    'sigmoid',
    'tanh',
    'elu',
    'selu',
    'softplus',
    'softsign',
    'swish',
    'exponential',
    'hard_sigmoid',
    'hard_swish',
    'leaky_relu',
    'softmax',
    'ste_sign',
    'quantized_relu(4,2)',
    'quantized_bits(4,1)',
    'quantized_tanh(4)',
    'binary_tanh',
    'ternary_tanh',
    {
      class_name: 'ReLU',
      config: { name: 'r', max_value: d.one(null, 6), negative_slope: d.one(0, 0.125), threshold: d.one(0, 0.5) },
    },
    {
      class_name: 'quantized_relu',
      config: {
        bits: d.one(2, 4, 8),
        integer: d.one(0, 1, 2),
        negative_slope: d.one(0, 0.25),
        use_sigmoid: d.one(0, 0, 1),
      },
    },
    'no_such_function',
  );

/** Quantizers of weights and values. */
export const quantizer = (d: Dice): unknown =>
  d.one<unknown>(
    null,
    'ste_sign',
    'ste_tern',
    'approx_sign',
    'magnitude_aware_sign',
    'ste_heaviside',
    { class_name: 'DoReFa', config: { k_bit: d.one(1, 2, 4), mode: 'weights' } },
    {
      class_name: 'SteTern',
      config: { threshold_value: d.one(0.05, 0.3), ternary_weight_networks: d.one(false, true) },
    },
    `quantized_bits(${d.one(2, 4, 6, 8)},${d.one(0, 1, 2)},${d.one(0, 1)})`,
    `quantized_bits(4,0,alpha=${d.one<string>("'auto'", "'auto_po2'", '1', '0.5')})`,
    {
      class_name: 'quantized_bits',
      config: {
        bits: d.one(1, 3, 5, 9),
        integer: d.one(0, 1),
        symmetric: d.one(0, 1),
        keep_negative: d.one(true, true, false),
        alpha: d.one<unknown>(null, 1, 'auto'),
      },
    },
    {
      class_name: 'quantized_linear',
      config: {
        bits: d.one(2, 4),
        integer: d.one(0, 1),
        symmetric: d.one(0, 1),
        alpha: d.one<unknown>(null, 1, 'auto'),
      },
    },
    { class_name: 'ternary', config: { alpha: d.one<unknown>(null, 1, 'auto'), threshold: d.one(null, 0.25) } },
    { class_name: 'binary', config: { use_01: d.one(false, true), alpha: d.one<unknown>(null, 0.5, 'auto_po2') } },
    `quantized_po2(${d.one(3, 4)},${d.one(1, 2)})`,
    'stochastic_ternary',
    'stochastic_binary()',
    'no_such_quantizer(3)',
  );
