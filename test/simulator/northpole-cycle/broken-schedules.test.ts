import { describe, expect, it } from 'vitest';
import { bufferTag } from '../../../src/hw-models/northpole/memory.js';
import { runCycles, type CycleRunOptions } from '../../../src/simulator/engines/northpole-cycle/engine.js';
import type { NorthPoleLayer, NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import {
  everyKind,
  oneLayer,
  ONE_PIXEL,
  randomValues,
  square,
  tensor,
  vectorLayer,
  vmmLayer,
} from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

type Change = (layer: NorthPoleLayer) => NorthPoleLayer;

/** The program with one layer changed. */
function change(program: NorthPoleProgram, l: number, by: Change): NorthPoleProgram {
  return { ...program, layers: program.layers.map((layer, n) => (n === l ? by(layer) : layer)) };
}

/** Changes the injection cycles. */
const packets =
  (by: (cycles: Int32Array) => void): Change =>
  (layer) => {
    const copy = layer.timing.packets.slice();
    by(copy);
    return { ...layer, timing: { ...layer.timing, packets: copy } };
  };

const timing =
  (by: (t: NorthPoleLayer['timing']) => Partial<NorthPoleLayer['timing']>): Change =>
  (layer) => ({ ...layer, timing: { ...layer.timing, ...by(layer.timing) } });

const run = (program: NorthPoleProgram, options: CycleRunOptions = {}): unknown =>
  runCycles(program, randomValues(1, program.batch, program.tensors[0]!), options);

/** Two layers on 2 x 2 tiles: the first sends to halos of its neighbours. */
function twoLayers(): NorthPoleProgram {
  const split = { rows: 2, columns: 2 };
  const input = tensor([6, 6, 8]);
  const first = vmmLayer({ input, nOut: 8, geometry: square(3), split }, [0, 1]);
  const second = vmmLayer({ input: first.output, nOut: 8, geometry: square(3), split }, [1, 2]);
  return handProgram({
    spec: everyKind(1).spec,
    batch: 1,
    tensors: [input, first.output, second.output],
    layers: [first.layer, second.layer],
  });
}

const good = twoLayers();

describe('the chip runs what is right', () => {
  it('as scheduled', () => {
    expect(() => run(good)).not.toThrow();
  });

  it('with the same result in any order of cores', () => {
    const program = everyKind(1);
    const input = randomValues(5, 1, program.tensors[0]!);
    const backwards = Array.from({ length: 16 }, (_, core) => 15 - core);
    expect(runCycles(program, input, { order: backwards })).toEqual(runCycles(program, input));
  });
});

/** Links and data ports that take one result vector of 8 bits a cycle and no more. */
const narrow: NorthPoleProgram['spec'] = {
  ...good.spec,
  memory: { ...good.spec.memory, dataPortBytes: good.spec.vmm.outputs },
  networks: {
    ...good.spec.networks,
    activation: { ...good.spec.networks.activation, wires: good.spec.vmm.outputs * 8 },
  },
};

describe('the chip refuses a packet', () => {
  it('that is sent before its result is there', () => {
    // The first packet of the layer leaves in the first possible cycle.
    const early = change(
      good,
      0,
      packets((cycles) => (cycles[0]! -= 1)),
    );
    expect(() => run(early)).toThrow(/cycle \d+, core 0, output buffer: position 0 of pass 0, layer 0, is sent before/);
  });

  it('on a link without room for it in that cycle', () => {
    // Tile 2 is core 5, tile 3 core 4; both send to core 0, core 5 along the row through core 4: it is on link 4-0 a cycle later.
    const input = tensor([4, 4, 8]);
    const first = vmmLayer({ input, nOut: 8, geometry: ONE_PIXEL, split: { rows: 2, columns: 2 } }, [0, 1]);
    const second = vmmLayer({ input: first.output, nOut: 8, geometry: square(4, 1, 0) }, [1, 2]);
    const tensors = [input, first.output, second.output];
    const program = handProgram({ spec: narrow, batch: 1, tensors, layers: [first.layer, second.layer] });
    const wide = { ...narrow.networks.activation, wires: narrow.networks.activation.wires * 2 };
    const { end } = program.layers[0]!.timing;
    const perSource = program.layers[0]!.timing.packets.length / 4;
    const delayed = (apart: number): NorthPoleProgram => {
      const colliding = packets((cycles) => {
        cycles[2 * perSource] = end;
        cycles[3 * perSource] = end + apart;
      });
      const longer = timing(() => ({ end: end + 20 }));
      const later: Change = (l) => {
        const moved = l.timing.packets.map((c) => (c < 0 ? c : c + 20));
        return timing((t) => ({ start: t.start + 20, end: t.end + 20, packets: moved }))(l);
      };
      const changed = change(change(change(program, 0, colliding), 0, longer), 1, later);
      return { ...changed, cycles: program.cycles + 20 };
    };
    expect(() => run(program)).not.toThrow();
    expect(() => run(delayed(2))).not.toThrow();
    expect(() => run(delayed(0))).not.toThrow();
    expect(() => run(delayed(1))).toThrow(/core 4, activation link 4-0: 16 bytes in one cycle, 8 fit/);
    const memory = { ...narrow.memory, dataPortBytes: narrow.memory.dataPortBytes * 2 };
    const spec = { ...narrow, memory, networks: { ...narrow.networks, activation: wide } };
    expect(() => run({ ...delayed(1), spec })).not.toThrow();
  });

  it('on a data port without room for it in that cycle', () => {
    // The unit reads a tap in every cycle of its 9, so the results have to wait for the last position.
    const input = tensor([5, 5, 8]);
    const pool = vectorLayer({ input, geometry: square(3, 1, 0), combine: 'max' }, [0, 1]);
    const program = handProgram({ spec: narrow, batch: 1, tensors: [input, pool.output], layers: [pool.layer] });
    const ready = program.layers[0]!.timing.start + 9 + narrow.vector.latency;
    expect(() => run(program)).not.toThrow();
    const atOnce = change(
      program,
      0,
      packets((cycles) => (cycles[0] = ready)),
    );
    expect(() => run(atOnce)).toThrow(new RegExp(`cycle ${ready}, core 0, data port: 16 bytes in one cycle, 8 fit`));
  });

  it('that comes after its reader has started', () => {
    const late = change(
      good,
      0,
      packets((cycles) => (cycles[0] = good.layers[1]!.timing.start + 5)),
    );
    expect(() => run(late)).toThrow(/memory: byte \d+ of operand 0 of layer 1 holds nothing/);
  });

  it('while its sender sends another one', () => {
    const twice = change(
      good,
      0,
      packets((cycles) => (cycles[1] = cycles[2]!)),
    );
    expect(() => run(twice)).toThrow(/injection port: two packets at once/);
  });

  it('that is never sent', () => {
    const lost = change(
      good,
      0,
      packets((cycles) => (cycles[0] = -1)),
    );
    expect(() => run(lost)).toThrow(/operand 0 of layer 1/);
  });
});

describe('the chip refuses a clock', () => {
  it('on which passes are closer than their work', () => {
    const fast = change(
      good,
      0,
      timing((t) => ({ passPeriod: t.passPeriod - 1 })),
    );
    expect(() => run(fast)).toThrow(/internal error: cycle \d+, core \d+/);
  });

  it('on which the program of a layer comes late', () => {
    const late = change(
      good,
      1,
      timing((t) => ({ programStart: t.start - 1, programEnd: t.start + 200 })),
    );
    expect(() => run(late)).toThrow(/program buffer: the program of layer 1/);
  });

  it('on which results never leave', () => {
    const program = { ...good, cycles: good.cycles - 1 };
    expect(() =>
      run(
        change(
          program,
          1,
          timing((t) => ({ end: t.end - 1 })),
        ),
      ),
    ).toThrow(/internal error/);
  });
});

describe('the chip refuses memories', () => {
  it('in which a line of weights is missing', () => {
    const onLoaded: CycleRunOptions['onLoaded'] = (chip) => {
      const base = good.layers[1]!.memory.weightBase[3]!;
      chip.cores[good.layers[1]!.mapping.cores[3]!]!.memory.forget(base, base + 8);
    };
    expect(() => run(good, { onLoaded })).toThrow(/memory: byte \d+ of weights of layer 1 holds nothing/);
  });

  it('in which a live buffer is overwritten', () => {
    // The operand of layer 1 lies over the weights of layer 0, which are still needed.
    const base = good.layers[0]!.memory.weightBase[0]!;
    const over = change(good, 1, (l) => ({ ...l, memory: { ...l.memory, operandBase: [base] } }));
    expect(() => run(over)).toThrow(/holds operand 0 of layer 1|holds weights of layer 0/);
  });

  it('that are too small', () => {
    const program = { ...good, spec: { ...good.spec, memory: { ...good.spec.memory, bytes: 64 } } };
    expect(() => run(program)).toThrow(/outside its 64 bytes/);
  });

  it('in which a result does not fit its container', () => {
    const wide = oneLayer({ input: tensor([1, 1, 8]), nOut: 8, geometry: ONE_PIXEL, outBits: 8, epilogue: [] });
    expect(() => run(wide)).toThrow(/does not fit an unsigned container of 8 bits \(results of layer 0\)/);
  });
});

describe('the chip refuses wiring', () => {
  it('of a chain over cores that are not neighbours', () => {
    const program = oneLayer({ input: tensor([3, 3, 32]), nOut: 8, geometry: square(3), split: { inGroups: 2 } });
    const far = change(program, 0, (l) => ({ ...l, mapping: { ...l.mapping, cores: Int32Array.of(0, 5) } }));
    expect(() => run(far)).toThrow(/partial-sum network: core 5 is not a neighbour/);
  });

  it('of a segment without a core that needs its weights', () => {
    const away = change(good, 0, (l) => ({ ...l, mapping: { ...l.mapping, segments: Int32Array.of(0, 0, 1, 2) } }));
    expect(() => run(away)).toThrow(/model network: core \d+ is not in segment 0,0 1x2/);
  });

  it('of segments that overlap', () => {
    const program = oneLayer({
      input: tensor([4, 4, 8]),
      nOut: 16,
      geometry: square(3),
      split: { rows: 2, outGroups: 2 },
    });
    const [x, y, width, height] = program.layers[0]!.mapping.segments;
    const whole = Int32Array.of(x!, y!, width!, height!, 0, 0, 4, 4);
    const over = change(program, 0, (l) => ({ ...l, mapping: { ...l.mapping, segments: whole } }));
    expect(() => run(over)).toThrow(/model network: segments .* overlap/);
  });
});

describe('tags of buffers', () => {
  it('differ by layer and role', () => {
    const tags = [0, 1, 2].flatMap((l) => [
      bufferTag(l, 'weights'),
      bufferTag(l, 'results'),
      bufferTag(l, 0),
      bufferTag(l, 1),
    ]);
    expect(new Set(tags).size).toBe(tags.length);
  });
});
