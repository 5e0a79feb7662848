import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { axonCode, candidateCodes } from '../../../src/compiler/targets/truenorth/spiking/axon-code.js';
import { compileTrueNorth, type TrueNorthOptions } from '../../../src/compiler/targets/truenorth/compile.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { windowed } from '../../../src/simulator/event-window.js';
import { PLAIN_NEURON, smallSpiking } from '../../support/small-spiking.js';

function problemsOf(call: () => unknown): readonly string[] {
  try {
    call();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
  return expect.fail('it was accepted');
}

const compiled = (graph: NetworkGraph, options: Partial<TrueNorthOptions> = {}) =>
  compileTrueNorth(graph, { spec: TRUENORTH, ...options }).program;
const refused = (graph: NetworkGraph, options: Partial<TrueNorthOptions> = {}): readonly string[] =>
  problemsOf(() => compiled(graph, options));

const decay = (multiplier: number) => ({ multiplier: Int32Array.of(multiplier), shift: 8 });
const spike = (threshold: number, amount: number) => ({
  threshold: Int32Array.of(threshold),
  reset: { kind: 'subtract', amount: Int32Array.of(amount) } as const,
});

describe('spiking layers that no core computes exactly are refused, all at once', () => {
  it('decaying potentials and currents, resets by other amounts, thresholds out of range', () => {
    const graph = smallSpiking({
      weights: [1, 1],
      nOut: 1,
      neuron: { ...PLAIN_NEURON, synapse: decay(64), decay: decay(16), spike: spike(0, 3) },
    });
    expect(refused(graph).map((text) => text.replace(/;.*|, the leak.*/, ''))).toEqual([
      'decaying-current small: layer "neurons" (integerNeuron): the current of its synapses decays by factors (up to 75.0 % stay from step to step)',
      'decaying-potential small: layer "neurons" (integerNeuron): its potential decays by factors (up to 93.8 % stay from step to step)',
      'threshold-range small: layer "neurons" (integerNeuron): its thresholds are 0..0, a core has 1..262143',
      'reset-amount small: layer "neurons" (integerNeuron): a spike takes 3 off the potential of neuron 0, a core takes off the threshold, 0',
    ]);
  });

  it('neurons without spikes', () => {
    const [, , , neuron] = smallSpiking({ weights: [1], nOut: 1 }).nodes;
    if (neuron?.kind !== 'integerNeuron') expect.fail('no neuron');
    const silent = { ...neuron };
    delete silent.spike;
    const graph = smallSpiking({ weights: [1], nOut: 1 });
    const nodes = graph.nodes.map((node) => (node.kind === 'integerNeuron' ? silent : node));
    expect(refused({ ...graph, nodes })).toEqual([
      'no-spikes small: layer "neurons" (integerNeuron): its values are potentials, a core sends spikes',
    ]);
  });

  it('what is no sum of spikes, and delayed constants', () => {
    const lookup = { id: 'table', kind: 'lookup', input: 'code', inputMin: 0, table: Int16Array.of(0, 3) } as const;
    expect(refused(smallSpiking({ weights: [1, 1], nOut: 1, before: [lookup], read: 'table' }))).toEqual([
      'no-sum-of-spikes small: layer "table" (lookup): what it gives is no sum of spikes, and neurons read nothing else',
    ]);
    const sum: NetworkNode = {
      kind: 'dense',
      id: 'sum',
      input: 'code',
      nOut: 2,
      weights: new Int8Array(4).fill(1),
      bias: Float64Array.of(1, 0),
    };
    const late = { id: 'late', kind: 'delay', input: 'sum', shape: [2], steps: Int32Array.of(2) } as const;
    const graph = smallSpiking({ nIn: 2, weights: [1, 1], nOut: 1, before: [sum, late], read: 'late' });
    expect(refused(graph)[0]).toContain('delayed-constant small: layer "late" (delay)');
  });

  it('more axons than a core has, with their number, and not one axon fewer', () => {
    // Weights 0..3 take one axon of 1 and one of 2: 128 sources of weight 3 fill a core.
    const weights = (n: number): number[] => Array.from({ length: n }, () => 3);
    const mixed = (n: number): number[] => Array.from({ length: n }, (_, i) => [1, 2, 3][i % 3] ?? 0);
    expect(compiled(smallSpiking({ weights: weights(256), nOut: 1 })).cores.nCores).toBe(1);
    expect(refused(smallSpiking({ weights: weights(257), nOut: 1 }))).toEqual([
      'fan-in-too-large small: layer "neurons": a neuron reads 257 sources with weights 1..1 (over their common divisor): 257 axons, a core has 256; sums of several cores would not be those of one potential',
    ]);
    expect(compiled(smallSpiking({ weights: mixed(192), nOut: 1 })).cores.nCores).toBe(1);
    expect(refused(smallSpiking({ weights: mixed(258), nOut: 1 }))[0]).toContain('fan-in-too-large');
  });

  it('loops whose delays are shorter than their ways, with both numbers', () => {
    const back = { id: 'back', kind: 'delay', input: 'neurons', shape: [2], steps: Int32Array.of(1) } as const;
    const first = { id: 'first', kind: 'dense', input: 'back', nOut: 2, weights: new Int8Array(4).fill(1) } as const;
    const middle = { id: 'middle', kind: 'integerNeuron', input: 'first', ...PLAIN_NEURON } as const;
    const sum = { id: 'sum', kind: 'add', inputs: ['code', 'middle'] } as const;
    const graph = smallSpiking({
      nIn: 2,
      weights: [1, 1, 1, 1],
      nOut: 2,
      before: [back, first, middle, sum],
      read: 'sum',
    });
    expect(refused(graph)).toEqual([
      'loop-too-fast small: spikes around the loop "middle" -> "neurons" take 2 ticks, and its delays give them 1',
    ]);
    const slower = graph.nodes.map((node) => (node.kind === 'delay' ? { ...node, steps: Int32Array.of(2) } : node));
    // Both layers, and a relay that brings the events of the input to the tick in which the second one starts.
    expect(compiled({ ...graph, nodes: slower }).cores.nCores).toBe(3);
  });

  it('networks that need more cores than the chip has', () => {
    const graph = smallSpiking({ nIn: 256, weights: new Array<number>(256 * 600).fill(1), nOut: 600 });
    expect(refused(graph, { spec: { ...TRUENORTH, gridWidth: 1, gridHeight: 2 } })).toEqual([
      'chip-too-small small: the network needs 3 cores (neurons 3), chip "truenorth" has 2: 1 too many',
    ]);
  });
});

describe('steps and counts', () => {
  it('are exact up to where a reset by the threshold could leave more than the bits hold', () => {
    // At most 10 a step, 4 off it: 3 + 10 + 6 (n - 1) must stay within 2^7 - 1.
    const graph = smallSpiking({ weights: [5, 5], nOut: 1, neuron: { ...PLAIN_NEURON, bits: 8, spike: spike(4, 4) } });
    expect(compiled(graph).events).toEqual({ maxCount: 1, maxSteps: 20 });
    const program = compiled(graph);
    const data = (steps: number) => ({
      name: 'd',
      shape: [steps, 2],
      images: new Uint8Array(2 * steps),
      labels: new Uint8Array(1),
    });
    expect(windowed(program, data(20)).timing).toEqual({
      ...program.timing,
      period: 20,
      inputTicks: 20,
      outputTicks: 20,
    });
    expect(problemsOf(() => windowed(program, data(21)))[0]).toContain(
      'too-many-steps data set "d": its samples have 21',
    );
  });

  it('have no end where resets leave nothing, and the floor is that of the core', () => {
    expect(compiled(smallSpiking({ weights: [5, -5], nOut: 1 })).events?.maxSteps).toBe(1 << 24);
    // Floors of 19 bits and more are deeper than beta: half of the register is 196608, 5 a step.
    const deep = smallSpiking({ weights: [5, -5], nOut: 1, neuron: { ...PLAIN_NEURON, bits: 24 } });
    expect(compiled(deep).events?.maxSteps).toBe(39_321);
  });

  it('count constants of class scores once a step', () => {
    const graph = smallSpiking({ weights: [1], nOut: 1 });
    const readout: NetworkNode = {
      kind: 'dense',
      id: 'sum',
      input: 'neurons',
      nOut: 1,
      weights: Int8Array.of(2),
      bias: Float64Array.of(7),
    };
    const nodes = [...graph.nodes.slice(0, -1), readout, { id: 'classes', kind: 'scores', input: 'sum' } as const];
    const program = compiled({ ...graph, nodes });
    expect([...program.outputs.pinCoefficient, ...program.outputs.constant]).toEqual([2, 7]);
    const used = windowed(program, { name: 'd', shape: [3, 1], images: new Uint8Array(3) });
    expect([...used.outputs.constant]).toEqual([21]);
  });
});

describe('weights as digits', () => {
  it('take the fewest axons of the values of their types', () => {
    const code = axonCode([1, 2, 4, -8], -8, 7);
    expect([7, 5, -8, -1].map((w) => code.digitsOf(w))).toEqual([
      [1, 1, 1, 0],
      [1, 0, 1, 0],
      [0, 0, 0, 1],
      [1, 1, 1, 1],
    ]);
    expect(axonCode([2, 4], 1, 7).digitsOf(3)).toBeUndefined();
  });

  it('are the values themselves where there are few', () => {
    const codes = candidateCodes([-37, 1, 100], 3);
    expect(codes.map(({ values }) => values.join())).toContain('-37,1,100');
  });

  it('have codes for every range that up to four types can make', () => {
    for (const [low, high] of [
      [-1, 1],
      [-8, 7],
      [-7, 7],
      [0, 15],
      [-5, 0],
      [-128, 127],
      [-3, 90],
    ] as const) {
      for (let types = low < 0 && high > 0 ? 2 : 1; types <= 4; types++) {
        const codes = candidateCodes(
          Array.from({ length: high - low + 1 }, (_, i) => low + i),
          types,
        );
        expect(codes.length).toBeGreaterThan(0);
        for (const code of codes) {
          expect(code.values.length).toBeLessThanOrEqual(types);
          for (let w = low; w <= high; w++) {
            const digits = code.digitsOf(w);
            const made = digits?.reduce((sum, n, t) => sum + n * (code.values[t] ?? 0), 0);
            expect(made, `${w} of ${code.values.join()}`).toBe(w);
          }
        }
      }
    }
  });
});
