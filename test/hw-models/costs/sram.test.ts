import { describe, expect, it } from 'vitest';
import { sramAreaMm2, sramLeakageUw, sramReadPj } from '../../../src/hw-models/costs/sram.js';

// CACTI 7, low standby power: KB, pJ per read of 32, 128 and 512 bits (0: no such memory) at 45, 28 and 22 nm.
const CACTI = [
  [1, [1.3, 3.4, 0], [0.52, 1.3, 0], [0.3, 0.76, 0]],
  [4, [2.9, 4.4, 31], [1.6, 2.7, 12], [0.96, 1.6, 7.2]],
  [32, [12, 20, 40], [4.3, 8.6, 17], [2.6, 5.2, 10]],
  [256, [33, 76, 199], [12, 32, 83], [7.4, 18, 51]],
  [1024, [68, 153, 434], [25, 60, 194], [15, 36, 116]],
] as const;
const NODES = [45, 28, 22] as const;
const WIDTHS = [32, 128, 512] as const;

const read = (kb: number, widthBits: number, nodeNm: number): number =>
  sramReadPj({ bytes: kb * 1024, widthBits, nodeNm }).value;

describe('the energy of a memory', () => {
  it.each(NODES)('at %d nm is that of CACTI to 0.3 rms in ln', (nodeNm) => {
    const column = NODES.indexOf(nodeNm);
    const errors = CACTI.flatMap(([kb, ...nodes]) =>
      WIDTHS.flatMap((width, w) => {
        const pj = nodes[column]![w]!;
        return pj === 0 ? [] : [Math.log(read(kb, width, nodeNm) / pj)];
      }),
    );
    expect(errors).toHaveLength(14);
    expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)).toBeLessThan(0.3);
  });

  // Horowitz 2014 (45 nm) and Jouppi et al. 2021, table 2 (7 nm), 64 bits.
  it.each([
    [8, 45, 10],
    [32, 45, 20],
    [1024, 45, 100],
    [8, 7, 7.5],
    [32, 7, 8.5],
    [1024, 7, 14],
  ])('of %d KB at %d nm has a band that holds the %d pJ in print', (kb, nodeNm, pj) => {
    const { value, low, high } = sramReadPj({ bytes: kb * 1024, widthBits: 64, nodeNm });
    expect(value / low!).toBeCloseTo(3, 10);
    expect(low).toBeLessThan(pj);
    expect(high).toBeGreaterThan(pj);
    if (nodeNm === 45) expect(pj / value).toBeLessThan(1.55);
  });

  it('grows with size, width and feature size', () => {
    expect(read(64, 64, 28)).toBeGreaterThan(read(32, 64, 28));
    expect(read(32, 128, 28)).toBeGreaterThan(read(32, 64, 28));
    let before = 0;
    for (const nodeNm of [5, 7, 12, 16, 22, 28, 32, 40, 45]) {
      const now = read(32, 64, nodeNm);
      expect(now, `${nodeNm} nm`).toBeGreaterThan(before);
      before = now;
    }
  });

  it('depends on the transistors: fast ones cost less a read and leak more', () => {
    const about = { bytes: 196_608 * 1024, widthBits: 64, nodeNm: 12 } as const;
    const [lstp, lop, hp] = (['lstp', 'lop', 'hp'] as const).map((devices) => ({
      read: sramReadPj({ ...about, devices }).value,
      leaks: sramLeakageUw({ ...about, devices }).value * 1e-6,
    }));
    expect(lop!.read).toBeLessThan(hp!.read);
    expect(hp!.read).toBeLessThan(lstp!.read);
    expect([lop!.read / lstp!.read, hp!.read / lstp!.read]).toEqual([
      expect.closeTo(0.57, 12),
      expect.closeTo(0.9, 12),
    ]);
    // 192 MiB at 12 nm: 0.02, 0.75 and 8.9 W.
    expect(lstp!.leaks).toBeCloseTo(0.02, 1);
    expect(Math.abs(lop!.leaks / 0.75 - 1)).toBeLessThan(0.1);
    expect(Math.abs(hp!.leaks / 8.9 - 1)).toBeLessThan(0.1);
  });
});

describe('the area of a memory', () => {
  it('is near that of its cells in print: 0.152 um2 a bit at 28 nm', () => {
    const bits = 256 * 410;
    const um2 = sramAreaMm2({ bytes: bits / 8, widthBits: 410, nodeNm: 28 }).value * 1e6;
    expect(um2 / bits).toBeGreaterThan(0.152);
    expect(um2 / bits).toBeLessThan(0.27);
  });

  it('grows with size and width and shrinks with the feature size', () => {
    const area = (bytes: number, widthBits: number, nodeNm: number): number =>
      sramAreaMm2({ bytes, widthBits, nodeNm }).value;
    expect(area(65_536, 64, 22)).toBeGreaterThan(area(32_768, 64, 22));
    expect(area(32_768, 128, 22)).toBeGreaterThan(area(32_768, 64, 22));
    expect(area(32_768, 64, 12)).toBeCloseTo((area(32_768, 64, 22) * 12) / 22, 12);
  });
});
