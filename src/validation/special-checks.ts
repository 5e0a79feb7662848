/** Checks of what is known of single files beside accuracies: golden classes, digits a device printed, scores of a reference. */
import { present } from '../common/assert.js';
import { PURPOSE, sequence } from '../common/rng.js';
import { openNetwork } from '../compiler/frontends/open-network.js';
import { lowerToInteger } from '../compiler/pipelines.js';
import { readBounded } from '../data/files/bounded.js';
import { npyNumbers, parseNpy } from '../data/files/npy.js';
import { type ImportText, pathFrom, readModelFile } from '../data/model-file.js';
import { createInterpreter } from '../evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../ir/network/input-code.js';
import { decide } from '../ir/network/readout.js';
import { sizeOf } from '../ir/network/shapes.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { type Check, type CheckHost, once } from './check.js';
import { KNOWN_NETWORKS, type KnownNetwork } from './known-networks.js';
import { kwsReference } from './kws-reference.js';
import type { Evaluated } from './network-checks.js';
import { softmax, softmaxParameters } from './tflite-softmax.js';

const EQUAL = { kind: 'absolute', value: 0 } as const;
const KWS = 'mlperf-tiny/kws/kws_ref_model.tflite';

/** All of them. */
export const specialChecks = (host: CheckHost, evaluated: (known: KnownNetwork) => Evaluated): readonly Check[] => [
  ...deviceChecks(host, evaluated),
  ...finnChecks(host),
  ...kwsChecks(host),
  ...personChecks(host),
];

/** Keyword spotting on silicon: what a device printed for each of 1,000 inputs. */
function deviceChecks(host: CheckHost, evaluated: (known: KnownNetwork) => Evaluated): readonly Check[] {
  const outputs = 'mlperf-tiny/kws/kws01_device_outputs.npy';
  const known = present(
    KNOWN_NETWORKS.find(({ file }) => file === KWS),
    KWS,
  );
  const source = 'a device with the reference kernels of TensorFlow Lite Micro: 12 probabilities of three decimals';
  const counted = once(async () => {
    const { open, evaluate } = evaluated(known);
    const opened = await open();
    const { scores, predictions, nSamples } = await evaluate();
    const printed = npyNumbers(parseNpy(await readBounded(pathFrom(host.models, outputs)), outputs, 'numbers'));
    const last = present(opened.graph.nodes.at(-1), 'output');
    const parameters = softmaxParameters(last.kind === 'scores' ? (last.scale?.[0] ?? 1) : 1);
    let [sameClass, sameDigits] = [0, 0];
    for (let s = 0; s < nSamples; s++) {
      const device = printed.subarray(12 * s, 12 * (s + 1));
      const own = softmax(Array.from(scores.subarray(12 * s, 12 * (s + 1))), parameters).map((q) => (q + 128) / 256);
      // The first of equal probabilities, as devices have it.
      if (decide(own) === decide(device) && predictions[s] === decide(device)) sameClass++;
      // It cuts digits off.
      if (own.every((p, k) => Math.abs(Math.floor(p * 1000) / 1000 - device[k]!) < 1e-6)) sameDigits++;
    }
    return { sameClass, sameDigits };
  });
  const files = [KWS, outputs, 'mlperf-tiny/kws/kws01_inputs.npy', 'mlperf-tiny/kws/kws01_labels.npy'];
  const common = { files, source, unit: 'of 1,000 inputs' };
  return [
    {
      ...{ id: 'keyword spotting DS-CNN: same class as the device', published: 1000, tolerance: EQUAL, ...common },
      compute: async () => (await counted()).sameClass,
    },
    {
      ...{ id: 'keyword spotting DS-CNN: same printed digits as the device', published: 995, ...common },
      tolerance: { kind: 'atLeast' },
      compute: async () => (await counted()).sameDigits,
    },
  ];
}

/** Scores and decision of a network of either dialect on the bytes of one image. */
function imageRunner(
  graph: NetworkGraph,
): (bytes: Uint8Array) => { readonly scores: Float64Array; readonly label: number } {
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode')
    throw new Error('internal error: a network starts with its input');
  const interpreter = createInterpreter(graph);
  const counts = codedBuffer(code.code, sizeOf(input.shape));
  return (bytes) => {
    encodeCounts(code.code, bytes, 0, 0, counts);
    const scores = interpreter.run(counts).slice();
    return { scores, label: interpreter.decide(scores) };
  };
}

async function readGraph(file: string, text: Pick<ImportText, 'inputRange'>, host: CheckHost): Promise<NetworkGraph> {
  return (await openNetwork(await readModelFile(pathFrom(host.models, file)), text)).graph;
}

const numbersOf = async (file: string, host: CheckHost): Promise<readonly number[]> => [
  ...npyNumbers(parseNpy(await readBounded(pathFrom(host.models, file)), file, 'numbers')),
];

function finnChecks(host: CheckHost): readonly Check[] {
  const [file, inputs, expected] = [
    'qonnx/finn-tfc-multithreshold.onnx',
    'qonnx/finn-tfc-input.npy',
    'qonnx/finn-tfc-expected.npy',
  ];
  const right = async (graph: NetworkGraph): Promise<number> => {
    const run = imageRunner(graph);
    const images = await numbersOf(inputs, host);
    const labels = await numbersOf(expected, host);
    return labels.filter((label, i) => run(Uint8Array.from(images.slice(784 * i, 784 * (i + 1)))).label === label)
      .length;
  };
  const read = once(() => readGraph(file, { inputRange: [0, 255] }, host));
  const common = { published: 4, unit: 'of 4 images', tolerance: EQUAL, files: [file, inputs, expected] };
  const source = 'the labels that come with the file';
  return [
    {
      ...{ id: 'finn-tfc (MultiThreshold): golden labels, as imported', source, ...common },
      compute: async () => right(await read()),
    },
    {
      ...{ id: 'finn-tfc (MultiThreshold): golden labels, integer network', source, ...common },
      compute: async () => right(lowerToInteger(await read())),
    },
  ];
}

/** Random inputs of the comparison with the reference. */
const KWS_INPUTS = 1000;

function kwsChecks(host: CheckHost): readonly Check[] {
  const [file, input, expected] = ['qonnx/kwsmlp_w3a3.onnx', 'qonnx/kws_input.npy', 'qonnx/kws_expected_output.npy'];
  const read = once(async () => ({
    graph: await readGraph(file, {}, host),
    reference: kwsReference(await readBounded(pathFrom(host.models, file)), file),
  }));
  const compared = once(async () => {
    const { graph, reference } = await read();
    const float = imageRunner(graph);
    const integer = imageRunner(lowerToInteger(graph));
    const draw = sequence(11, PURPOSE.test);
    let [worst, different] = [0, 0];
    for (let i = 0; i < KWS_INPUTS; i++) {
      const bytes = Uint8Array.from({ length: 490 }, () => draw.below(256));
      const wanted = reference.scores(Array.from(bytes, (b) => (b - 128) * reference.step));
      const { scores, label } = float(bytes);
      scores.forEach((score, k) => (worst = Math.max(worst, Math.abs(score - wanted[k]!))));
      if (integer(bytes).label !== label) different++;
    }
    return { worst, different };
  });
  return [
    {
      ...{ id: 'kwsmlp_w3a3 (QONNX): golden class', unit: 'of 1 input', published: 1, tolerance: EQUAL },
      source: 'the class that comes with the file',
      files: [file, input, expected],
      compute: async () => {
        const { graph, reference } = await read();
        const bytes = Uint8Array.from(await numbersOf(input, host), (x) => reference.quantisedInput(x) + 128);
        return imageRunner(graph)(bytes).label === (await numbersOf(expected, host))[0] ? 1 : 0;
      },
    },
    {
      ...{ id: 'kwsmlp_w3a3 (QONNX): largest error of a score, 1,000 random inputs', unit: '', published: 1e-4 },
      tolerance: { kind: 'atMost' },
      source: 'its graph in float64, operator by operator, in plain loops',
      files: [file],
      compute: async () => (await compared()).worst,
    },
    {
      ...{ id: 'kwsmlp_w3a3 (QONNX): other decisions of the integer network', unit: 'of 1,000 inputs', published: 0 },
      tolerance: EQUAL,
      source: 'the imported network, on the same inputs',
      files: [file],
      compute: async () => (await compared()).different,
    },
  ];
}

function personChecks(host: CheckHost): readonly Check[] {
  const model = 'tflite-micro/person_detect.tflite';
  const classes = ['no_person', 'person'];
  return classes.map((name, wanted): Check => {
    const image = `tflite-micro/${name}.bmp`;
    return {
      ...{ id: `person_detect (TensorFlow Lite Micro): class of ${name}.bmp`, published: wanted, unit: 'class' },
      tolerance: EQUAL,
      source: 'what the image shows',
      note: 'class 1 is a person',
      files: [model, image],
      compute: async () => {
        const bitmap = await readBounded(pathFrom(host.models, image));
        return imageRunner(await readGraph(model, {}, host))(greyBitmap(bitmap, image)).label;
      },
    };
  });
}

const SIDE = 96;

/** The bytes of a bitmap of 96 x 96 grey levels: bitmaps stand on their heads, and these hold int8 numbers. */
function greyBitmap(bitmap: Uint8Array, place: string): Uint8Array {
  const start = new DataView(bitmap.buffer, bitmap.byteOffset, bitmap.byteLength).getUint32(10, true);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const at = start + (SIDE - 1 - Math.floor(i / SIDE)) * SIDE + (i % SIDE);
    return present(bitmap[at], `pixel ${i} of ${place}`) ^ 128;
  });
}
