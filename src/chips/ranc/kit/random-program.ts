/** Random legal programs for RANC. */
import type { Sequence } from '../../../common/rng.js';
import type { RancChipSpec } from '../../../hw-models/ranc/chip-spec.js';
import { RANC_RESET_MODE, silentCores } from '../../../ir/program/formats/ranc/types.js';
import type { RancProgram } from '../program.js';

/** Lines of the bus, each driven by one neuron. */
const LINES = 24;
/** Largest number that is drawn: a run of weights and thresholds up to it stays within 31 bits. */
const LARGEST = 32_767;

/** One to `most` cores in the first row that feed each other, the bus and the last row, where nothing stands unless it is the first. */
export function randomProgram(random: Sequence, spec: RancChipSpec, most: number): RancProgram {
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const nCores = 1 + random.below(Math.max(1, Math.min(most, spec.gridWidth - 1)));
  const cores = silentCores(nCores, spec);
  const words = Math.ceil(nN / 32);
  const density = 0.02 + 0.3 * random.uniform();
  let lines = 0;
  for (let c = 0; c < nCores; c++) {
    cores.x[c] = c;
    cores.listedNeurons[c] = random.below(3) === 0 ? 1 + random.below(nN) : nN;
    for (let a = 0; a < nA; a++) {
      cores.axonType[c * nA + a] = random.below(nWeights);
      for (let j = 0; j < nN; j++) {
        if (random.uniform() < density) cores.synapses[(c * nA + a) * words + (j >>> 5)]! |= 1 << (j & 31);
      }
    }
    for (let j = 0; j < cores.listedNeurons[c]!; j++) {
      const n = c * nN + j;
      const toBus = lines < LINES && random.below(8) === 0;
      fillNeuron(cores, n, spec, random);
      // A core, the bus, or, in the last row, nothing.
      const [x, y] = toBus
        ? [nCores, 0]
        : random.below(10) === 0
          ? [0, spec.gridHeight - 1]
          : [random.below(nCores), 0];
      cores.dx[n] = x - c;
      cores.dy[n] = y;
      cores.targetAxon[n] = toBus ? lines++ : random.below(random.below(2) === 0 ? Math.min(6, nA) : nA);
    }
  }
  return {
    kind: 'ranc',
    name: 'random',
    spec,
    cores,
    outputBus: { x: nCores, y: 0, nOutputs: LINES },
    coreLayer: new Int32Array(nCores).fill(-1),
    coreRole: Array.from({ length: nCores }, () => 'layer' as const),
    layers: [],
    inputShape: [1],
    inputCode: { kind: 'threshold', level: 1 },
    inputs: {
      ...{ nElements: 1, rowStart: new Int32Array(2), core: new Int32Array(0), axon: new Uint16Array(0), maxCount: 1 },
    },
    timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 },
    outputs: {
      nClasses: 1,
      pinClass: new Int32Array(LINES),
      pinCoefficient: new Int32Array(LINES).fill(1),
      constant: new Int32Array(1),
      scale: Float64Array.of(1),
      offset: new Float64Array(1),
    },
  };
}

/** Small and extreme values side by side, within the widths of the chip. */
function fillNeuron(cores: RancProgram['cores'], n: number, spec: RancChipSpec, random: Sequence): void {
  const most = (bits: number): number => Math.min(LARGEST, 2 ** (bits - 1) - 1);
  const small = (): number => random.below(7) - 3;
  const signed = (bits: number): number =>
    random.below(12) === 0 ? (random.below(2) === 0 ? most(bits) : -most(bits)) : small();
  const threshold = (): number =>
    [0, 1, 2, 5, 40, 200, most(spec.thresholdBits)][random.below(7)] ?? most(spec.thresholdBits);
  for (let t = 0; t < spec.nWeights; t++) cores.weights[n * spec.nWeights + t] = signed(spec.weightBits);
  cores.leak[n] = random.below(2) === 0 ? 0 : signed(spec.leakBits);
  cores.positiveThreshold[n] = Math.min(threshold(), most(spec.thresholdBits));
  cores.negativeThreshold[n] = -Math.min(threshold(), most(spec.thresholdBits)) + 0;
  cores.resetPotential[n] = signed(spec.potentialBits);
  cores.initialPotential[n] = signed(spec.potentialBits);
  cores.resetMode[n] = random.below(2) === 0 ? RANC_RESET_MODE.absolute : RANC_RESET_MODE.linear;
  // The largest offset too, which never arrives.
  cores.tickOffset[n] = random.below(spec.maxTickOffset);
}
