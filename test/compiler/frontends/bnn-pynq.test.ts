import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { openNetwork } from '../../../src/compiler/frontends/open-network.js';
import { lowerWithWarnings } from '../../../src/compiler/pipelines.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../../../src/ir/network/input-code.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { besideFile } from '../../support/beside-file.js';
import {
  asFolder,
  decideByCounting,
  madeNetwork,
  type MadeLayer,
  type MadeNetwork,
  tarOf,
} from '../../support/bnn-pynq.js';

const DENSE: readonly MadeLayer[] = [
  { nIn: 832, nOut: 24, simd: 64, pe: 8 },
  { nIn: 24, nOut: 16, simd: 8, pe: 4 },
  { nIn: 16, nOut: 8, simd: 4, pe: 2 },
];
const CONV: readonly MadeLayer[] = [
  { nIn: 27, nOut: 8, simd: 3, pe: 4, conv: { window: 3, channels: 3, input: 10 } },
  { nIn: 72, nOut: 6, simd: 8, pe: 2, conv: { window: 3, channels: 8, input: 4 } },
  { nIn: 24, nOut: 8, simd: 12, pe: 8 },
];

/** At most 32 synapses of two bits go into a word. */
const narrowed = (layer: MadeLayer): MadeLayer => ({ ...layer, simd: Math.min(layer.simd, 32) });

/** The decision of a network of either dialect on an image. */
function decisions(graph: NetworkGraph, images: readonly Uint8Array[]): readonly number[] {
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('unexpected start');
  const interpreter = createInterpreter(graph);
  const counts = codedBuffer(code.code, sizeOf(input.shape));
  return images.map((image, i) => {
    encodeCounts(code.code, image, i, 0, counts);
    return interpreter.decide(interpreter.run(counts));
  });
}

/** Compares float and integer network with the count of the hardware on 60 random images. */
async function expectSame(made: MadeNetwork, nPixels: number, nClasses: number): Promise<void> {
  const imported = await openNetwork(asFolder(made.files));
  const { graph, operators, warnings } = imported;
  expect(warnings).toEqual([]);
  expect(operators.map(({ fidelity }) => fidelity)).toEqual(made.layers.map(() => 'exact'));
  const random = sequence(5, PURPOSE.test, 41);
  // Every second one is dark or bright as a whole: to sums over many pixels all-random images look alike.
  const images = Array.from({ length: 60 }, (_, i) => {
    const [low, spread] = i % 2 === 0 ? [0, 256] : [random.below(200), 1 + random.below(56)];
    return Uint8Array.from({ length: nPixels }, () => low + random.below(spread));
  });
  const wanted = images.map((image) => decideByCounting(made, image, nClasses));
  expect(new Set(wanted).size).toBeGreaterThan(1);
  expect(decisions(graph, images)).toEqual(wanted);
  expect(decisions(lowerWithWarnings(graph).graph, images)).toEqual(wanted);
  // The file by itself: the counts of the hardware again, from its words, and the same values between the layers of the network.
  expect(images.map((image) => imported.file?.evaluate(image).decision)).toEqual(wanted);
  const beside = besideFile(imported, 20, 3, 1e-12);
  expect(beside.differing).toEqual(new Map());
  const shown = graph.nodes.filter(({ kind }) => ['encode', 'sign', 'quantise', 'maxPool', 'scores'].includes(kind));
  expect([...beside.seen]).toEqual(expect.arrayContaining(shown.map(({ id }) => id)));
}

const findingsOf = async (read: Promise<unknown>): Promise<readonly string[]> => {
  try {
    await read;
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ place, message }) => `${place}: ${message}`);
    throw error;
  }
  return [];
};

describe('parameters of BNN-PYNQ', () => {
  it('decide as the hardware that counts equal bits, fully connected, with and without thresholds in the last layer', async () => {
    for (const lastThresholds of [true, false]) {
      await expectSame(madeNetwork(DENSE, { seed: 1, nClasses: 5, lastThresholds }), 784, 5);
    }
  });

  it('decide as the hardware, convolutions of 8-bit pixels and a maximum where the next layer reads half the rows', async () => {
    await expectSame(madeNetwork(CONV, { seed: 2, nClasses: 4, lastThresholds: false }), 300, 4);
  });

  it.each([
    { weights: 1, activations: 2 },
    { weights: 2, activations: 2 },
  ] as const)(
    'with weights of $weights and activations of $activations bits decide as the hardware that sums products and counts thresholds',
    async (bits) => {
      for (const lastThresholds of [true, false]) {
        const made = madeNetwork(DENSE.map(narrowed), { seed: 7, nClasses: 5, lastThresholds, bits });
        await expectSame(made, 784, 5);
      }
      await expectSame(madeNetwork(CONV, { seed: 8, nClasses: 4, lastThresholds: false, bits }), 300, 4);
    },
  );

  it('of two bits give activations -1, 0 and 1, and where both thresholds are one no 0', async () => {
    const bits = { weights: 2, activations: 2 } as const;
    const made = madeNetwork(DENSE.map(narrowed), { seed: 9, nClasses: 5, lastThresholds: false, bits });
    const { graph } = await openNetwork(asFolder(made.files));
    const input = graph.nodes.find(({ id }) => id === 'layer0.activation');
    expect(input).toMatchObject({ kind: 'quantise', step: 1, bits: 2, signed: true, levels: [-1, 1] });
    const thresholds = present(made.layers[0]?.thresholds, 'thresholds');
    const interpreter = createInterpreter({
      ...graph,
      nodes: [...graph.nodes.slice(0, 5), { kind: 'scores', id: 'end', input: 'layer0.activation' }],
    });
    const random = sequence(10, PURPOSE.test, 42);
    const seen = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const values = interpreter.run(Array.from({ length: 784 }, () => random.below(2)));
      Array.from(values).forEach((value, o) => {
        expect([-1, 0, 1]).toContain(value);
        if (thresholds[2 * o] === thresholds[2 * o + 1]) expect(value).not.toBe(0);
        seen.add(value);
      });
    }
    expect(seen.size).toBe(3);
  });

  it('are read from a .tar.gz, whatever folders it has inside', async () => {
    const { files } = madeNetwork(DENSE, { seed: 3, nClasses: 5, lastThresholds: true });
    const archive = gzipSync(tarOf([...files].map(([name, bytes]) => [`mnist/net/${name}`, bytes] as const)));
    const packed = { bytes: archive, place: 'net.tar.gz', beside: () => Promise.resolve(undefined) };
    const fromArchive = await openNetwork(packed);
    const fromFolder = await openNetwork(asFolder(files));
    expect(fromArchive.graph).toEqual(fromFolder.graph);
    expect(fromArchive.format).toBe('BNN-PYNQ parameters');
  });

  it('are read where their header is the model and they are named apart, folder or archive', async () => {
    const { files } = madeNetwork(DENSE, { seed: 3, nClasses: 5, lastThresholds: true });
    const together = await openNetwork(asFolder(files));
    const bytes = present(files.get('config-made.h'), 'config');
    const rest = new Map([...files].filter(([name]) => !name.endsWith('.h')));
    const none = (): Promise<undefined> => Promise.resolve(undefined);
    const header = { bytes, place: 'net/config-made.h', beside: none };
    const archive = { bytes: gzipSync(tarOf([...rest])), place: 'net.tar.gz', beside: none };
    for (const weights of [asFolder(rest), archive]) {
      expect((await openNetwork(header, { weights })).graph).toEqual(together.graph);
    }
    expect(await findingsOf(openNetwork(header))).toEqual(['net/config-made.h: a header without its parameters']);
    const text = { bytes: new TextEncoder().encode('#define X 1'), place: 'net.txt', beside: none };
    expect(await findingsOf(openNetwork(header, { weights: text }))).toEqual([
      'net.txt: it is no folder and no .tar.gz',
    ]);
  });

  it('are refused with everything that is missing or has another size, at once', async () => {
    const { files } = madeNetwork(DENSE, { seed: 4, nClasses: 5, lastThresholds: true });
    files.delete('0-3-weights.bin');
    files.set('1-1-thres.bin', new Uint8Array(3));
    files.set('2-0-weights.bin', present(files.get('2-0-weights.bin'), 'weights').subarray(8));
    expect(await findingsOf(openNetwork(asFolder(files)))).toEqual([
      'made: 0-3-weights.bin: the file is missing',
      'made: 1-1-thres.bin: 3 bytes, 32 are needed',
      'made: 2-0-weights.bin: 120 bytes, 128 are needed',
    ]);
  });

  it('are refused without config.h, with bits that are not read, and with names of more classes than outputs', async () => {
    const made = (): Map<string, Uint8Array> =>
      madeNetwork(DENSE, { seed: 4, nClasses: 5, lastThresholds: true }).files;
    const without = made();
    without.delete('config-made.h');
    expect(await findingsOf(openNetwork(asFolder(without)))).toEqual([
      'made: there is no config.h among its files, which says how the parameters are folded',
    ]);
    const config = new TextDecoder().decode(present(made().get('config-made.h'), 'config'));
    const wide = made();
    wide.set('config-made.h', new TextEncoder().encode(config.replace('L1_WPI 1', 'L1_WPI 2').replace('L0_PE 8', '')));
    expect(await findingsOf(openNetwork(asFolder(wide)))).toEqual([
      'made: config-made.h: L0_PE is missing',
      'made: layer 1 has weights of 2 and activations of 1 bits on inputs of 1; the overlays that are known are W1A1, W1A2 and W2A2, in whole numbers',
    ]);
    const fractions = made();
    fractions.set('config-made.h', new TextEncoder().encode(config.replace('L1_WPF 0', 'L1_WPF 1')));
    expect(await findingsOf(openNetwork(asFolder(fractions)))).toEqual([
      'made: layer 1 has 1 and 0 bits of weights and activations behind the point; the overlays that are known are W1A1, W1A2 and W2A2, in whole numbers',
    ]);
    const many = made();
    many.set('classes.txt', new TextEncoder().encode('a\n'.repeat(9)));
    expect(await findingsOf(openNetwork(asFolder(many)))).toEqual(['made: classes.txt: 9 names for 8 outputs']);
  });
});

const real = fileURLToPath(new URL('../../../../shared/models/bnn-pynq', import.meta.url));
const missing = !existsSync(real);

describe(`the published networks of BNN-PYNQ${missing ? ' (skipped: ../shared/models/bnn-pynq is not there)' : ''}`, () => {
  it.skipIf(missing).each(['mnist-lfcW1A1', 'cifar10-cnvW1A1'])(
    '%s: its parameters, counted, have the values of every activation of the network',
    { timeout: 120_000 },
    async (name) => {
      const bytes = new Uint8Array(readFileSync(`${real}/${name}.tar.gz`));
      const imported = await openNetwork({ bytes, place: name, beside: () => Promise.resolve(undefined) });
      const found = besideFile(imported, 5, 8, 0);
      expect(found.differing).toEqual(new Map());
      expect(found.seen.size).toBeGreaterThan(5);
      expect(found).toMatchObject({ decided: 5, sameDecision: 5 });
    },
  );
});
