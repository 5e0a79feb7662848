import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { layerRows } from '../../src/compiler/targets/northpole/table.js';
import { countEvents } from '../../src/hw-models/northpole/counters.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import { networkMacs } from '../../src/ir/network/macs.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { macsByLayer } from '../../src/training/post/index.js';
import { runCycles } from '../../src/simulator/engines/northpole-cycle/engine.js';
import { randomIntegerNetwork } from '../../src/chips/northpole/kit/random-network.js';

const image: readonly NetworkNode[] = [
  { kind: 'input', id: 'image', shape: [1, 12, 1] },
  { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
];
const requantise = (id: string, input: string): NetworkNode => ({
  ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, min: 0, max: 255 },
  ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(4), rounding: 'halfUp' },
});

/** 1 x 1 to 16 channels, then a window of 3 depthwise, then blocks that leave most of a matrix empty. */
const sparse: NetworkGraph = {
  name: 'sparse',
  dialect: 'integer',
  nodes: [
    ...image,
    {
      ...{ kind: 'conv2d', id: 'spread', input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
      ...{ nOut: 16, groups: 1, padValue: 0, weights: Int8Array.from({ length: 16 }, (_, o) => o - 8) },
    },
    requantise('q', 'spread'),
    {
      ...{ kind: 'conv2d', id: 'depthwise', input: 'q', window: [1, 3], stride: [1, 1], padding: [0, 0, 1, 1] },
      ...{ nOut: 16, groups: 16, padValue: 0, weights: Int8Array.from({ length: 48 }, (_, k) => (k % 7) - 3) },
    },
    requantise('q2', 'depthwise'),
    {
      kind: 'blockDense',
      id: 'blocks',
      input: 'q2',
      blocks: [
        { inputs: Int32Array.of(3, 70, 8), nOut: 2, weights: Int8Array.of(1, 0, -1, 2, 2, 5) },
        { inputs: Int32Array.of(190), nOut: 3, weights: Int8Array.of(1, 1, -1) },
      ],
    },
    { kind: 'scores', id: 'scores', input: 'blocks' },
  ],
};

/** Of one sample, by hand: positions x outputs x operands. */
const SPARSE_MACS = { spread: 12 * 16, depthwise: 12 * 16 * 3, blocks: 2 * 3 + 3 * 1 };

describe('multiply-accumulates', () => {
  it('of a network respect convolution groups and blocks; taps on padding count', () => {
    const macs = networkMacs(sparse);
    expect(Object.fromEntries([...macs].filter(([, n]) => n > 0))).toEqual(SPARSE_MACS);
    // What `quantize` prints.
    expect(Object.fromEntries(macsByLayer(sparse))).toEqual({ spread: 192, depthwise: 576 });
  });

  it('are the same in the table of the compiler, the counters of the program and those of the running chip', () => {
    const batch = 2;
    const { program } = compileNorthPole(sparse, { spec: NORTHPOLE_SMALL, batch });
    const expected = Object.entries(SPARSE_MACS).map(([name, n]) => [name, batch * n]);
    expect(layerRows(program).map(({ name, macs }) => [name, macs])).toEqual(expected);
    const total = batch * (192 + 576 + 9);
    expect(countEvents(program).macs).toEqual({ 8: total, 4: 0, 2: 0, 1: 0 });
    const input = Int32Array.from({ length: batch * 12 }, (_, i) => i);
    expect(runCycles(program, input).counters.macs).toEqual({ 8: total, 4: 0, 2: 0, 1: 0 });
  });

  it.each(Array.from({ length: 20 }, (_, i) => i + 1))('of a program are those of its network: seed %d', (seed) => {
    const network = randomIntegerNetwork(seed, { maxSide: 8 });
    const { program } = compileNorthPole(network, { spec: NORTHPOLE_SMALL });
    // A flattening that moves values multiplies each by 1; the network asks for nothing there.
    const moved = program.layers.reduce(
      (n, layer) => n + (layer.kind === 'vmm' && isMove(network, layer.name) ? layer.bias.length : 0),
      0,
    );
    const asked = [...networkMacs(network).values()].reduce((sum, n) => sum + n, 0);
    const counted = Object.values(countEvents(program).macs).reduce((sum, n) => sum + n, 0);
    expect(counted - moved).toBe(asked);
    expect(asked).toBeGreaterThan(0);
  });
});

const isMove = ({ nodes }: NetworkGraph, name: string): boolean =>
  nodes.find(({ id }) => id === name)?.kind === 'flatten';
