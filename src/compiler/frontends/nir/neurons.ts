/** Neurons and delays: their parameters as the file has them; what a step does with them is NeuronNode's business. Source: nir/ir/neuron.py. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { FloatReset, FloatSpike, Membrane, Synapse } from '../../../ir/network/types.js';
import { perElement, Refusal } from './fields.js';
import type { FlatNode } from './flat-graph.js';
import type { Lowered, NodeContext, NodeReader } from './lowering.js';
import type { ValueForm } from './values.js';

const ONE = Float64Array.of(1);

/** I, IF, LI, LIF, CubaLI, CubaLIF and Threshold. */
export const neuron: NodeReader = {
  form: (_, input) => input,
  wants: (node) => {
    const shapes = ['v_threshold', 'threshold', 'r', 'tau', 'tau_mem'].map((name) => node.fields.get(name)?.shape);
    return shapes.find((shape) => shape !== undefined && sizeOf(shape) > 1);
  },
  lower: (context) => {
    const { node, name, input, form } = context;
    const membrane = membraneOf(node, form);
    const synapse = synapseOf(node, form);
    const spike = spikeOf(context);
    const layer = { kind: 'neuron', id: name, input, membrane } as const;
    return {
      layers: [{ ...layer, ...(synapse === undefined ? {} : { synapse }), ...(spike === undefined ? {} : { spike }) }],
      ...warningOf(context, membrane, synapse, spike?.reset),
    };
  },
};

function membraneOf(node: FlatNode, form: ValueForm): Membrane {
  switch (node.type) {
    case 'Threshold':
      return { kind: 'none' };
    case 'I':
    case 'IF':
      return { kind: 'integrate', r: perElement(node, 'r', form) };
    default: {
      const tau = seconds(node, node.type.startsWith('Cuba') ? 'tau_mem' : 'tau', form);
      return { kind: 'leaky', tau, r: perElement(node, 'r', form), leak: perElement(node, 'v_leak', form) };
    }
  }
}

function synapseOf(node: FlatNode, form: ValueForm): Synapse | undefined {
  if (!node.type.startsWith('Cuba')) return undefined;
  return { tau: seconds(node, 'tau_syn', form), weight: perElement(node, 'w_in', form, ONE) };
}

function seconds(node: FlatNode, name: string, form: ValueForm): Float64Array {
  const values = perElement(node, name, form);
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  if (least > 0) return values;
  throw new Refusal(`${name} is ${least}, time constants are above 0`, 'train the network again', 'bad-nir-node');
}

function spikeOf({ node, form, options }: NodeContext): FloatSpike | undefined {
  if (node.type === 'Threshold') return { threshold: perElement(node, 'threshold', form), compare: 'above' };
  if (!node.type.endsWith('IF')) return undefined;
  const reset: FloatReset =
    options.neuronReset === 'subtract'
      ? { kind: 'subtract' }
      : { kind: 'value', value: perElement(node, 'v_reset', form, Float64Array.of(0)) };
  return { threshold: perElement(node, 'v_threshold', form), compare: 'above', reset };
}

/** What is odd about a neuron at this time step, or was left open by the file. */
function warningOf(
  { node, step, options }: NodeContext,
  membrane: Membrane,
  synapse: Synapse | undefined,
  reset: FloatReset | undefined,
): Pick<Lowered, 'warning'> {
  const least = (values: Float64Array | undefined): number =>
    values?.reduce((a, b) => Math.min(a, b), Infinity) ?? Infinity;
  const tau = Math.min(least(membrane.kind === 'leaky' ? membrane.tau : undefined), least(synapse?.tau));
  if (tau < step) {
    const message = `its shortest time constant, ${tau} s, is below the time step of ${step} s: Euler's method overshoots`;
    return { warning: { code: 'coarse-time-step', message, remedy: 'use a shorter --time-step' } };
  }
  if (reset?.kind === 'value' && !node.fields.has('v_reset') && options.neuronReset === undefined) {
    const message = 'the file does not say what a spike resets its potential to: 0 is taken, as the nir package does';
    const remedy = 'say it with --neuron-reset value, or --neuron-reset subtract if the tool took the threshold off';
    return { warning: { code: 'open-reset', message, remedy } };
  }
  return {};
}

/** Longest delay, as files of ours hold it. */
const MAX_STEPS = 65535;

/** Delay: seconds, one for all or one per element, rounded to steps. */
export const delay: NodeReader = {
  form: (_, input) => input,
  wants: (node) => {
    const shape = node.fields.get('delay')?.shape;
    return shape === undefined || sizeOf(shape) <= 1 ? undefined : shape;
  },
  lower: ({ node, name, input, form, step }) => {
    const wanted = perElement(node, 'delay', form);
    const steps = Int32Array.from(wanted, (v) => Math.round(v / step));
    const wrong = wanted.find((v, e) => v < 0 || steps[e]! > MAX_STEPS || v / step > MAX_STEPS);
    if (wrong !== undefined) {
      throw new Refusal(
        `a delay of ${wrong} s is not within 0..${MAX_STEPS} steps of ${step} s`,
        'use another --time-step',
      );
    }
    if (steps.every((n) => n === 0)) {
      return wanted.every((v) => v === 0)
        ? { layers: [], note: 'no delay' }
        : { layers: [], fidelity: 'approximate', note: 'shorter than half a step: left out' };
    }
    if (steps.some((n) => n === 0)) {
      throw new Refusal('delays of some elements are shorter than half a step', 'use a shorter --time-step');
    }
    const off = wanted.reduce((most, v, e) => Math.max(most, Math.abs(v - steps[e]! * step)), 0);
    const layers = [{ kind: 'delay', id: name, input, shape: form.ours, steps }] as const;
    if (off <= 1e-9 * step) return { layers };
    return { layers, fidelity: 'approximate', note: `rounded to steps, by at most ${off.toPrecision(3)} s` };
  },
};

/** Whether a Delay of the file is at least one step long: only then it makes a loop causal. */
export function holdsAStep(node: FlatNode, step: number): boolean {
  return node.type === 'Delay' && node.fields.get('delay')?.numbers?.some((v) => Math.round(v / step) >= 1) === true;
}

/** The delay of one step that makes a recurrent edge causal. */
export const stepDelay: NodeReader = {
  form: (_, input) => input,
  lower: ({ name, input, form }) => ({
    layers: [{ kind: 'delay', id: name, input, shape: form.ours, steps: Int32Array.of(1) }],
    fidelity: 'exact',
    note: 'a recurrent edge arrives one step later',
  }),
};

/** Why a node needs to know how long a step is; undefined where it does not. */
export function needsTime(node: FlatNode): string | undefined {
  switch (node.type) {
    case 'LI':
    case 'LIF':
    case 'CubaLI':
    case 'CubaLIF':
      return 'has time constants';
    case 'Delay':
      return 'delays by seconds';
    case 'I':
    case 'IF':
      return node.fields.get('r')?.numbers?.every((r) => r === 1) === false
        ? 'integrates r times its input over time'
        : undefined;
    default:
      return undefined;
  }
}
