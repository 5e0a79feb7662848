/** Which layer stands behind a value of a NorthPole-style chip, and what it computes it from. */
import { present } from '../../../common/assert.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import type { FieldPlace, StepExplanation, Stimulus } from '../../kit.js';
import { nameOf } from './steppers.js';

/** Operands whose values are listed. */
const MOST_LISTED = 12;

/** The explanation of a value of one of the fields of the models. */
export function explainNorthPole(program: NorthPoleProgram, stimulus: Stimulus, at: FieldPlace): StepExplanation {
  const l = at.field === 'ends' ? at.index : program.layers.findIndex((layer, n) => nameOf(layer, n) === at.field);
  const layer = program.layers[l];
  if (layer === undefined) return { place: at.field, inputs: [], rules: ['schedule'] };
  const { timing, operands, epilogue, geometry, kind, mapping } = layer;
  const cycles = [`start ${timing.start}`, `end ${timing.end}`, `slot ${timing.slot}`].join(', ');
  const inputs: (readonly [string, string])[] = [
    ['computes', kind],
    ['cycles', cycles],
    [
      'window',
      `${geometry.window.join('x')}, stride ${geometry.stride.join('x')}, padding ${geometry.padding.join(' ')}`,
    ],
    ['epilogue', epilogue.map((step) => step.kind).join(', ') || 'none'],
    ...operands.map((t) => ['operand', `"${present(program.tensors[t], 'tensor').node}"`] as const),
    ...(operands.includes(0) ? [['input', listed(stimulus.values)] as const] : []),
  ];
  if (at.field === 'ends') return { place: `layer ${l} "${layer.name}"`, inputs, rules: ['layers', 'schedule'] };
  const { shape } = present(program.tensors[layer.output], 'tensor');
  const [height, width, channels] = shape;
  const c = at.index % channels;
  const x = Math.floor(at.index / channels) % width;
  const y = Math.floor(at.index / (channels * width)) % height;
  const frame = Math.floor(at.index / (channels * width * height));
  const rules = [
    'schedule',
    ...(kind === 'vmm' ? ['weights', 'products'] : []),
    ...(geometry.padding.some((n) => n > 0) ? ['padding'] : []),
    ...(mapping.inGroups > 1 ? ['partial-sums'] : []),
    ...(epilogue.length > 0 || kind === 'vector' ? ['epilogue'] : []),
  ];
  return { place: `layer ${l} "${layer.name}", frame ${frame}, y ${y}, x ${x}, channel ${c}`, inputs, rules };
}

const listed = (values: Int32Array): string =>
  `${values.subarray(0, MOST_LISTED).join(' ')}${values.length > MOST_LISTED ? `, and ${values.length - MOST_LISTED} more` : ''}`;
