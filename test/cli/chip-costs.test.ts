import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, temporaryFolder } from './harness.js';

const inFolder = temporaryFolder().at;

const quantity = z.looseObject({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  unit: z.string(),
  status: z.string(),
});
const described = z.looseObject({ costs: z.record(z.string(), quantity) });

const costsOf = async (chip: string) => {
  const { code, out } = await cli(['chip', chip, '--json']);
  expect(code).toBe(0);
  return described.parse(JSON.parse(out)).costs;
};

describe('lodestone chip', () => {
  it('prints a spec file of a chip that is named, and else refuses to', async () => {
    const { code, out, err } = await cli(['chip', '--yaml']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/error\[unused-option\] --yaml: .*none is named[^]*northpole-small/);
  });

  it('prints what a core costs, with band, process, supply, status and source', async () => {
    const { out } = await cli(['chip', 'truenorth']);
    expect(out).toMatch(
      /^row read \(neuron update\) +19\.3 +18\.7 . 19\.6 +pJ +28 nm, 0\.775 V +derived +47 fJ per bit/m,
    );
    expect(out).toMatch(/^idle power of a core +9\.91 +9\.33 . 11\.1 +uW +28 nm, 0\.775 V +calibrated/m);
    expect(out).toMatch(/^area of a core +93,630 +um2 +28 nm +derived/m);
    const northPole = (await cli(['chip', 'northpole'])).out;
    expect(northPole).toMatch(/^static power of the chip +37\.5 +28\.\d . 58\.\d +W +12 nm +calibrated/m);
    expect(northPole).toMatch(/^byte over a link +1\.17 +0\.512 . 1\.43 +pJ +12 nm, 0\.8 V +derived/m);
  });

  it('has the costs of the chip at hand: a smaller core is cheaper, and less is known about it', async () => {
    const file = inFolder('half.yaml');
    writeFileSync(file, 'base: truenorth\naxonsPerCore: 128\nneuronsPerCore: 128\n');
    const [half, whole] = [await costsOf(file), await costsOf('truenorth')];
    expect(Object.keys(half)).toEqual(Object.keys(whole));
    for (const name of ['row read (neuron update)', 'idle power of a core', 'area of a core']) {
      const [a, b] = [half[name]!, whole[name]!];
      expect(a.value, name).toBeLessThan(b.value);
      expect((a.high - a.low) / a.value, name).toBeGreaterThan((b.high - b.low) / b.value);
    }
    const [small, chip] = [await costsOf('northpole-small'), await costsOf('northpole')];
    expect(small['byte of memory']!.value).toBeLessThan(chip['byte of memory']!.value);
    expect(small['area of a core']!.value).toBeLessThan(chip['area of a core']!.value);
  });
});
