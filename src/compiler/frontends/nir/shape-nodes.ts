/** Pools, Flatten and Output. Source: nir/ir/pooling.py, flatten.py, graph.py. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { Shape } from '../../../ir/network/types.js';
import { integersOf, Refusal, shapeOf } from './fields.js';
import type { FlatNode } from './flat-graph.js';
import type { NodeReader } from './lowering.js';
import { fileIndex, imageForm, isInFileOrder, type ValueForm } from './values.js';

/** SumPool2d and AvgPool2d: averages divide by the size of the window, padding included (Scale after SumPooling in the paper's table). */
export const pool: NodeReader = {
  form: (node, input) => {
    const [c = 0, h = 0, w = 0] = input.nir;
    if (input.nir.length !== 3 || (input.channels === 1 && c !== 1)) {
      throw new Refusal(
        `it reads [${input.nir.join(', ')}], not [channels, height, width]`,
        'give it an image',
        'wrong-shape',
      );
    }
    const { window, stride, padding } = windowOf(node);
    const height = Math.floor((h + 2 * padding[0] - window[0]) / stride[0]) + 1;
    const width = Math.floor((w + 2 * padding[2] - window[1]) / stride[1]) + 1;
    if (height < 1 || width < 1)
      throw new Refusal('its window does not fit what it reads', 'use a smaller window', 'wrong-shape');
    return imageForm([c, height, width]);
  },
  lower: ({ node, name, input }) => ({
    layers: [{ kind: node.type === 'SumPool2d' ? 'sumPool' : 'avgPool', id: name, input, ...windowOf(node) }],
  }),
};

function windowOf(node: FlatNode): {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
} {
  const pair = (name: string, least: number): readonly [number, number] => {
    const [rows = least, columns = least] = integersOf(node, name, 2, least);
    return [rows, columns];
  };
  const window = pair('kernel_size', 1);
  const [rows, columns] = node.fields.has('padding') ? pair('padding', 0) : ([0, 0] as const);
  return {
    window,
    stride: node.fields.has('stride') ? pair('stride', 1) : window,
    padding: [rows, rows, columns, columns],
  };
}

/** Flatten of dimensions start_dim..end_dim, without the batch; negative ones count from the end. */
export const flatten: NodeReader = {
  form: (node, input) => {
    const { nir, channels } = input;
    const declared = shapeOf(node, 'input_type');
    if (declared !== undefined && declared.join() !== nir.join()) {
      const message = `it declares an input of [${declared.join(', ')}], and reads [${nir.join(', ')}]`;
      throw new Refusal(message, 'export the network again', 'wrong-shape');
    }
    const [start, end] = dimensions(node, nir.length);
    const flat: Shape = [...nir.slice(0, start), sizeOf(nir.slice(start, end + 1)), ...nir.slice(end + 1)];
    if (flat.length === 1) return { nir: flat, ours: flat, channels };
    if (flat.length === nir.length) return input;
    // [C, H, W] to [C, H * W] is a sequence with channels; what merges channels with rows has no such form.
    if (start === 1 && (channels === nir[0] || channels === 1)) return { ...imageForm(flat), channels };
    throw new Refusal(
      `it merges dimensions ${start} to ${end} of [${nir.join(', ')}]`,
      'flatten all dimensions, or all but the channels',
    );
  },
  lower: ({ name, input, form, inputForm }) => {
    if (form.ours.join() === inputForm.ours.join())
      return { layers: [], fidelity: 'exact', note: 'nothing to flatten' };
    if (form.ours.length === 1) return { layers: [{ kind: 'flatten', id: name, input }] };
    return { layers: [{ kind: 'rearrange', id: name, input, shape: form.ours }] };
  },
};

function dimensions(node: FlatNode, rank: number): readonly [start: number, end: number] {
  const [start, end] = (['start_dim', 'end_dim'] as const).map((name, k) => {
    const value = node.fields.get(name)?.numbers?.[0] ?? (k === 0 ? 1 : -1);
    const at = value < 0 ? value + rank : value;
    if (Number.isInteger(at) && at >= 0 && at < rank) return at;
    throw new Refusal(`${name} is ${value}, its input has ${rank} dimensions`, 'count dimensions without the batch');
  });
  if (start !== undefined && end !== undefined && start <= end) return [start, end];
  throw new Refusal(`start_dim ${start} is behind end_dim ${end}`, 'exchange them');
}

/** Output: the class scores, in the order of the file. */
export const output: NodeReader = {
  form: (node, input) => {
    const declared = shapeOf(node, 'shape');
    if (declared !== undefined && sizeOf(declared) !== sizeOf(input.nir)) {
      const message = `it declares [${declared.join(', ')}], and reads [${input.nir.join(', ')}]`;
      throw new Refusal(message, 'export the network again', 'wrong-shape');
    }
    return input;
  },
  lower: ({ name, input, inputForm, fresh }) => {
    const n = sizeOf(inputForm.ours);
    const flat = fresh(`${name}.flat`);
    const index = isInFileOrder(inputForm) ? undefined : fileOrder(inputForm, n);
    const note = 'the score of a class is the sum over all steps';
    if (index === undefined && inputForm.ours.length === 1)
      return { layers: [{ kind: 'scores', id: name, input }], note };
    return {
      layers: [
        index === undefined
          ? { kind: 'flatten', id: flat, input }
          : { kind: 'rearrange', id: flat, input, shape: [n], index },
        { kind: 'scores', id: name, input: flat },
      ],
      note,
    };
  },
};

function fileOrder(form: ValueForm, n: number): Int32Array {
  const index = new Int32Array(n);
  for (let e = 0; e < n; e++) index[fileIndex(form, e)] = e;
  return index;
}
