/** A planned model as a network: operator by operator, everything that cannot be taken at once. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../../common/diagnostics.js';
import { channelsOf, inferShapes, sizeOf } from '../../../ir/network/shapes.js';
import type { NetworkGraph, NetworkNode, NodeId, Shape } from '../../../ir/network/types.js';
import { verifyNetwork } from '../../../ir/network/verify.js';
import { freshNames } from '../../fresh-names.js';
import type { ImportedNetwork, ImportedOperator, ImportOptions } from '../frontend.js';
import { withoutUnread } from '../normalise.js';
import { fileValues } from './file-values.js';
import { foldShifts } from './fold-shifts.js';
import { integerCode, realCode } from './input-code.js';
import type { Operator, Tensor } from './model.js';
import { CUSTOM_OPERATORS, FLOAT_OPERATORS, type Handler, INTEGER_OPERATORS } from './operators.js';
import { layerShape, type Lowering, OperatorContext } from './operator-context.js';
import { DECISIONS, type Plan } from './plan.js';
import { quantOf } from './quantised.js';
import { Refusal } from './refusal.js';

/** Numbers that may be made up from few bytes, and per byte of the file. */
const SPARE_NUMBERS = 2 ** 24;
const NUMBERS_PER_BYTE = 32;

/** Lowers a model. @throws UserError with every operator that cannot be taken */
export function lowerModel(plan: Plan, options: ImportOptions): ImportedNetwork {
  const { model } = plan;
  const found: Diagnostic[] = [];
  const fresh = freshNames([]);
  const full = inputShape(plan, options, found);
  const image = fresh('image');
  const shape = layerShape(full);
  if (shape.length > 3) {
    const message = `its input has the shape [${full.join(', ')}]`;
    found.push(errorAt('unsupported-input', model.place, message, 'use at most height, width and channels'));
  }
  const coded = (plan.isInteger ? integerCode : realCode)({ plan, options, image, channels: channelsOf(shape), fresh });
  found.push(...coded.diagnostics);
  const lowering: Lowering = {
    ...{ model, fresh, nodes: [{ kind: 'input', id: image, shape }, ...coded.nodes], values: new Map() },
    left: SPARE_NUMBERS + NUMBERS_PER_BYTE * model.bytes.length,
  };
  const inputs = inputTensors(plan);
  for (const tensor of inputs) lowering.values.set(tensor, { id: coded.output, full });
  const lowered = new Map<number, ImportedOperator>();
  for (const op of plan.operators)
    lowered.set(op.index, lowerOperator(op, { plan, lowering, found, stand: coded.output }));
  const last = lowering.values.get(plan.output.index);
  if (last === undefined && found.length === 0) {
    const message = `its output "${plan.output.name}" does not depend on its input`;
    found.push(errorAt('missing-output', model.place, message, 'choose another with --output-name NAME'));
  }
  throwIfErrors(found);
  const scores = last?.id ?? coded.output;
  const end = readout(plan, { id: scores, full: last?.full ?? full }, fresh);
  const nodes = foldShifts(withoutUnread([...lowering.nodes, ...end]));
  const graph: NetworkGraph = { name: nameOf(model.place), dialect: plan.isInteger ? 'integer' : 'float', nodes };
  throwIfErrors(verifyNetwork(graph, model.place));
  const left = new Set(nodes.map(({ id }) => id));
  const operators = model.operators.map((op): ImportedOperator => {
    const taken = lowered.get(op.index);
    if (taken === undefined) {
      return {
        ...namesOf(op, plan),
        layers: [],
        fidelity: 'dropped',
        note: plan.dropped.get(op.index) ?? 'not needed',
      };
    }
    return { ...taken, layers: taken.layers.filter((id) => left.has(id)) };
  });
  const file = fileValues({
    ...{ plan, inputs, full, elements: coded.elements, values: lowering.values, shapes: inferShapes(graph) },
    output: graph.nodes.at(-1)?.id ?? scores,
  });
  return { graph, operators, warnings: coded.warnings, file };
}

interface Surroundings {
  readonly plan: Plan;
  readonly lowering: Lowering;
  readonly found: Diagnostic[];
  /** Stands for what could not be lowered, so that what reads it is checked too. */
  readonly stand: NodeId;
}

function lowerOperator(op: Operator, { plan, lowering, found, stand }: Surroundings): ImportedOperator {
  const context = new OperatorContext(op, lowering);
  try {
    const handler = handlerOf(op, plan.isInteger);
    // What reads an operand that could not be lowered has been looked up, more is not known of it.
    if (
      op.inputs.every(
        (i) => i < 0 || lowering.values.has(i) || plan.model.tensors[i]?.data !== undefined || !isComputed(i, plan),
      )
    ) {
      handler(context);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const place = `${plan.model.place}: operator ${op.index} (${op.name === '' ? 'a custom one without a name' : op.name})`;
    found.push(errorAt(error.code, place, error.message, error.remedy));
    for (const index of op.outputs) {
      const shape = index < 0 ? undefined : plan.model.tensors[index]?.shape;
      if (shape !== undefined && shape.length > 0 && sizeOf(shape) > 0)
        lowering.values.set(index, { id: stand, full: shape });
    }
  }
  const note = context.dropped ?? context.note;
  return {
    ...namesOf(op, plan),
    layers: context.layers,
    fidelity: context.dropped !== undefined ? 'dropped' : context.note === undefined ? 'exact' : 'approximate',
    ...(note === undefined ? {} : { note }),
  };
}

const isComputed = (tensor: number, plan: Plan): boolean => plan.operators.some((op) => op.outputs.includes(tensor));

function handlerOf({ name, isCustom }: Operator, isInteger: boolean): Handler {
  const table = isCustom ? CUSTOM_OPERATORS : isInteger ? INTEGER_OPERATORS : FLOAT_OPERATORS;
  const handler = Object.hasOwn(table, name) ? table[name] : undefined;
  if (handler !== undefined && !(isCustom && isInteger)) return handler;
  if (handler !== undefined)
    throw new Refusal('it works between layers of integers', 'export the model with float32 between its binary layers');
  const real = isCustom ? undefined : isInteger ? FLOAT_OPERATORS[name] : INTEGER_OPERATORS[name];
  if (real !== undefined) {
    throw new Refusal(
      `it has no form on ${isInteger ? 'integers' : 'real numbers'} here`,
      isInteger
        ? 'export the model without quantisation, or without the operator'
        : 'quantise the whole model, or nothing of it',
    );
  }
  if (DECISIONS.includes(name)) throw new Refusal('layers follow it', 'keep it for the end, where the host decides');
  throw new Refusal(
    'this operator is not known here',
    'replace it by others, or end the network before it with --output-name NAME',
  );
}

function namesOf(op: Operator, plan: Plan): Pick<ImportedOperator, 'name' | 'operator'> {
  const output = op.outputs[0] ?? -1;
  // Exporters list all the names that went into an operator, the own one first.
  const name = output < 0 ? '' : (plan.model.tensors[output]?.name.split(';')[0] ?? '');
  return { name: name === '' ? `operator ${op.index}` : name, operator: op.name };
}

/** Tensors that hold the coded input. */
function inputTensors(plan: Plan): readonly number[] {
  const quantised = plan.model.operators
    .filter(({ index }) => plan.quantisers.has(index))
    .flatMap(({ outputs }) => outputs);
  return [...new Set([plan.input.index, ...quantised.filter((index) => index >= 0)])];
}

/** The shape of the input; where only a reshaping reads it, the shape behind it, which is that of an image more often. */
function inputShape({ model, input, operators }: Plan, options: ImportOptions, found: Diagnostic[]): Shape {
  let full: Shape = input.shape.length === 0 ? [1] : input.shape;
  if (options.inputShape !== undefined) full = [1, ...options.inputShape];
  else if (full.length > 1 && full[0] !== 1) {
    const message = `its input has a batch of ${full[0]}: [${full.join(', ')}]`;
    found.push(
      errorAt(
        'batch',
        model.place,
        message,
        'export the model with a batch of 1, or give the shape of one sample with --input-shape',
      ),
    );
  }
  if (full.some((n) => n < 1)) {
    found.push(
      errorAt(
        'unsupported-input',
        model.place,
        `its input has the shape [${full.join(', ')}]`,
        'give the shape of one sample with --input-shape',
      ),
    );
    return [1, 1];
  }
  const readers = operators.filter((op) => op.inputs.includes(input.index));
  const [reader] = readers;
  const behind: Tensor | undefined = model.tensors[reader?.outputs[0] ?? -1];
  const isShaped =
    readers.length === 1 && reader?.name === 'RESHAPE' && behind?.shape[0] === 1 && behind.shape.length === 4;
  return isShaped && sizeOf(behind.shape) === sizeOf(full) ? behind.shape : full;
}

/** Class scores: q - zero point, times one scale for all. */
function readout(
  { output, isInteger }: Plan,
  last: { readonly id: NodeId; readonly full: Shape },
  fresh: (name: string) => NodeId,
): readonly NetworkNode[] {
  const shape = layerShape(last.full);
  const flat: NetworkNode[] = shape.length === 1 ? [] : [{ kind: 'flatten', id: fresh('flat'), input: last.id }];
  const input = flat[0]?.id ?? last.id;
  const id = fresh('scores');
  if (!isInteger) return [...flat, { kind: 'scores', id, input }];
  return [...flat, { kind: 'scores', id, input, scale: new Float64Array(sizeOf(shape)).fill(quantOf(output).scale) }];
}

/** A name from the path of a file. */
function nameOf(place: string): string {
  const name =
    place
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.[^.]*$/, '')
      .slice(0, 200) ?? '';
  return name === '' ? 'network' : name;
}
