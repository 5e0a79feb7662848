/** Pools of Keras: averages count the pixels inside, padding never wins a maximum. */
import { activate } from './activations.js';
import type { Value } from './builder.js';
import { expectChannelsLast, type LayerContext, type LayerReader } from './context.js';
import { fieldOf, flagOf } from './fields.js';
import { geometryOf } from './linear.js';

const OUTSIDE_DOES_NOT_COUNT = [0, 0, 0, 0] as const;

function poolNode(
  context: LayerContext,
  value: Value,
  of: 'max' | 'average',
  geometry: Pick<NonNullable<ReturnType<typeof geometryOf>>, 'window' | 'stride' | 'padding'>,
): Value {
  const { window, stride, padding } = geometry;
  const isPadded = padding.some((p) => p > 0);
  return context.b.apply(value, (input) =>
    of === 'max'
      ? { kind: 'maxPool', input, window, stride, padding }
      : { kind: 'avgPool', input, window, stride, padding, ...(isPadded ? { counted: OUTSIDE_DOES_NOT_COUNT } : {}) },
  );
}

function imageOf({ b }: LayerContext, value: Value, dimensions: 1 | 2): Value | undefined {
  const settled = b.settle(value);
  if (settled.shape.length === 3 && settled.isSequence === (dimensions === 1)) return settled;
  b.misfit(
    `it needs ${dimensions === 1 ? 'sequences [t, c]' : 'images [h, w, c]'}, gets [${settled.shape.join(', ')}]`,
  );
  return undefined;
}

/** Whether a pool of QKeras quantises what it multiplies its sums by, which is told with what to use instead. */
function quantisesReciprocal({ b, config }: Parameters<LayerReader>[0], instead: string): boolean {
  const quantizer = fieldOf(config, 'average_quantizer');
  if (quantizer === undefined || quantizer === null) return false;
  b.unsupported('it quantises the reciprocal of its window', `use ${instead}, and a QActivation behind it`);
  return true;
}

/** MaxPooling and AveragePooling. */
export const pool =
  (of: 'max' | 'average', dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, config } = context;
    const value = expectChannelsLast(context) ? imageOf(context, inputs[0]!, dimensions) : undefined;
    if (value === undefined) return b.guess(inputs[0]);
    if (quantisesReciprocal(context, 'AveragePooling2D')) return b.guess(value);
    const geometry = geometryOf(context, value, {
      sizeField: 'pool_size',
      strideField: 'strides',
      dimensions,
      strideDefault: 'size',
    });
    if (geometry === undefined) return b.guess(value);
    return activate(context, poolNode(context, value, of, geometry), fieldOf(config, 'activation'));
  };

/** GlobalMaxPooling and GlobalAveragePooling. */
export const globalPool =
  (of: 'max' | 'average', dimensions: 1 | 2): LayerReader =>
  (context, inputs) => {
    const { b, config } = context;
    const value = expectChannelsLast(context) ? imageOf(context, inputs[0]!, dimensions) : undefined;
    if (value === undefined) return b.guess(inputs[0]);
    if (quantisesReciprocal(context, 'GlobalAveragePooling2D')) return b.guess(value);
    const [height = 1, width = 1, channels = 1] = value.shape;
    const whole = poolNode(context, value, of, { window: [height, width], stride: [1, 1], padding: [0, 0, 0, 0] });
    const result = flagOf(config, 'keepdims', false) ? whole : b.reshape(whole, [channels]);
    return activate(context, result, fieldOf(config, 'activation'));
  };
