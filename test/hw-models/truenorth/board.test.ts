import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOARDS, chipGrid, EdgeCounter } from '../../../src/hw-models/truenorth/board.js';
import { drawDeadCores, withDeadCores } from '../../../src/hw-models/truenorth/board-faults.js';
import { TrueNorthChip } from '../../../src/hw-models/truenorth/chip.js';
import { edgeMap, routeXy } from '../../../src/hw-models/truenorth/mesh.js';
import type { TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import { connect, emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';

const GRID = { width: 20, height: 12, chipWidth: 8, chipHeight: 4 };

describe('chip edges', () => {
  it('carry the spikes whose routes cross them, as a walk along the route counts', () => {
    const place = fc.record({ x: fc.nat(19), y: fc.nat(11) });
    fc.assert(
      fc.property(fc.array(fc.tuple(place, place, fc.integer({ min: 1, max: 9 })), { maxLength: 20 }), (routes) => {
        const map = edgeMap(GRID);
        const walked = new Map<string, number>();
        const counter = new EdgeCounter(GRID);
        for (const [from, to, spikes] of routes) {
          counter.add({ x: Int16Array.of(from.x, to.x), y: Int16Array.of(from.y, to.y) }, { from: 0, to: 1, spikes });
          let { x, y } = from;
          for (let port = routeXy(x, y, to.x, to.y); port !== 4; port = routeXy(x, y, to.x, to.y)) {
            const edge = map.edgeOf(x, y, port);
            if (edge >= 0) walked.set(map.nameOf(edge), (walked.get(map.nameOf(edge)) ?? 0) + spikes);
            x += port === 0 ? 1 : port === 1 ? -1 : 0;
            y += port === 2 ? 1 : port === 3 ? -1 : 0;
          }
        }
        expect(new Map(counter.loads().map(({ edge, spikes }) => [edge, spikes]))).toEqual(walked);
      }),
    );
  });

  it('are counted afresh after a clear', () => {
    const counter = new EdgeCounter(GRID);
    counter.add({ x: Int16Array.of(0, 19), y: Int16Array.of(0, 11) }, { from: 0, to: 1, spikes: 2 });
    expect(counter.loads()).toHaveLength(4);
    counter.clear();
    expect(counter.loads()).toEqual([]);
  });
});

describe('boards', () => {
  it('are one chip of 64 x 64 cores, or sixteen of them in a square', () => {
    expect(chipGrid(BOARDS.ns1e)).toEqual({ width: 64, height: 64, chipWidth: 64, chipHeight: 64 });
    expect(chipGrid(BOARDS.ns16e)).toEqual({ width: 256, height: 256, chipWidth: 64, chipHeight: 64 });
    expect(BOARDS.ns16e.maxHop).toBe(255);
  });
});

/** Core 0 fires pin 0 and core 1 in every tick; core 1 passes spikes on to core 2, core 2 fires pin 1. */
function chain(): TrueNorthProgram {
  const cores = emptyCores(3);
  cores.x.set([0, 1, 2]);
  setNeuron(cores, 0, 0, { leak: 1, threshold: 1, to: { pin: 0 } });
  setNeuron(cores, 0, 1, { leak: 1, threshold: 1, to: { core: 1, axon: 0 } });
  for (const core of [1, 2]) connect(cores, core, 0, 0);
  setNeuron(cores, 1, 0, { weights: [1, 0, 0, 0], threshold: 1, to: { core: 2, axon: 0 } });
  setNeuron(cores, 2, 0, { weights: [1, 0, 0, 0], threshold: 1, to: { pin: 1 } });
  return programOf(cores, { pinClass: [0, 1] });
}

function pinsAfter(program: TrueNorthProgram, ticks: number): number[] {
  const chip = new TrueNorthChip({ spec: program.spec, cores: program.cores, nPins: 2 });
  for (let tick = 0; tick < ticks; tick++) chip.tick();
  return [...chip.pinCounts];
}

describe('cores that fail unknown to the compiler', () => {
  it('are silent and swallow the spikes sent to them; the others go on', () => {
    expect(pinsAfter(chain(), 10)).toEqual([10, 8]);
    expect(pinsAfter(withDeadCores(chain(), [[1, 0]]), 10)).toEqual([10, 0]);
    expect(pinsAfter(withDeadCores(chain(), [[0, 0]]), 10)).toEqual([0, 0]);
    expect(pinsAfter(withDeadCores(chain(), [[9, 9]]), 10)).toEqual([10, 8]);
  });

  it('lie on the grid', () => {
    expect(() =>
      withDeadCores(chain(), [
        [64, 0],
        [0, -1],
      ]),
    ).toThrow(/64,0[^]*0,-1/);
  });

  it('are drawn from the seed of the chip, more of them at a higher rate', () => {
    const few = drawDeadCores(BOARDS.ns1e, 0.01, 5);
    const many = drawDeadCores(BOARDS.ns1e, 0.1, 5);
    expect(Math.abs(many.length / 4096 - 0.1)).toBeLessThan(0.02);
    expect(few.every(([x, y]) => many.some(([ax, ay]) => ax === x && ay === y))).toBe(true);
    expect(drawDeadCores(BOARDS.ns1e, 0.1, 6)).not.toEqual(many);
    expect(drawDeadCores(BOARDS.ns1e, 0, 5)).toEqual([]);
  });
});
