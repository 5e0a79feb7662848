/** A data set, a recipe and a specification that take a second: 8 x 8 images, of which one quadrant is bright. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';

const SIDE = 8;
const CLASSES = 4;

/** A folder of this test file, removed at its end. */
export function studyFolderForTest(): { readonly at: (name: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'lodestone-study-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'quadrants'));
  writeSplit(join(folder, 'quadrants'), 'train', 300, 1);
  writeSplit(join(folder, 'quadrants'), 't10k', 80, 2);
  writeFileSync(join(folder, 'tiny.yaml'), RECIPE);
  return { at: (name) => join(folder, name) };
}

/** Writes an IDX pair. */
function writeSplit(folder: string, split: string, n: number, seed: number): void {
  const random = sequence(seed, PURPOSE.test);
  const images = new Uint8Array(n * SIDE * SIDE);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const label = random.below(CLASSES);
    labels[i] = label;
    for (let p = 0; p < SIDE * SIDE; p++) {
      const quadrant = (p % SIDE < SIDE / 2 ? 0 : 1) + (p < (SIDE * SIDE) / 2 ? 0 : 2);
      images[i * SIDE * SIDE + p] = random.uniform() < (quadrant === label ? 0.65 : 0.35) ? 255 : 0;
    }
  }
  const idx = (dimensions: readonly number[], values: Uint8Array): Buffer => {
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    header.set([0, 0, 8, dimensions.length]);
    dimensions.forEach((size, d) => header.writeUInt32BE(size, 4 + 4 * d));
    return Buffer.concat([header, values]);
  };
  writeFileSync(join(folder, `${split}-images-idx3-ubyte`), idx([n, SIDE, SIDE], images));
  writeFileSync(join(folder, `${split}-labels-idx1-ubyte`), idx([n], labels));
}

/** 64 - 16 - 4 with sign activations. The bound is a power of two: scores that are equal are equal in every form of the network. */
export const RECIPE = `name: tiny
dataset: mnist
seed: 1
input: { kind: threshold, level: 128 }
layers:
  - { kind: flatten }
  - { kind: dense, name: first, outputs: 16, weights: { kind: sign, bound: 0.125 } }
  - { kind: batchNorm }
  - { kind: sign }
  - { kind: dense, name: second, outputs: 4, weights: { kind: sign, bound: 0.125 } }
output: scores
training: { epochs: 3, batchSize: 20, learningRate: 0.01, logitScale: 0.2, validationImages: 40 }
`;

/** Networks of the specification of a test, without what is to be measured. */
export const NETWORKS = `name: tiny-study
seed: 5
chips: 3
images: 80
networks:
  - family: mlp
    recipe: tiny.yaml
    datasets: [./quadrants]
    variants:
      clip: { weights: { kind: clip, bound: 0.125 } }
      sign: { weights: { kind: sign, bound: 0.125 } }
      sign-2: { weights: { kind: sign, bound: 0.125 }, seed: 2 }
      sign-3: { training: { epochs: 2 }, seed: 3 }
`;

/** All parts that both chips have. */
export const PARTS = `quantise: { bits: 8 }
distortions:
  networks: ['*-clip']
  effects: { additive: [0, 0.8], power: [0.5] }
faults:
  - { chip: truenorth, networks: ['*-sign', '*-clip'], effect: ber, levels: [0, 0.1] }
  - { chip: northpole, networks: ['*-clip'], effect: ber, levels: [0.02] }
layers:
  - { chip: northpole, networks: ['*-sign'], effect: ber, level: 0.2 }
cores:
  - { chip: truenorth, networks: ['*-sign'], effect: ber, level: 0.2, atMost: 2 }
bits:
  - { chip: northpole, networks: ['*-clip'], effect: ber, level: 0.2 }
voltage:
  - chip: northpole
    networks: ['*-sign']
    table: [{ volts: 0.8, ber: 0, energyScale: 1 }, { volts: 0.6, ber: 0.05, energyScale: 0.5 }]
countermeasures:
  - chip: northpole
    effect: ber
    levels: [0.05]
    baseline: mlp-quadrants-clip
    measures:
      protect: { protectedBits: [7, 6] }
      binary: { network: mlp-quadrants-sign }
      three: { ensemble: [mlp-quadrants-sign, mlp-quadrants-sign-2, mlp-quadrants-sign-3] }
`;
