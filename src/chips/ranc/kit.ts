/** What a conformance kit needs of RANC: its rules, random legal programs, and its own model beside the fast engine, tick by tick. */
import { PURPOSE, sequence, type Sequence } from '../../common/rng.js';
import { RancChip } from '../../hw-models/ranc/chip.js';
import { RANC_CHIP, type RancChipSpec, widthsOf } from '../../hw-models/ranc/chip-spec.js';
import { RANC_TICK_RULES } from '../../hw-models/ranc/tick-rules.js';
import { RANC_RESET_MODE, type RancPackets, silentCores } from '../../ir/program/formats/ranc/types.js';
import { UserError } from '../../common/diagnostics.js';
import { createFastEngine } from '../../simulator/engines/fast/engine.js';
import { createFastImage } from '../../simulator/engines/fast/image.js';
import { createTracingEngine } from '../../simulator/noc/spike-trace.js';
import { NO_TARGET, type TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { ChipState } from '../../ir/trace/chip-state.js';
import type { ChipKit, ChipStepper, StepperState, Stimulus } from '../chip.js';
import { checkSpikes, firedField, stepperOf, valuesOf } from '../stepper.js';
import { sampleEvents } from '../truenorth/kit/steppers.js';
import { type RancProgram, rancSpecOf } from './program.js';
import { trueNorthOf } from './truenorth.js';

const STEPS = 40;
/** Lines of the bus, each driven by one neuron. */
const LINES = 24;
/** Largest number that is drawn: a run of weights and thresholds up to it stays within 31 bits. */
const LARGEST = 32_767;

/** The kit. Events are packets of the host: tick (0 is RANC's tick 1), core, axon. */
export const rancKit: ChipKit<RancProgram, RancChipSpec> = {
  rules: RANC_TICK_RULES,
  models: ['reference', 'fast'],
  randomProgram: (seed, spec = RANC_CHIP) => randomProgram(sequence(seed, PURPOSE.test, 5), spec),
  randomStimulus: ({ cores, spec }, seed) => {
    const random = sequence(seed, PURPOSE.test, 6);
    const events: number[] = [];
    for (let tick = 0; tick < STEPS; tick++) {
      const n = random.below(4) === 0 ? 0 : random.below(40);
      for (let i = 0; i < n; i++) events.push(tick, random.below(cores.nCores), random.below(spec.axonsPerCore));
    }
    return { steps: STEPS, events: Int32Array.from(events), values: new Int32Array(0) };
  },
  sampleStimulus: (program, { data, index, seed }) => sampleEvents(equivalentOf(program), data, { index, seed }),
  open: (program, stimulus, model = 'reference', { spikes = false } = {}) => {
    if (model === 'reference') return openReference(program, stimulus, spikes);
    if (model === 'fast') return openFast(program, stimulus, spikes);
    throw new RangeError(`no model "${model}"; there are reference, fast`);
  },
};

/** One to four cores in the first row that feed each other, the bus and the last row, where nothing stands unless it is the first. */
function randomProgram(random: Sequence, spec: RancChipSpec): RancProgram {
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const nCores = 1 + random.below(Math.max(1, Math.min(4, spec.gridWidth - 1)));
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

function openReference(program: RancProgram, stimulus: Stimulus, withSpikes: boolean): ChipStepper {
  const { spec, cores, outputBus } = program;
  const packets = packetsOf(program, stimulus);
  const nN = spec.neuronsPerCore;
  const spikes = withSpikes ? spikesField(program) : undefined;
  // The chip asks of every spike whether it is lost: none is, but this is where it is seen.
  const sees = (core: number, neuron: number): boolean => {
    spikes?.set(core * nN + neuron);
    return false;
  };
  const model = { spec: rancSpecOf(program), cores, outputBus, packets };
  const chip = new RancChip(model, widthsOf(spec), spikes === undefined ? undefined : sees);
  return stepperOf({
    steps: stimulus.steps,
    compute: () => {
      spikes?.clear();
      chip.tick();
    },
    fields: {
      potentials: {
        ...potentialsField(program),
        read: () => chip.potentials(),
        write: (index, value) => chip.setPotential(Math.floor(index / nN), index % nN, value),
      },
      bus: { ...busField(program), read: () => Int32Array.from(chip.bus) },
      ...spikes?.fields,
    },
    state: {
      take: () => ({ ...arraysOf(chip.state()), ...spikes?.take() }),
      put: (values, now) => {
        chip.resume(stateOf(values, now, program));
        spikes?.put(values);
      },
    },
  });
}

function openFast(program: RancProgram, { steps, events }: Stimulus, withSpikes: boolean): ChipStepper {
  const equivalent = equivalentOf(program);
  const spikes = withSpikes ? spikesField(program) : undefined;
  const engine =
    spikes === undefined
      ? createFastEngine(createFastImage(equivalent, 1))
      : createTracingEngine(equivalent, (tick) => tick.spikes.forEach(spikes.set));
  const key = { drop: 0, seed: 1, firstSample: 0 };
  engine.reset(key);
  let at = 0;
  return stepperOf({
    steps,
    compute: (now) => {
      spikes?.clear();
      engine.pinCounts.fill(0);
      for (; at < events.length && events[at]! <= now; at += 3) engine.inject(events[at + 1]!, events[at + 2]!, now);
      engine.tick();
    },
    fields: {
      potentials: { ...potentialsField(program), read: () => engine.potentials() },
      bus: { ...busField(program), read: () => engine.pinCounts.slice() },
      ...spikes?.fields,
    },
    state: {
      take: () => ({ ...arraysOf(engine.snapshot()), ...spikes?.take() }),
      put: (values, now) => {
        spikes?.put(values);
        engine.restore(stateOf(values, now, program), key);
        for (at = 0; at < events.length && events[at]! < now;) at += 3;
      },
    },
  });
}

/** @throws UserError with what of the program has no counterpart on TrueNorth-style chips */
function equivalentOf(program: RancProgram): TrueNorthProgram {
  const equivalent = trueNorthOf(program);
  if ('problems' in equivalent) throw new UserError(equivalent.problems);
  return equivalent.program;
}

/** What fired in the last tick, of the neurons that reach a core or the bus; of all of them where there is no equivalent that says which do. */
function spikesField(program: RancProgram) {
  const equivalent = trueNorthOf(program);
  const target = 'program' in equivalent ? equivalent.program.cores.target : undefined;
  return firedField(program.cores.nCores * program.spec.neuronsPerCore, (neuron) => target?.[neuron] !== NO_TARGET);
}

const potentialsField = ({ spec, cores }: RancProgram) => ({
  length: cores.nCores * spec.neuronsPerCore,
  what: '[nCores, nNeurons] potentials after the last tick',
});

const busField = ({ outputBus }: RancProgram) => ({
  length: outputBus.nOutputs,
  what: '[nOutputs] 1 for each line of the bus that a spike reached in the last tick',
});

const arraysOf = ({ potentials, pins, spikes }: ChipState) => ({ potentials, pins, spikes });

/** The state that values hold. @throws RangeError for those of another program */
function stateOf(values: StepperState['values'], now: number, { cores, spec, outputBus }: RancProgram): ChipState {
  const potentials = valuesOf(values, 'potentials', cores.nCores * spec.neuronsPerCore);
  const pins = valuesOf(values, 'pins', outputBus.nOutputs);
  const spikes = values['spikes'] ?? new Int32Array(0);
  checkSpikes(spikes, now, { nCores: cores.nCores, nAxons: spec.axonsPerCore, ahead: spec.maxTickOffset - 2 });
  return { now, potentials, pins, spikes };
}

/** The events as packets: entry t acts in tick t + 1, which is step t. */
function packetsOf({ cores }: RancProgram, { events, steps }: Stimulus): RancPackets {
  const tickStart = new Int32Array(steps + 1);
  for (let k = 0; k < events.length; k += 3) tickStart[events[k]! + 1]!++;
  for (let t = 0; t < steps; t++) tickStart[t + 1]! += tickStart[t]!;
  const column = (offset: number): Int32Array =>
    Int32Array.from({ length: events.length / 3 }, (_, k) => events[3 * k + offset]!);
  const core = column(1);
  return {
    tickStart,
    x: core.map((c) => cores.x[c]!),
    y: core.map((c) => cores.y[c]!),
    axon: column(2),
    tickOffset: new Int32Array(core.length),
  };
}
