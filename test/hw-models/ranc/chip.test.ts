import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { RancChip } from '../../../src/hw-models/ranc/chip.js';
import { wrap } from '../../../src/hw-models/ranc/neuron.js';
import { runRanc } from '../../../src/hw-models/ranc/run.js';
import { RTL_WIDTHS, SIMULATOR_WIDTHS } from '../../../src/hw-models/ranc/spec.js';
import { CONFIG, inputJson, type NeuronJson, packetJson, readModel } from '../../support/ranc-models.js';

/** Rows in which line `column` of the bus is 1, over 12 ticks. */
function rowsOf(input: unknown, column = 0): readonly number[] {
  const { output } = runRanc(readModel(input), { ticks: 12 });
  return Array.from({ length: 12 }, (_, row) => row).filter((row) => output.values[row * 8 + column] === 1);
}

/** Potentials of neuron 0 over some ticks in which axon 0 gets a packet. */
function potentials(neuron: NeuronJson, ticks: number, options: { resetType?: number; rtl?: boolean } = {}) {
  const packets = Array.from({ length: ticks }, () => [packetJson(0, 0)]);
  const model = readModel(inputJson([neuron], packets), { ...CONFIG, neuron_reset_type: options.resetType ?? 0 });
  const chip = new RancChip(model, options.rtl === true ? RTL_WIDTHS : SIMULATOR_WIDTHS);
  return Array.from({ length: ticks }, () => {
    chip.tick();
    return chip.potentials()[0];
  });
}

describe('a packet', () => {
  test('of entry t acts offset + 1 ticks later, and the bus shows the spike in the row of the tick it fired in', () => {
    // Entry 0 of offset 0 is read in tick 1.
    expect(rowsOf(inputJson([{}], [[packetJson(0, 0)]]))).toEqual([1]);
    expect(rowsOf(inputJson([{}], [[packetJson(0, 0, 2)]]))).toEqual([3]);
    expect(rowsOf(inputJson([{}], [[], [], [packetJson(0, 0, 1)]]))).toEqual([4]);
  });

  test('of the largest offset never arrives and is counted', () => {
    const model = readModel(inputJson([{}], [[packetJson(0, 0, 3)], [], [packetJson(0, 0, 3)]]));
    const { output, events } = runRanc(model, { ticks: 12 });
    expect(output.values.every((value) => value === 0)).toBe(true);
    expect(events).toMatchObject({ dropped: 2, firstDropped: { tick: 0, x: 0, y: 0, axon: 0 } });
  });

  test('never arrives on a ring of one word', () => {
    const model = readModel(inputJson([{}], [[packetJson(0, 0)]]), { ...CONFIG, max_tick_offset: 1 });
    expect(runRanc(model, { ticks: 6 }).events).toMatchObject({ spikes: 0, dropped: 1 });
  });

  test('collapses with another on the same axon and tick', () => {
    const input = inputJson(
      [{ positive_threshold: 2 }],
      [[packetJson(0, 0, 1), packetJson(0, 0, 1)], [packetJson(0, 0)]],
    );
    expect(rowsOf(input)).toEqual([]);
    expect(runRanc(readModel(input), { ticks: 4 }).events).toMatchObject({ duplicates: 2, spikes: 0 });
  });

  test('to a place without a core vanishes', () => {
    expect(runRanc(readModel(inputJson([{}], [[packetJson(1, 0)]])), { ticks: 4 }).events).toMatchObject({
      vanished: 1,
      spikes: 0,
    });
  });

  test('to the bus shows in the row of its entry, whatever its offset', () => {
    expect(rowsOf(inputJson([], [[], [packetJson(2, 5, 3)]]), 5)).toEqual([1]);
  });
});

describe('what is counted', () => {
  test('lines of the bus that are hit twice in a tick, by packets or spikes', () => {
    const events = (packets: readonly (readonly unknown[])[], neurons: readonly NeuronJson[] = []) =>
      runRanc(readModel(inputJson(neurons, packets)), { ticks: 4 }).events;
    expect(events([[packetJson(2, 5), packetJson(2, 6)], [packetJson(2, 5)]])).toMatchObject({
      ...{ packets: 3, busDuplicates: 0, vanished: 0, duplicates: 0 },
    });
    expect(events([[packetJson(2, 5), packetJson(2, 5), packetJson(2, 5)]])).toMatchObject({ busDuplicates: 2 });
    // Two neurons that fire on one line in the same tick.
    const both = [{ destination_axon: 3 }, { destination_axon: 3 }];
    expect(events([[packetJson(0, 0), packetJson(0, 1)]], both)).toMatchObject({ spikes: 2, busDuplicates: 1 });
  });

  test('spikes that arrive, operations of active axons, and none of those that are lost on their way', () => {
    const neurons = [{ weights: [2, 0, 0, 0] }, {}, { destination_core_offset: [1, 0] as const }];
    const model = readModel(inputJson(neurons, [[packetJson(0, 0), packetJson(0, 2)], [], [packetJson(0, 1)]]));
    const run = (...loses: ConstructorParameters<typeof RancChip>[2][]) => {
      const chip = new RancChip(model, SIMULATOR_WIDTHS, ...loses);
      const rows = [0, 1, 2, 3, 4].map(() => [...chip.tick()].join(''));
      return { rows, coreSpikes: [...chip.coreSpikes], events: chip.events, operations: chip.synapticOperations };
    };
    // Neuron 2 sends to a place without a core.
    expect(run()).toMatchObject({
      rows: ['00000000', '10000000', '00000000', '10000000', '00000000'],
      coreSpikes: [2],
      operations: 3,
      events: { ticks: 5, packets: 3, spikes: 3, vanished: 1 },
    });
    const lost: (readonly number[])[] = [];
    const found = run((...spike) => {
      lost.push(spike);
      return spike[1] === 1;
    });
    expect(found).toMatchObject({ coreSpikes: [1], events: { spikes: 3, vanished: 1, busDuplicates: 0 } });
    expect(found.rows[3]).toBe('00000000');
    expect(lost).toEqual([
      [0, 0, 1],
      [0, 2, 1],
      [0, 1, 3],
    ]);
  });

  test('on a grid of several rows targets are columns and rows away', () => {
    const relay = inputJson([{ destination_core_offset: [1, 1], destination_axon: 4 }]).cores[0]!;
    const last = inputJson(new Array(5).fill({ destination_core_offset: [-1, 1], destination_axon: 7 })).cores[0]!;
    const input = {
      packets: [[{ destination_core: [1, 0], destination_axon: 0, destination_tick: 1 }]],
      output_bus: { coordinates: [1, 2], num_outputs: 8 },
      cores: [
        { ...relay, coordinates: [1, 0] },
        { ...last, coordinates: [2, 1] },
      ],
    };
    const model = readModel(input, { ...CONFIG, num_cores_y: 3 });
    const chip = new RancChip(model);
    const rows = Array.from({ length: 6 }, () => [...chip.tick()].join(''));
    // Two ticks to core 0, one to core 1, and its spike shows in the row of the tick after.
    expect(rows).toEqual(['00000000', '00000000', '00000000', '00000001', '00000000', '00000000']);
    expect([...chip.coreSpikes]).toEqual([1, 1]);
    expect([...chip.coreSynapticOperations]).toEqual([1, 1]);
  });

  test('a potential that is written acts in the next tick, of its neuron and core only', () => {
    const of = (...offset: [number, number]) =>
      inputJson([0, 1].map(() => ({ positive_threshold: 5, destination_core_offset: offset })));
    const input = of(2, 0);
    const cores = [input.cores[0]!, { ...of(1, 0).cores[0]!, coordinates: [1, 0] }];
    const chip = new RancChip(readModel({ ...input, cores }));
    chip.setPotential(1, 1, 3);
    expect([...chip.potentials()]).toEqual([...new Array<number>(9).fill(0), 3, ...new Array<number>(6).fill(0)]);
    chip.setPotential(0, 0, 7);
    chip.tick();
    expect([...chip.bus]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(chip.potentials()[9]).toBe(3);
    expect([...chip.coreSpikes]).toEqual([1, 0]);
  });
});

describe('a run', () => {
  test('is refused when rows times lines are more than 2^28, and can be broken off', () => {
    const model = readModel(inputJson([{}]));
    expect(() => runRanc(model, { ticks: 2 ** 25 + 1 })).toThrow(/output-too-large.*33554433 ticks of 8 outputs/);
    expect(() => runRanc(model, { ticks: 3, signal: AbortSignal.abort() })).toThrow();
    expect(runRanc(model, { ticks: 3 }).output).toMatchObject({ nRows: 3, nOutputs: 8 });
  });
});

describe('a neuron', () => {
  test('resets to R, or keeps what is above its threshold', () => {
    expect(potentials({ weights: [3], positive_threshold: 4, reset_potential: -1 }, 3)).toEqual([3, -1, 2]);
    expect(potentials({ weights: [3], positive_threshold: 4, reset_mode: 1 }, 3)).toEqual([3, 2, 1]);
  });

  test('resets below its negative threshold, or at it with reset type 1', () => {
    const absolute = { weights: [-2], negative_threshold: -4, reset_potential: 1, positive_threshold: 9 };
    expect(potentials(absolute, 4)).toEqual([-2, -4, -1, -3]);
    expect(potentials(absolute, 4, { resetType: 1 })).toEqual([-2, -1, -3, -1]);
    const linear = { ...absolute, reset_mode: 1 };
    expect(potentials(linear, 4)).toEqual([-2, -4, -2, -4]);
    expect(potentials(linear, 4, { resetType: 1 })).toEqual([-2, 0, -2, 0]);
  });
});

describe('registers of the hardware', () => {
  test('wrap at their width', () => {
    expect([255, 256, -256, -257, 511, 512].map((value) => wrap(value, 9))).toEqual([255, -256, -256, 255, -1, 0]);
    expect(wrap(2 ** 31 - 1, 32)).toBe(2 ** 31 - 1);
    const neuron = { weights: [100], positive_threshold: 255, negative_threshold: -256 };
    expect(potentials(neuron, 3, { rtl: true })).toEqual([100, 200, -212]);
    expect(potentials(neuron, 3)).toEqual([100, 200, 0]);
  });

  test('refuse parameters that do not fit and the reset type they do not have, all at once', () => {
    const neuron = { weights: [256], leak: -257, positive_threshold: 300 };
    const model = readModel(inputJson([neuron, neuron]), { ...CONFIG, neuron_reset_type: 1 });
    const build = () => new RancChip(model, RTL_WIDTHS);
    expect(build).toThrow(UserError);
    expect(build).toThrow(/weight 256 does not fit 9 bits, nor do 1 more/);
    expect(build).toThrow(/leak -257[^]*positive threshold 300[^]*reset-type-unsupported/);
    expect(new RancChip(model).potentials()).toHaveLength(8);
  });
});
