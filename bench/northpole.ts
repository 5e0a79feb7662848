/**
 * Speed of the functional engine of NorthPole-style chips, one thread: single layers of the size of ResNet-50's, and ResNet-50 itself.
 *
 *   npm run bench -- northpole [--size 224] [--precision int8] [--repetitions 9] [--no-network] [--json]
 *
 * Rates: multiplications with additions (MAC) per second of CPU time, median of the repetitions and best; other programs matter less to CPU time than
 * to wall-clock time. They include all of a layer: gathering, sums, requantisation, store. The ratio is to plain loops over typed arrays that compute
 * the sums of some output rows of the same layer, and must give the same values.
 */
import { parseArgs } from 'node:util';
import { compileNorthPole } from '../src/compiler/targets/northpole/compile.js';
import { resnet50 } from '../src/chips/northpole/validation/resnet50.js';
import { RESNET50_PRECISIONS } from '../src/chips/northpole/validation/resnet50-precision.js';
import { NORTHPOLE } from '../src/hw-models/northpole/spec.js';
import type { BitWidth, NetworkGraph } from '../src/ir/network/types.js';
import type { VmmLayer } from '../src/ir/program/northpole.js';
import { byDefault, COMMON_OPTIONS, cpuSeconds, finish, machineText, median, QUICK, say } from './harness.js';
import { createNorthPoleEngine } from '../src/simulator/engines/northpole/engine.js';

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    size: { type: 'string', default: '224' },
    precision: { type: 'string', default: 'int8' },
    repetitions: { type: 'string', default: byDefault('9', '1') },
    'no-network': { type: 'boolean', default: QUICK },
  },
});
const repetitions = Number(values.repetitions);

/** A convolution with padding for an output of the same size. */
interface LayerShape {
  readonly name: string;
  readonly side: number;
  readonly nIn: number;
  readonly nOut: number;
  readonly window: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly bits?: BitWidth;
}

const LAYERS: readonly LayerShape[] = [
  { name: 'stem 7x7/2', side: 224, nIn: 3, nOut: 64, window: 7, stride: 2 },
  { name: '1x1', side: 56, nIn: 64, nOut: 256, window: 1 },
  { name: '3x3', side: 56, nIn: 64, nOut: 64, window: 3 },
  { name: '3x3', side: 28, nIn: 128, nOut: 128, window: 3 },
  { name: '3x3', side: 14, nIn: 256, nOut: 256, window: 3 },
  { name: '1x1', side: 14, nIn: 1024, nOut: 256, window: 1 },
  { name: '3x3', side: 7, nIn: 512, nOut: 512, window: 3 },
  { name: '1x1, one position', side: 1, nIn: 2048, nOut: 1000, window: 1 },
  { name: '3x3 channel by channel', side: 56, nIn: 128, nOut: 128, window: 3, groups: 128 },
  { name: '3x3, 1 x 1 bit', side: 14, nIn: 256, nOut: 256, window: 3, bits: 1 },
];

const measured: object[] = [];
const ratios: Record<string, number> = {};
say(machineText);
say('layer                    image   channels      MMAC   ms (CPU)   GMAC/s (best)      plain   ratio');
for (const shape of QUICK ? LAYERS.filter(({ side }) => side === 1) : LAYERS) benchLayer(shape);
if (!values['no-network']) benchNetwork();
finish({
  bench: 'northpole',
  rows: measured,
  ratios,
  notes: { unit: 'multiply-accumulates per second of CPU time', repetitions },
});

function benchLayer(shape: LayerShape): void {
  const { name, side, nIn, nOut, groups = 1 } = shape;
  const graph = layerGraph(shape);
  const { program } = compileNorthPole(graph, { spec: NORTHPOLE });
  const layer = program.layers.find((candidate) => candidate.kind === 'vmm');
  if (layer === undefined) throw new Error('no matrix in the program');
  const engine = createNorthPoleEngine(program);
  const most = shape.bits === 1 ? 1 : 255;
  const counts = Int16Array.from({ length: side * side * nIn }, (_, i) => ((i * 40503) >>> 3) & most);
  const output = program.tensors[layer.output]!.shape;
  const macs = output[0] * output[1] * nOut * shape.window ** 2 * (nIn / groups);
  const seconds = measure(() => engine.run(counts), Math.ceil(2e8 / macs));
  const rows = Math.max(1, Math.min(output[0], Math.floor(1e8 / (macs / output[0]))));
  const shapeOf = { height: side, width: side, nIn, outWidth: output[1], nOut };
  const plain = (): Int32Array => plainRows(layer, shapeOf, counts, rows);
  const plainSeconds = measure(plain, 1);
  compare(plain(), engine.run(counts), name);
  const [rate, best, plainRate] = [
    macs / median(seconds),
    macs / Math.min(...seconds),
    (macs * rows) / output[0] / median(plainSeconds),
  ];
  const title = `${name}, ${side}x${side}, ${nIn}-${nOut}`;
  measured.push({ layer: title, macs, rate, best, plainRate });
  ratios[`${title}: engine / plain loops`] = rate / plainRate;
  say(
    [
      name.padEnd(22),
      `${side}x${side}`.padStart(8),
      `${nIn}-${nOut}`.padStart(11),
      (macs / 1e6).toFixed(1).padStart(10),
      (median(seconds) * 1e3).toFixed(3).padStart(11),
      `${(rate / 1e9).toFixed(1)} (${(best / 1e9).toFixed(1)})`.padStart(16),
      (plainRate / 1e9).toFixed(2).padStart(11),
      (rate / plainRate).toFixed(0).padStart(8),
    ].join(''),
  );
}

/** Encode, convolution and, so that plain sums can be compared, scores: its 32-bit sums with the bias. */
function layerGraph({ nIn, nOut, side, window, stride = 1, groups = 1, bits = 8 }: LayerShape): NetworkGraph {
  const n = nOut * window * window * (nIn / groups);
  const weights = Int8Array.from({ length: n }, (_, i) => {
    const word = Math.imul(i + 1, 0x9e3779b1) >>> 24;
    return bits === 1 ? (word & 1) * 2 - 1 : word - 128;
  });
  const pad = (window - 1) >> 1;
  return {
    name: 'layer',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'image', shape: [side, side, nIn] },
      {
        kind: 'encode',
        id: 'code',
        input: 'image',
        code: bits === 1 ? { kind: 'threshold', level: 128 } : { kind: 'integer', bits, zeroPoint: 0, step: 1 },
      },
      {
        ...{ kind: 'conv2d', id: 'conv', input: 'code', nOut, weights, weightBits: bits, groups, padValue: 0 },
        ...{ window: [window, window], stride: [stride, stride], padding: [pad, pad, pad, pad] },
      },
      { kind: 'flatten', id: 'flat', input: 'conv' },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
}

/** The sums of the first output rows, as plain loops. */
function plainRows(
  { weights, geometry, groups }: VmmLayer,
  shape: {
    readonly height: number;
    readonly width: number;
    readonly nIn: number;
    readonly outWidth: number;
    readonly nOut: number;
  },
  x: Int16Array,
  rows: number,
): Int32Array {
  const { height, width, nIn, outWidth, nOut } = shape;
  const [kernelHeight, kernelWidth] = geometry.window;
  const inPerGroup = nIn / groups;
  const outPerGroup = nOut / groups;
  const out = new Int32Array(rows * outWidth * nOut);
  let at = 0;
  for (let oy = 0; oy < rows; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let o = 0; o < nOut; o++) {
        const first = Math.floor(o / outPerGroup) * inPerGroup;
        let sum = 0;
        for (let ky = 0; ky < kernelHeight; ky++) {
          const y = oy * geometry.stride[0] + ky - geometry.padding[0];
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < kernelWidth; kx++) {
            const xx = ox * geometry.stride[1] + kx - geometry.padding[2];
            if (xx < 0 || xx >= width) continue;
            const pixel = (y * width + xx) * nIn + first;
            const w = ((o * kernelHeight + ky) * kernelWidth + kx) * inPerGroup;
            for (let c = 0; c < inPerGroup; c++) sum += x[pixel + c]! * weights[w + c]!;
          }
        }
        out[at++] = sum;
      }
    }
  }
  return out;
}

function compare(expected: Int32Array, found: Int32Array, name: string): void {
  expected.forEach((value, i) => {
    if (found[i] !== value) throw new Error(`${name}: element ${i} is ${found[i]}, plain loops give ${value}`);
  });
}

function benchNetwork(): void {
  const size = Number(values.size);
  const precision = Object.values(RESNET50_PRECISIONS).find(({ name }) => name === values.precision);
  if (precision === undefined) throw new Error(`no precision ${values.precision}`);
  const { program } = compileNorthPole(resnet50({ size, precision }), { spec: NORTHPOLE });
  const started = cpuSeconds();
  const engine = createNorthPoleEngine(program);
  const packing = cpuSeconds() - started;
  const counts = Int16Array.from({ length: size * size * 3 }, (_, i) => (((i * 40503) >>> 3) & 255) - 128);
  const macs = program.layers.reduce((sum, layer) => {
    const [height, width] = program.tensors[layer.output]!.shape;
    return sum + (layer.kind === 'vmm' ? height * width * layer.weights.length : 0);
  }, 0);
  const seconds = measure(() => engine.run(counts), 1);
  const rate = (s: number): string => (macs / s / 1e9).toFixed(1);
  measured.push({
    network: program.name,
    size,
    macs,
    rate: macs / median(seconds),
    best: macs / Math.min(...seconds),
    packing,
  });
  say(
    `${program.name}, ${size} x ${size}: ${(macs / 1e9).toFixed(2)} GMAC in ${(median(seconds) * 1e3).toFixed(0)} ms ` +
      `(best ${(Math.min(...seconds) * 1e3).toFixed(0)}) of CPU time an image: ${rate(median(seconds))} (${rate(Math.min(...seconds))}) ` +
      `GMAC/s; weights packed in ${(packing * 1e3).toFixed(0)} ms`,
  );
}

/** CPU seconds of one call, for each repetition of `calls` calls. */
function measure(call: () => unknown, calls: number): readonly number[] {
  // The first calls run on code that is not optimised yet.
  for (let i = 0; i < 2 + calls; i++) call();
  return Array.from({ length: repetitions }, () => {
    const started = cpuSeconds();
    for (let i = 0; i < calls; i++) call();
    return (cpuSeconds() - started) / calls;
  });
}
