import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import type { TrueNorthCompileOptions } from '../../../src/chips/truenorth/options.js';
import { placementOf } from '../../../src/compiler/targets/truenorth/kept-placement.js';
import { compileNetwork } from '../../../src/flow.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import { denseChain } from '../../support/dense-chain.js';
import { smallSpiking } from '../../support/small-spiking.js';

const network = denseChain([300, 40, 30, 10]);
const compile = (options: Partial<TrueNorthCompileOptions> = {}, graph = network) =>
  compileNetwork(graph, { chip: trueNorth, ...options });

/** Codes and texts of what is refused. */
function refused(options: Partial<TrueNorthCompileOptions>, graph = network): readonly string[] {
  try {
    compile(options, graph);
  } catch (error) {
    if (error instanceof UserError)
      return error.diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`);
    throw error;
  }
  return [];
}

/** Places of the cores of a layer. */
const placesOf = ({ cores, coreLayer, layers }: TrueNorthProgram, name: string): readonly (readonly number[])[] =>
  [...coreLayer.keys()]
    .filter((core) => (layers[coreLayer[core]!]?.name ?? 'timer') === name)
    .map((core) => [cores.x[core]!, cores.y[core]!]);

const coresOf = (program: TrueNorthProgram, name: string): number => placesOf(program, name).length;
const allPlaces = ({ cores }: TrueNorthProgram): readonly string[] =>
  Array.from(cores.x, (x, core) => `${x},${cores.y[core]!}`);

describe('a pinned layer', () => {
  const plain = compile().program;
  const names = plain.layers.map(({ name }) => name);

  it('stands in its rectangle, and no two cores in one place', () => {
    const n = coresOf(plain, 'dense1');
    expect(n).toBeGreaterThan(1);
    const { program } = compile({ pin: [{ layer: 'dense1', x: 20, y: 30, width: n, height: 1 }] });
    expect(placesOf(program, 'dense1').every(([x, y]) => x! >= 20 && x! < 20 + n && y === 30)).toBe(true);
    expect(new Set(allPlaces(program)).size).toBe(program.cores.nCores);
  });

  it('may be the timer, and several at once', () => {
    const pin = [...names, 'timer'].map((layer, i) => ({ layer, x: 10 * i, y: 50, width: 5, height: 4 }));
    const { program } = compile({ pin });
    for (const { layer, x } of pin) {
      expect(placesOf(program, layer).every(([cx, cy]) => cx! >= x && cx! < x + 5 && cy! >= 50 && cy! < 54)).toBe(true);
    }
  });

  it('goes around faulty cores, and makes room for another one whose rectangle is inside its own', () => {
    const n = coresOf(plain, 'dense1');
    const m = coresOf(plain, 'dense2');
    const pin = [
      { layer: 'dense1', x: 0, y: 0, width: n + m + 1, height: 1 },
      { layer: 'dense2', x: 0, y: 0, width: m + 1, height: 1 },
    ];
    const { program } = compile({ pin, faulty: [[0, 0]] });
    expect(
      placesOf(program, 'dense2')
        .map(([x]) => x!)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: m }, (_, i) => i + 1));
    expect(placesOf(program, 'dense1').every(([, y]) => y === 0)).toBe(true);
  });

  it('is refused with everything that is wrong with every pin', () => {
    const n = coresOf(plain, 'dense1');
    const found = refused({
      faulty: [[5, 5]],
      pin: [
        { layer: 'dense11', x: 0, y: 0, width: 9, height: 9 },
        { layer: 'dense1', x: 5, y: 5, width: n, height: 1 },
        { layer: 'dense2', x: 60, y: 63, width: 5, height: 3 },
        { layer: 'dense1', x: 0, y: 0, width: 1, height: 1 },
      ],
    });
    expect(found).toEqual([
      `unknown-layer --pin dense11=0,0,9,9: no core belongs to a layer "dense11"; did you mean "dense1"?`,
      `pin-too-small --pin dense1=5,5,${n},1: the layer has ${n} cores, the rectangle ${n - 1} cells without its 1 faulty ones: 1 too few`,
      `pin-off-grid --pin dense2=60,63,5,3: the rectangle reaches 1 columns and 2 rows beyond the 64 x 64 cores of chip "truenorth"`,
      `pinned-twice --pin dense1=0,0,1,1: layer "dense1" is pinned already`,
    ]);
  });

  it('is refused where rectangles that overlap have too few cells together', () => {
    const n = coresOf(plain, 'dense1');
    const m = coresOf(plain, 'dense2');
    const most = Math.max(n, m);
    const pin = [
      { layer: 'dense1', x: 0, y: 0, width: most, height: 1 },
      { layer: 'dense2', x: 0, y: 0, width: most, height: 1 },
    ];
    expect(refused({ pin })[0]).toContain(
      `they have ${n + m} cores, and ${most} cells together: ${n + m - most} too few`,
    );
  });
});

describe('a kept placement', () => {
  const old = compile({ seed: 7 }).program;
  const keepPlacement = placementOf(old);

  it('gives the same places whatever the seed', () => {
    const { program, table } = compile({ seed: 8, keepPlacement });
    expect(allPlaces(program)).toEqual(allPlaces(old));
    expect(table).toContain(
      `placement kept: ${old.cores.nCores} cores stay where they were, 0 moved, 0 new, 0 of the old program are gone`,
    );
  });

  it('moves only what stands on a core that has failed since', () => {
    const faulty = [[old.cores.x[3]!, old.cores.y[3]!]] as const;
    const { program, table } = compile({ keepPlacement, faulty });
    const before = allPlaces(old);
    expect(allPlaces(program).flatMap((place, core) => (place === before[core] ? [] : [core]))).toEqual([3]);
    expect(table).toContain(
      `${old.cores.nCores - 1} cores stay where they were, 1 moved (their places cannot be used), 0 new`,
    );
  });

  it('of a smaller network places new cores around the others', () => {
    const larger = compile({ keepPlacement }, denseChain([300, 90, 30, 10])).program;
    const kept = new Set(allPlaces(old));
    expect(larger.cores.nCores).toBeGreaterThan(old.cores.nCores);
    expect(new Set(allPlaces(larger)).size).toBe(larger.cores.nCores);
    expect(allPlaces(larger).filter((place) => kept.has(place)).length).toBeGreaterThanOrEqual(old.cores.nCores - 1);
  });

  it('follows what a core holds where cores of a layer change their order', () => {
    const cores = { ...old.cores };
    const twisted = placementOf({ ...old, cores });
    const own = [...old.coreLayer.keys()].filter((core) => old.coreRole[core] === 'partial');
    const [a = -1, b = -1] = own;
    expect(b).toBeGreaterThan(a);
    const content = twisted.content.slice();
    [content[2 * a], content[2 * b]] = [content[2 * b]!, content[2 * a]!];
    [content[2 * a + 1], content[2 * b + 1]] = [content[2 * b + 1]!, content[2 * a + 1]!];
    const { program } = compile({ keepPlacement: { ...twisted, content } });
    const [before, now] = [allPlaces(old), allPlaces(program)];
    expect([now[a], now[b]]).toEqual([before[b], before[a]]);
  });

  it('gives way to pins', () => {
    const { program, table } = compile({
      keepPlacement,
      pin: [{ layer: 'dense2', x: 40, y: 40, width: 3, height: 3 }],
    });
    expect(placesOf(program, 'dense2').every(([x, y]) => x! >= 40 && y! >= 40)).toBe(true);
    expect(table).toContain(`${coresOf(old, 'dense2')} moved (their places cannot be used)`);
    const first = placesOf(old, 'dense2')[0]!;
    const squeezed = compile({
      keepPlacement,
      pin: [{ layer: 'dense1', x: first[0]!, y: first[1]!, width: 8, height: 8 }],
    });
    expect(new Set(allPlaces(squeezed.program)).size).toBe(old.cores.nCores);
  });

  it('is recorded, so that a second compilation gives the same program', () => {
    const first = compile({ seed: 3, keepPlacement });
    const again = compile({ ...first.compile }).program;
    expect(again).toEqual(first.program);
  });

  it('is refused where it is none', () => {
    expect(refused({ keepPlacement: { ...keepPlacement, x: new Int16Array(1) } })[0]).toContain('is no placement');
  });

  it('of a chip with another grid keeps what lies on this one', () => {
    const small = { ...TRUENORTH, gridWidth: 6, gridHeight: 7 };
    const moved = { ...keepPlacement, x: keepPlacement.x.map((x, core) => (core === 0 ? 50 : x)) };
    const { program } = compileNetwork(network, { chip: trueNorth, spec: small, keepPlacement: moved });
    expect(program.cores.x.every((x) => x < 6)).toBe(true);
  });
});

describe('a network with time', () => {
  const spiking = smallSpiking({ weights: [3, 2, 1, 4], nOut: 2 });
  it('is pinned and kept like any other', () => {
    const plain = compile({}, spiking).program;
    const layer = plain.layers[0]!.name;
    const { program } = compile({ pin: [{ layer, x: 33, y: 44, width: 4, height: 4 }] }, spiking);
    expect(placesOf(program, layer).every(([x, y]) => x! >= 33 && y! >= 44)).toBe(true);
    const kept = compile({ keepPlacement: placementOf(program) }, spiking).program;
    expect(allPlaces(kept)).toEqual(allPlaces(program));
    expect(refused({ pin: [{ layer: 'nobody', x: 0, y: 0, width: 1, height: 1 }] }, spiking)[0]).toContain(
      'unknown-layer',
    );
  });
});
