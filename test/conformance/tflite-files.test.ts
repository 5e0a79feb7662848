/** Networks of other projects as TensorFlow Lite files, with what they are known to compute. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { UserError } from '../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE } from '../../src/hw-models/northpole/spec.js';
import { createNorthPoleEngine } from '../../src/simulator/engines/northpole/engine.js';
import { agreedScores } from '../support/three-engines.js';
import { tflite } from '../../src/compiler/frontends/tflite/index.js';
import type { ImportedNetwork, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { codedSamples } from '../../src/evaluation/coded-samples.js';
import { createFloatEngine } from '../../src/evaluation/float/engine.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
const missing = !existsSync(`${shared}models`);
const note = missing ? ' (skipped: ../shared/models is not there)' : '';
const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(shared + path));
const open = (path: string, options: ImportOptions = {}): Promise<ImportedNetwork> =>
  tflite.read({ bytes: bytesOf(path), place: path, beside: () => Promise.resolve(undefined) }, options);

/** Elements of a .npy file of this size behind its header. */
const elements = (path: string, n: number): Uint8Array => bytesOf(path).slice(-n);

/** Integer scores of every image, [images][classes]. */
function scoresOf(graph: NetworkGraph, images: Uint8Array, n: number): readonly Float64Array[] {
  const engine = present(createFloatEngine(graph), 'engine');
  const code = present(graph.nodes[1], 'code');
  if (code.kind !== 'encode') throw new Error('no code');
  const coded = codedSamples(code.code, images, images.length / n, 1);
  const scores: Float64Array[] = [];
  for (let first = 0; first < n; first += engine.tile) {
    const size = Math.min(engine.tile, n - first);
    const out = new Float64Array(engine.tile * engine.nClasses);
    engine.run({ coded, first, n: size }, out);
    for (let s = 0; s < size; s++) scores.push(out.slice(s * engine.nClasses, (s + 1) * engine.nClasses));
  }
  return scores;
}

describe.skipIf(missing)(`TensorFlow Lite files on NorthPole${note}`, () => {
  it.each([
    ['mlperf-tiny/kws/kws_ref_model', 490],
    ['mlperf-tiny/pretrainedResnet_quant', 3072],
    ['tflite-micro/person_detect', 9216],
    ['tflite-micro/hello_world_int8', 1],
  ] as const)(
    'have the scores of the integer network on every image: %s',
    { timeout: 300_000 },
    async (name, pixels) => {
      const { graph } = await open(`models/${name}.tflite`);
      const n = 10;
      const r = sequence(7, PURPOSE.test, pixels);
      const images = Uint8Array.from({ length: n * pixels }, () => r.below(256));
      const engine = createNorthPoleEngine(compileNorthPole(graph, { spec: NORTHPOLE }).program);
      const code = present(graph.nodes[1], 'code');
      if (code.kind !== 'encode') throw new Error('no code');
      const coded = codedSamples(code.code, images, pixels, 1);
      scoresOf(graph, images, n).forEach((scores, s) => {
        expect(Array.from(engine.run(coded(s)))).toEqual(Array.from(scores));
      });
    },
  );

  it('run cycle by cycle: keyword spotting, and the sine', { timeout: 300_000 }, async () => {
    const spotting = await open('models/mlperf-tiny/kws/kws_ref_model.tflite');
    agreedScores(
      spotting.graph,
      [elements('models/mlperf-tiny/kws/kws01_inputs.npy', 490).map((x) => x ^ 128)],
      NORTHPOLE,
    );
    const sine = await open('models/tflite-micro/hello_world_int8.tflite');
    agreedScores(sine.graph, [Uint8Array.of(0), Uint8Array.of(77), Uint8Array.of(255)], NORTHPOLE);
  });
});

describe.skipIf(missing)(`TensorFlow Lite files of TensorFlow Lite Micro and Larq${note}`, () => {
  it('approximate the sine', async () => {
    const { graph } = await open('models/tflite-micro/hello_world_int8.tflite');
    const scores = scoresOf(
      graph,
      Uint8Array.from({ length: 256 }, (_, x) => x),
      256,
    );
    const last = present(graph.nodes.at(-1), 'output');
    const scale = last.kind === 'scores' ? (last.scale?.[0] ?? 1) : 1;
    const error = Math.max(...scores.map(([y = 0], x) => Math.abs(scale * y - Math.sin(x * 0.024480115622282028))));
    expect(error).toBeLessThan(0.12);
  });

  it('read the example of Larq Compute Engine', async () => {
    await expect(open('models/larq/lce_example.tflite')).rejects.toThrow(UserError);
    const { graph, operators } = await open('models/larq/lce_example.tflite', { inputRange: [0, 1] });
    expect(operators.map(({ operator, fidelity }) => `${operator} ${fidelity}`)).toEqual([
      ...['CONV_2D exact', 'Bsign exact', 'CONV_2D exact', 'Bsign exact', 'MEAN exact', 'FULLY_CONNECTED exact'],
      'SOFTMAX dropped',
    ]);
    expect(scoresOf(graph, new Uint8Array(28 * 28 * 3), 1)).toHaveLength(1);
  });
});
