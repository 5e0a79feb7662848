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
