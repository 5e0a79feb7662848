import { describe, expect, it } from 'vitest';
import { ActivationMesh, linksOf, multicastTree } from '../../../src/hw-models/northpole/activation-mesh.js';
import { deliveryMap } from '../../../src/hw-models/northpole/deliveries.js';
import { deliveriesOf } from '../../../src/hw-models/northpole/exchange.js';
import { planLayers } from '../../../src/hw-models/northpole/layer-plan.js';
import { InstructionNetwork, ModelNetwork, PartialSumNetwork } from '../../../src/hw-models/northpole/networks.js';
import { shareAt, tensorAt } from '../../../src/hw-models/northpole/regions.js';
import { lineStep, sumStep, vmmStep } from '../../../src/hw-models/northpole/sequencer.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { lineCycle } from '../../../src/hw-models/northpole/timing.js';
import { everyKind, oneLayer, square, tensor } from '../../support/northpole-cases.js';

const at = (cycle: number, core = 0) => ({ cycle, core });

describe('a multicast tree', () => {
  it('goes along the row first and shares its links', () => {
    // From 5 (1,1) to 3 (3,0), 11 (3,2), 15 (3,3) and itself.
    const tree = multicastTree(4, 5, [3, 11, 15, 5]);
    const edges = tree.next.flatMap((to, node) => to.map((n) => `${tree.cores[node]}-${tree.cores[n]}`)).sort();
    expect(edges).toEqual(['11-15', '5-6', '6-7', '7-11', '7-3']);
    expect(tree.cores.map((core, n) => [core, tree.distance[n]])).toEqual([
      [5, 0],
      [6, 1],
      [7, 2],
      [3, 3],
      [11, 3],
      [15, 4],
    ]);
    expect(linksOf(multicastTree(4, 5, [5, 5]))).toBe(0);
  });
});

describe('the activation network', () => {
  it('brings each flit to each core at its distance, and counts bytes and hops', () => {
    const mesh = new ActivationMesh<string>({
      ...NORTHPOLE_SMALL,
      networks: { ...NORTHPOLE_SMALL.networks, activation: { topology: 'mesh', wires: 128, hopCycles: 2 } },
    });
    mesh.inject(at(10, 0), { tree: multicastTree(4, 0, [0, 2, 4]), flitBytes: [8, 3], content: 'x' });
    const arrivals = Array.from({ length: 10 }, (_, n) =>
      mesh.step(10 + n).map(({ core, flit }) => `${10 + n}: ${core}/${flit}`),
    ).flat();
    expect(arrivals).toEqual(['10: 0/0', '11: 0/1', '12: 1/0', '12: 4/0', '13: 1/1', '13: 4/1', '14: 2/0', '15: 2/1']);
    expect(mesh.traffic).toEqual({ bytes: 11, byteHops: 33 });
    expect(mesh.idle).toBe(true);
  });

  it('shares a link between flits that fit, refuses more, and flits wider than a link', () => {
    const mesh = new ActivationMesh<string>(NORTHPOLE_SMALL);
    for (const [from, cycle, bytes] of [
      [0, 0, 8],
      [1, 1, 8],
      [0, 1, 8],
      [1, 2, 9],
    ] as const) {
      mesh.inject(at(cycle, from), { tree: multicastTree(4, from, [2]), flitBytes: [bytes], content: 'a' });
    }
    mesh.step(0);
    expect(() => mesh.step(1)).not.toThrow();
    expect(() => mesh.step(2)).toThrow('cycle 2, core 1, activation link 1-2: 17 bytes in one cycle, 16 fit');
    expect(() => mesh.inject(at(2, 0), { tree: multicastTree(4, 0, [1]), flitBytes: [17], content: 'c' })).toThrow(
      'links take 16',
    );
  });
});

describe('the model network', () => {
  const line = (cores: readonly number[], bytes = 8) => ({
    slot: 0,
    line: 0,
    lines: 1,
    bytes: new Uint8Array(bytes),
    cores,
  });
  const left = { x: 0, y: 0, width: 2, height: 4 };

  it('brings a line to its cores after the latency and counts the cores it passes', () => {
    const model = new ModelNetwork(NORTHPOLE_SMALL);
    model.send(at(3), left, line([0, 5]), 6);
    expect(model.arrivals(8)).toEqual([]);
    expect(model.arrivals(9).map((l) => l.cores)).toEqual([[0, 5]]);
    expect(model.traffic).toEqual({ bytes: 8, byteHops: 64 });
  });

  it('refuses more bytes than a segment has wires for, segments that overlap or leave the grid, and cores outside', () => {
    const model = new ModelNetwork(NORTHPOLE_SMALL);
    for (let n = 0; n < 4; n++) model.send(at(0), left, line([0]), 6);
    model.send(at(0), { ...left, x: 2 }, line([2]), 6);
    expect(() => model.send(at(0), left, line([0]), 6)).toThrow('40 bytes in one cycle, 32 fit');
    expect(() => model.send(at(1), left, line([2]), 6)).toThrow('core 2 is not in segment 0,0 2x4');
    expect(() => model.send(at(1), { ...left, x: 1 }, line([1]), 6)).toThrow('segments 0,0 2x4 and 1,0 2x4 overlap');
    expect(() => model.send(at(2), { ...left, x: 3 }, line([3]), 6)).toThrow('leaves the grid');
  });
});

describe('the partial-sum network', () => {
  it('takes one vector per link and cycle to a neighbour', () => {
    const network = new PartialSumNetwork(NORTHPOLE_SMALL);
    const sum = (to: number) => ({ to, layer: 0, pass: 0, position: 0, vector: new Int32Array(8) });
    network.send(at(4, 0), sum(1), 8);
    network.send(at(4, 0), sum(4), 5);
    expect(() => network.send(at(4, 0), sum(1), 8)).toThrow('partial-sum link 0-1: used twice in one cycle');
    expect(() => network.send(at(4, 3), sum(4), 8)).toThrow('core 4 is not a neighbour');
    expect(network.arrivals(5).map((s) => s.to)).toEqual([1, 4]);
    expect(network.traffic).toEqual({ bytes: 32 + 20, byteHops: 32 + 20 });
  });
});

describe('the instruction network', () => {
  it('fills one half of the program buffers while the other is in use', () => {
    const network = new InstructionNetwork(NORTHPOLE_SMALL);
    network.preload(0);
    network.begin(at(0, -1), 0);
    // 4 programs of 64 bytes per row, 16 bytes a cycle, 4 hops: there in cycle 10 + 16 + 4.
    network.send(at(10, -1), 1, 64);
    expect(() => network.send(at(20, -1), 2, 64)).toThrow('busy until 26');
    expect(() => network.send(at(26, -1), 2, 64)).toThrow('both halves are in use (layers 0, 1)');
    expect(() => network.begin(at(29, -1), 1)).toThrow('there in 30');
    network.begin(at(30, -1), 1);
    network.end(0);
    expect(() => network.send(at(31, -1), 2, 8193)).toThrow('8193 bytes, a half holds 8192');
    network.send(at(31, -1), 2, 64);
    expect(network.traffic).toEqual({ bytes: 2 * 4 * 4 * 64, byteHops: 2 * 4 * 4 * 64 * 4 });
  });
});

describe('the sequencers', () => {
  const programs = {
    'every kind of layer': everyKind(2),
    'a bus that eight in-groups share': oneLayer({
      input: tensor([4, 4, 64]),
      nOut: 8,
      geometry: square(3),
      split: { rows: 2, inGroups: 8 },
    }),
  };
  for (const [name, program] of Object.entries(programs)) {
    it(`are the inverse of the formulas of the timing: ${name}`, () => {
      for (const plan of planLayers(program)) {
        const { start, passPeriod } = plan.layer.timing;
        const { nPasses, nK, slot, lead, interval } = plan.pass;
        const { positions, inGroups } = plan.layer.mapping;
        for (let pass = 0; pass < nPasses; pass++) {
          const passStart = start + pass * passPeriod;
          for (let position = 0; position < positions; position++) {
            const last = { inGroup: inGroups - 1 };
            const sums = passStart + lead + position * interval;
            expect(sumStep(program.spec, plan, last, sums)).toEqual({ pass, position, step: 0 });
            for (let k = 0; k < nK; k++) {
              expect(vmmStep(plan, passStart + k * slot + position)).toEqual({ pass, k, position });
            }
          }
          for (let k = 0; k < nK; k++) {
            const { stream } = plan.weights!;
            for (let inGroup = 0; inGroup < inGroups; inGroup++) {
              for (let i = 0; i < stream.lines; i++) {
                const step = lineStep(plan, inGroup, lineCycle(stream, passStart + k * slot, i, inGroup));
                expect(step).toMatchObject({ pass, k });
                expect(i >= step!.firstLine && i < step!.endLine).toBe(true);
              }
            }
          }
        }
        expect(vmmStep(plan, start - 1)).toBeUndefined();
        expect(lineStep(plan, 0, plan.from - 1)).toBeUndefined();
      }
    });
  }
});

describe('the delivery map', () => {
  it('is the definition of deliveries for every pixel and channel block', () => {
    const program = everyKind(1);
    program.layers.forEach((layer, l) => {
      const [height, width, channels] = tensorAt(program, layer.output).shape;
      const map = deliveryMap(program, layer.output);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          for (let c0 = 0; c0 < channels; c0 += 8) {
            const c1 = Math.min(channels, c0 + 8);
            const expected = deliveriesOf(program, l, shareAt(layer.mapping, 0), { y, x, c0, c1 });
            expect(map.at(map.keyOf(y, x, c0, c1))).toEqual(expected.filter((d) => d.layer >= 0));
          }
        }
      }
    });
  });
});
