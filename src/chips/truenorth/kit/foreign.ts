/** A program for a TrueNorth-style chip in lines, for models in another process. */
import { crossbarLines } from '../../crossbar-lines.js';
import { CORE_ARRAY_NAMES, CORE_ARRAYS } from '../../../ir/program/core-arrays.js';
import { NO_TARGET, OUTPUT_PIN_BASE, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { ForeignForm } from '../../kit.js';

/** Numbers of the switches of the spec. */
const SWITCHES = {
  potentialOverflow: { clamp: 0, wrap: 1 },
  positiveComparison: { atLeast: 0, above: 1 },
  negativeComparison: { below: 0, atMost: 1 },
  linearReset: { thresholdAndDraw: 0, threshold: 1 },
} as const;

const PAGE = `chip CORES AXONS NEURONS TYPES PINS MAXDELAY POTENTIALMAX OVERFLOW POSITIVE NEGATIVE LINEAR DRAWBITS SEED
  sizes of all cores; OVERFLOW 0 clamps V to +-POTENTIALMAX at the end of a tick, 1 keeps the low bits; POSITIVE 0 fires at V >= alpha + eta,
  1 at V > alpha + eta; NEGATIVE 0 acts at V < -beta, 1 at V <= -beta; LINEAR 0 subtracts alpha + eta, 1 alpha alone; SEED keys the draws
axon CORE AXON TYPE N NEURON*N
  type of an axon and the N neurons that it is connected to; axons without a line have no connections
neuron CORE NEURON LEAK REVERSAL ALPHA BETA RESET BELOW R V0 STOCHASTIC BITS TARGET AXON DELAY WEIGHT*TYPES
  RESET 0 to R, 1 linear, 2 none; BELOW 0 reset, 1 saturate; STOCHASTIC bit t for the weight of type t, bit TYPES for the leak; BITS of the
  threshold draw; TARGET a core, -1 nothing, -2 - p pin p. Neurons without a line never fire and stay at 0`;

/** The form. */
export const TRUENORTH_FOREIGN: ForeignForm<TrueNorthProgram> = {
  page: PAGE,
  *lines({ spec, cores, outputs }) {
    const { axonsPerCore: nA, neuronsPerCore: nN, axonTypes } = spec;
    const sizes = [cores.nCores, nA, nN, axonTypes, outputs.pinClass.length, spec.maxDelay, spec.potentialMax];
    const switches = [
      SWITCHES.potentialOverflow[spec.potentialOverflow],
      SWITCHES.positiveComparison[spec.positiveComparison],
      SWITCHES.negativeComparison[spec.negativeComparison],
      SWITCHES.linearReset[spec.linearReset],
    ];
    yield ['chip', ...sizes, ...switches, spec.drawBits, 1].join(' ');
    yield* crossbarLines(cores, nA, nN);
    for (let n = 0; n < cores.nCores * nN; n++) {
      if (isUnused(cores, n, axonTypes)) continue;
      const weights = Array.from(cores.weights.subarray(n * axonTypes, (n + 1) * axonTypes));
      const values = [
        ...[cores.leak[n]!, cores.leakReversal[n]!, cores.threshold[n]!, cores.negativeThreshold[n]!],
        ...[cores.resetMode[n]!, cores.negativeMode[n]!, cores.resetPotential[n]!, cores.initialPotential[n]!],
        ...[cores.stochastic[n]!, cores.thresholdBits[n]!],
      ];
      yield [
        ...['neuron', Math.floor(n / nN), n % nN],
        ...[...values, targetOf(cores.target[n]!), cores.targetAxon[n]!, cores.delay[n]!, ...weights],
      ].join(' ');
    }
  },
};

/** Whether a neuron is as `unused` of every array says: it never fires and stays at 0. */
const isUnused = (cores: TrueNorthProgram['cores'], n: number, axonTypes: number): boolean =>
  CORE_ARRAY_NAMES.every((name) => {
    const { per, unused } = CORE_ARRAYS[name];
    if (per === 'neuron') return cores[name][n] === unused;
    return per !== 'weight' || cores[name].subarray(n * axonTypes, (n + 1) * axonTypes).every((w) => w === unused);
  });

const targetOf = (target: number): number =>
  target > OUTPUT_PIN_BASE ? (target < 0 ? NO_TARGET : target) : -2 - (OUTPUT_PIN_BASE - target);
