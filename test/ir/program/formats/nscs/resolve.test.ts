import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import type { CpeModel } from '../../../../../src/ir/program/formats/nscs/cpe-model.js';
import { coreIndexOf, typeNumber } from '../../../../../src/ir/program/formats/nscs/cpe-model.js';
import type { Connector } from '../../../../../src/ir/program/formats/nscs/pin-map.js';
import {
  inputRecords,
  inputSpikes,
  mappedNeurons,
  neuronSpikes,
  outputRecords,
} from '../../../../../src/ir/program/formats/nscs/resolve.js';
import { NOT_NAMED, spikeRecords } from '../../../../../src/ir/program/formats/nscs/spike-records.js';

/** Cores 3, 7 and 20. Neuron 2 of core 3 is alone on pin 5 of -33; neurons 1 and 4 of core 7 share pin 6 of -33. */
function model(): CpeModel {
  const destCore = new Int32Array(3 * 256).fill(-1);
  const destAxon = new Int16Array(3 * 256);
  for (const [neuron, core, axon] of [
    [2, -33, 5],
    [257, -33, 6],
    [260, -33, 6],
    [261, -32, 5],
    [513, 7, 5],
  ] as const) {
    destCore[neuron] = core;
    destAxon[neuron] = axon;
  }
  return {
    ...{
      header: '{}',
      coreIds: Int32Array.of(3, 7, 20),
      rngSeeds: new Uint32Array(3),
      metadata: [],
      crossbarNames: [],
    },
    ...{ neuronTypes: [], typeIndex: new Int32Array(3 * 256), destCore, destAxon },
    pinNeuron: Int32Array.of(2, 257, 260, 261),
  };
}
const listOf = ({ tick, index }: { readonly tick: Int32Array; readonly index: Int32Array }) =>
  [...tick].map((t, i) => [t, index[i]]);

/** Code and place of each finding. */
function told(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof UserError)
      return error.diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`);
    throw error;
  }
}

describe('a core id', () => {
  it('is found among the ids, and nothing else is', () => {
    const coreIds = Int32Array.of(3, 7, 20, 21, 400);
    expect([3, 7, 20, 21, 400].map((id) => coreIndexOf({ coreIds }, id))).toEqual([0, 1, 2, 3, 4]);
    for (const id of [0, 2, 4, 8, 19, 22, 401, -1]) expect(coreIndexOf({ coreIds }, id)).toBe(-1);
    expect(coreIndexOf({ coreIds: new Int32Array(0) }, 0)).toBe(-1);
  });

  it('has types numbered by one to eight hex digits', () => {
    expect(['N0000000D', 'N1a', 'NFFFFFFFF', 'N0'].map(typeNumber)).toEqual([13, 26, 2 ** 32 - 1, 0]);
    for (const name of ['N', 'N123456789', 'n1', 'NG', 'N1 ', ' N1', '']) expect(typeNumber(name)).toBeUndefined();
  });
});

describe('host spikes', () => {
  const input = (...spikes: Parameters<typeof spikeRecords>[0]) => inputSpikes(spikeRecords(spikes), model(), 'in');

  it('act after their delay, by tick and axon, each axon once per tick', () => {
    const spikes = input(
      { tick: 4, destCore: 7, destAxon: 255, delay: 2 },
      { tick: 6, destCore: 3, destAxon: 9, delay: 0 },
      { tick: 0, destCore: 20, destAxon: 0, delay: 15 },
      { tick: 5, destCore: 7, destAxon: 255, delay: 1 },
      { tick: 5, destCore: 3, destAxon: 9, delay: 1 },
    );
    expect(listOf(spikes)).toEqual([
      [6, 9],
      [6, 511],
      [15, 512],
    ]);
  });

  it('are refused for axons that are not there and delays past 15, record by record', () => {
    const found = told(() =>
      input(
        { tick: 0, destCore: 3, destAxon: 0 },
        { tick: 0, destCore: 4, destAxon: 1 },
        { tick: 0, destCore: 3, destAxon: 256 },
        { tick: 0, destCore: 3, destAxon: -1 },
        { tick: 0, destCore: 3, destAxon: 255, delay: 16 },
        { tick: 0, srcCore: 3, srcNeuron: 1 },
      ),
    );
    expect(found).toEqual([
      'input-axon in record 1: there is no core 4 axon 1',
      'input-axon in record 2: there is no core 3 axon 256',
      'input-axon in record 3: there is no core 3 axon -1',
      'dest-delay in record 4: a delay of 16 ticks',
      'input-axon in record 5: there is no core (not named) axon (not named)',
    ]);
  });

  it('list twenty findings and count the rest', () => {
    const bad = (n: number) => told(() => input(...Array.from({ length: n }, () => ({ destCore: 4, destAxon: 1 }))));
    expect(bad(20)).toHaveLength(20);
    expect(bad(23)).toHaveLength(21);
    expect(bad(23).at(-1)).toBe('more-findings in: 3 more errors');
  });
});

describe('output spikes', () => {
  const output = (...spikes: Parameters<typeof spikeRecords>[0]) => neuronSpikes(spikeRecords(spikes), model(), 'out');

  it('are those of their sources, by tick and neuron, each once per tick', () => {
    const spikes = output(
      { tick: 9, srcCore: 20, srcNeuron: 255, delay: 3 },
      { tick: 1, srcCore: 7, srcNeuron: 0 },
      { tick: 1, srcCore: 3, srcNeuron: 1 },
      { tick: 9, srcCore: 20, srcNeuron: 255, delay: 1 },
    );
    expect(listOf(spikes)).toEqual([
      [1, 1],
      [1, 256],
      [9, 767],
    ]);
  });

  it('are found by their pin of the host where they have no source and one neuron has the pin', () => {
    const spikes = output({ tick: 2, destCore: -33, destAxon: 5 }, { tick: 2, destCore: -32, destAxon: 5 });
    expect(listOf(spikes)).toEqual([
      [2, 2],
      [2, 261],
    ]);
    expect(
      told(() =>
        output(
          { tick: 2, destCore: -33, destAxon: 6 },
          { tick: 2, destCore: -34, destAxon: 5 },
          { tick: 2, destCore: 7, destAxon: 5 },
        ),
      ),
    ).toEqual([
      'output-pin out record 0: several neurons have the destination -33, 6',
      'output-pin out record 1: no neuron has the destination -34, 5',
      'output-pin out record 2: no neuron has the destination 7, 5',
    ]);
  });

  it('are refused for neurons that are not there', () => {
    expect(
      told(() =>
        output(
          { srcCore: 3, srcNeuron: 255 },
          { srcCore: 4, srcNeuron: 0 },
          { srcCore: 3, srcNeuron: 256 },
          { srcCore: 3, srcNeuron: -1 },
        ),
      ),
    ).toEqual([
      'output-neuron out record 1: there is no core 4 neuron 0',
      'output-neuron out record 2: there is no core 3 neuron 256',
      'output-neuron out record 3: there is no core 3 neuron -1',
    ]);
  });
});

describe('the neurons of a pin map', () => {
  const connector = (kind: Connector['kind'], pins: readonly (readonly [number, number])[]): Connector => ({
    ...{ id: 1, kind, name: 'x', shape: [pins.length, 1, 1] },
    core: Int32Array.from(pins, ([core]) => core),
    index: Int16Array.from(pins, ([, index]) => index),
  });
  const mapped = (...connectors: readonly Connector[]) => mappedNeurons(connectors, model(), 'map');

  it('are those of its connected output pins, ascending, each once', () => {
    const map = [connector('output', [[20, 3], [-1, 9], [3, 255]]), connector('output', [[7, 0], [20, 3], [3, 100]])]; // prettier-ignore
    expect([...mapped(...map)]).toEqual([100, 255, 256, 515]);
  });

  it('are refused for input pins and for cores that are not there', () => {
    expect(told(() => mapped(connector('input', [[3, 0]])))).toEqual([
      'pin-map map record 0: connector "x" is an input',
    ]);
    expect(told(() => mapped(connector('output', [[3, 0], [8, 0]])))).toEqual(['pin-map map record 1: there is no core 8']); // prettier-ignore
    expect(told(() => mapped(connector('output', [[0, 0]])))).toHaveLength(1);
  });
});

describe('records of a file', () => {
  it('name source and destination of a fired neuron as the model does, with its delay, and cover the run', () => {
    const delays = new Uint8Array(3 * 256).fill(1);
    delays[260] = 7;
    const fired = { tick: Int32Array.of(3, 4), index: Int32Array.of(2, 260) };
    expect(outputRecords(fired, model(), delays, 9)).toEqual(
      spikeRecords(
        [
          { tick: 3, srcCore: 3, srcNeuron: 2, destCore: -33, destAxon: 5 },
          { tick: 4, srcCore: 7, srcNeuron: 4, destCore: -33, destAxon: 6, delay: 7 },
        ],
        9,
      ),
    );
    expect(outputRecords(fired, model(), delays, 0).nTicks).toBe(5);
    expect(outputRecords({ tick: new Int32Array(0), index: new Int32Array(0) }, model(), delays, 1).nTicks).toBe(1);
  });

  it('of the host leave one tick before they act, in the first tick with no delay', () => {
    const spikes = { tick: Int32Array.of(0, 1, 5), index: Int32Array.of(255, 256, 515) };
    const records = inputRecords(spikes, [3, 7, 20]);
    expect(records).toEqual(
      spikeRecords([
        { tick: 0, destCore: 3, destAxon: 255, delay: 0 },
        { tick: 0, destCore: 7, destAxon: 0, delay: 1 },
        { tick: 4, destCore: 20, destAxon: 3, delay: 1 },
      ]),
    );
    expect(records.srcCore[0]).toBe(NOT_NAMED);
    expect(listOf(inputSpikes(records, model(), 'in'))).toEqual([
      [0, 255],
      [1, 256],
      [5, 515],
    ]);
  });
});
