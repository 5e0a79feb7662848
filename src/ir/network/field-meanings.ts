/** What the fields of layers mean, and what stands for leaving one out: for the messages about files that lack one. */

/** A field in words. */
export interface FieldMeaning {
  readonly means: string;
  /** The value that changes nothing, or is meant where a tool writes none. */
  readonly neutral?: string;
}

const WINDOW = { means: 'rows and columns of the window, as in [3,3]' };

/** By name of the field, or `kind.field` where it means something of its own. */
const MEANINGS: Readonly<Record<string, FieldMeaning>> = {
  id: { means: 'the name of the layer' },
  input: { means: 'the layer it reads' },
  inputs: { means: 'the layers it reads, in order' },
  shape: { means: 'height, width and channels of the 8-bit input, as in [28,28,1], or its number of values' },
  code: { means: 'how 8-bit inputs are coded', neutral: '{"kind":"threshold","level":128} for one bit' },
  nOut: { means: 'the number of outputs' },
  weights: { means: 'the weights, outputs first: integers -128..127 (with a scale) or real numbers' },
  blocks: { means: 'the blocks: inputs, number of outputs and weights of each' },
  window: WINDOW,
  stride: { means: 'rows and columns from window to window', neutral: '[1,1]' },
  padding: { means: 'padded rows and columns: top, bottom, left, right', neutral: '[0,0,0,0]' },
  groups: { means: 'the number of groups of channels', neutral: '1' },
  padValue: { means: 'the value of padded taps', neutral: '0' },
  gamma: { means: 'the factor of every channel after normalising', neutral: '1 for every channel' },
  beta: { means: 'the addend of every channel after normalising', neutral: '0 for every channel' },
  mean: { means: 'the mean of every channel', neutral: '0 for every channel' },
  variance: { means: 'the variance of every channel', neutral: '1 for every channel (with epsilon 0)' },
  epsilon: { means: 'what is added to the variance; tools often leave out their default, such as 0.001 or 0.00001' },
  step: { means: 'the distance between two quantised values' },
  bits: { means: 'the number of bits of a value, 1..8' },
  signed: { means: 'whether values may be negative: true or false' },
  levels: { means: 'the smallest and the largest multiple of the step' },
  function: { means: 'the name of the function, as in "sigmoid"' },
  parameters: { means: 'the parameters of the function, for all channels or one channel after the other' },
  of: { means: '"max" or "min"' },
  'rearrange.shape': { means: 'the shape of the result' },
  index: { means: 'the element of the input that each element is, -1 for the fill value' },
  fill: { means: 'the value of elements that come from nowhere', neutral: '0' },
  'clip.min': { means: 'the smallest output' },
  theta: { means: 'what the sum is compared with, per channel or element' },
  sense: { means: 'how it is compared, per channel or element', neutral: '0 (at least) for every one' },
  inputZeroPoint: { means: 'what is subtracted from the input', neutral: '0' },
  leftShift: { means: 'by how many bits the input is shifted first', neutral: '0' },
  multiplier: { means: 'the factor, 1 to 2^31 - 1, one for all channels or one each' },
  shift: { means: 'the product is divided by 2 to this power, one for all channels or one each' },
  zeroPoint: { means: 'what is added at the end', neutral: '0' },
  min: { means: 'the smallest output' },
  max: { means: 'the largest output' },
  rounding: { means: 'how halves are rounded', neutral: '"halfUp"' },
  inputMin: { means: 'the input of the first entry of the table' },
  table: { means: 'the outputs by input' },
  'embedding.table': { means: 'the rows, one after the other' },
  by: { means: 'what chooses the row: "value" (the token) or "position"' },
  gain: { means: 'the factor of every value after normalising', neutral: '1 for every value' },
  fraction: { means: 'bits behind the point of the root' },
  heads: { means: 'the number of heads', neutral: '1' },
  context: { means: 'the most tokens of a sequence' },
  membrane: { means: 'what the potential does from step to step, as in {"kind":"integrate","r":f64(1)}' },
  'integerNeuron.bits': { means: 'the bits of the potential, 2..32' },
  'delay.shape': { means: 'the shape of its input' },
  steps: { means: 'for how many steps it holds a value, for all elements or one each' },
  nClasses: { means: 'the number of classes' },
};

/** What the field of a kind of layer means; undefined for a field that has no entry. */
export function fieldMeaning(kind: string, field: string): FieldMeaning | undefined {
  const key = [`${kind}.${field}`, field].find((name) => Object.hasOwn(MEANINGS, name));
  return key === undefined ? undefined : MEANINGS[key];
}
