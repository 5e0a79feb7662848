/** What noise means on the chip at hand: which kinds it has, and the memory faults that levels stand for. */
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../common/diagnostics.js';
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { lowerToInteger } from '../compiler/pipelines.js';
import { UPSET_GROUP } from '../hw-models/faults/potential-upsets.js';
import type { StoredBitFaults } from '../hw-models/faults/stored-bits.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { type FaultMemory, type FaultScope, NO_NOISE, type NoiseSpec } from '../ir/trace/run-result.js';
import type { Runnable } from './runnable.js';

/** Kinds of chips. */
export type NoiseTarget = 'truenorth' | 'northpole';

type NoiseName = keyof NoiseSpec;

const isNoiseName = (name: string): name is NoiseName => name in NO_NOISE;
const NOISE_NAMES: readonly NoiseName[] = Object.keys(NO_NOISE).filter(isNoiseName);

const MODELLED: Readonly<Record<NoiseTarget, readonly NoiseName[]>> = {
  truenorth: [
    ...(['ber', 'ber_0to1', 'ber_1to0', 'stuck_at_0', 'stuck_at_1'] as const),
    ...(['dead_neuron', 'saturated_neuron', 'threshold_mismatch', 'leak_mismatch'] as const),
    ...([
      'programming_error',
      'down_cores',
      'down_links',
      'down_chips',
      'drop',
      'spike_delay',
      'additive',
      'multiplicative',
    ] as const),
  ],
  northpole: [
    ...(['ber', 'ber_0to1', 'ber_1to0', 'stuck_at_0', 'stuck_at_1'] as const),
    ...(['programming_error', 'read_noise', 'additive', 'multiplicative'] as const),
  ],
};

/** Why a kind of noise is not modelled, where there is more to say than that. */
const REASONS: Readonly<Record<NoiseTarget, Partial<Readonly<Record<NoiseName, string>>>>> = {
  truenorth: { read_noise: 'synapses are bits and weights are digital: every use reads the same value' },
  northpole: {
    down_cores:
      'on a static schedule nobody waits for a core that is down: what its neighbours read instead is not defined',
    down_links: 'on a static schedule nobody waits for what a link loses: what is read instead is not defined',
    down_chips: 'a program is for one chip',
    dead_neuron: 'NorthPole-style chips have no neurons',
    saturated_neuron: 'NorthPole-style chips have no neurons',
    threshold_mismatch: 'NorthPole-style chips have no neurons',
    leak_mismatch: 'NorthPole-style chips have no neurons',
    drop: 'NorthPole-style chips have no spikes',
    spike_delay: 'NorthPole-style chips have no spikes',
  },
};

const SCOPES: Readonly<Record<NoiseTarget, readonly (keyof FaultScope)[]>> = {
  truenorth: ['memories', 'protectedBits', 'layers', 'cores', 'known'],
  northpole: ['memories', 'protectedBits', 'layers'],
};

/** Memories of a chip; bit faults are in the first one unless a scope says otherwise. */
const MEMORIES: Readonly<Record<NoiseTarget, readonly [FaultMemory, ...FaultMemory[]]>> = {
  truenorth: ['synapses', 'thresholds', 'destinations', 'potentials'],
  northpole: ['weights', 'biases', 'activations'],
};

/** Most bits of a word, on the published chips; 0 for a memory of single bits, which has no positions. */
const WORD_BITS: Readonly<Record<FaultMemory, number>> = {
  ...{ synapses: 0, thresholds: 18, destinations: 30, potentials: 20 },
  ...{ weights: 8, activations: 32, biases: 56 },
};

const BIT_FAULTS = ['ber', 'ber_0to1', 'ber_1to0', 'stuck_at_0', 'stuck_at_1'] as const;
const DOWN = ['down_cores', 'down_links', 'down_chips'] as const;
/** What is not fixed in a place of the chip: it cannot be limited to layers or cores. */
const PLACELESS: readonly NoiseName[] = [...DOWN, 'drop', 'spike_delay', 'additive', 'multiplicative'];

const SCOPE_FLAGS: Readonly<Record<keyof FaultScope, string>> = {
  memories: '--fault-memories',
  protectedBits: '--protected-bits',
  layers: '--fault-layers',
  cores: '--fault-cores',
  known: '--known',
};

const SCOPE_REASONS: Readonly<Record<NoiseTarget, Partial<Readonly<Record<keyof FaultScope, string>>>>> = {
  truenorth: {},
  northpole: {
    cores: 'a part of the weights is stored on several cores, and what one of them reads wrong is not modelled',
    known: 'a static schedule takes whole rectangles of cores',
  },
};

const CHIP_TEXT: Readonly<Record<NoiseTarget, string>> = {
  truenorth: 'TrueNorth-style chips',
  northpole: 'NorthPole-style chips',
};

/** Noise that is asked for. */
export interface NoiseRequest {
  readonly noise: NoiseSpec;
  readonly scope?: FaultScope;
}

/** @throws UserError with every level and bit position that has no meaning on this kind of chip, and with levels that contradict each other */
export function checkNoise({ noise, scope = {} }: NoiseRequest, target: NoiseTarget): void {
  const modelled: readonly string[] = MODELLED[target];
  const unknown = Object.entries(noise)
    .filter(([name, level]) => level > 0 && !modelled.includes(name))
    .map(([name, level]) =>
      errorAt(
        'noise-not-modelled',
        `--noise ${name}=${level}`,
        reasonFor(name, target) ?? `this kind of noise is not modelled for ${CHIP_TEXT[target]}`,
        `use ${modelled.join(', ')}`,
      ),
    );
  throwIfErrors([
    ...unknown,
    ...contradictions(noise),
    ...unmodelledScopes(scope, target),
    ...badMemories(scope, target),
    ...badPositions(scope.protectedBits ?? [], memoriesOf(scope, target)),
    ...idleScopes({ noise, scope }),
    ...(target === 'truenorth' ? badPotentialFaults({ noise, scope }) : []),
  ]);
}

function reasonFor(name: string, target: NoiseTarget): string | undefined {
  return Object.entries(REASONS[target]).find(([known]) => known === name)?.[1];
}

/** The memories with bit faults. */
export const memoriesOf = ({ memories }: FaultScope, target: NoiseTarget): readonly FaultMemory[] =>
  memories ?? [MEMORIES[target][0]];

function badMemories(scope: FaultScope, target: NoiseTarget): readonly Diagnostic[] {
  const known = MEMORIES[target];
  return (scope.memories ?? [])
    .filter((memory) => !known.includes(memory))
    .map((memory) => {
      const message = `${CHIP_TEXT[target]} have no faults in such a memory`;
      return errorAt('memory-not-modelled', `--fault-memories ${memory}`, message, `use ${known.join(', ')}`);
    });
}

/** Parts of a scope that say nothing about the noise that is asked for. Without any noise they wait for some. */
function idleScopes({ noise, scope = {} }: NoiseRequest): readonly Diagnostic[] {
  const names = NOISE_NAMES.filter((name) => noise[name] > 0);
  if (names.length === 0) return [];
  const found: Diagnostic[] = [];
  const limits = (field: keyof FaultScope, acts: (name: NoiseName) => boolean, all: boolean): void => {
    const value = scope[field];
    const outside = names.filter((name) => !acts(name));
    if (value === undefined || value === false || (all ? outside.length === 0 : outside.length < names.length)) return;
    const message = `it says nothing about ${outside.join(', ')}`;
    found.push(errorAt('scope-without-fault', `${SCOPE_FLAGS[field]} ${String(value)}`, message, 'leave it out'));
  };
  for (const field of ['memories', 'protectedBits'] as const)
    limits(field, (n) => BIT_FAULTS.some((b) => b === n), false);
  for (const field of ['layers', 'cores'] as const) limits(field, (name) => !PLACELESS.includes(name), true);
  limits('known', (name) => DOWN.some((down) => down === name), false);
  return found;
}

function contradictions(noise: NoiseSpec): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const name of ['ber_0to1', 'ber_1to0'] as const) {
    if (noise.ber === 0 || noise[name] === 0) continue;
    const message = `ber=${noise.ber} is the rate of both directions already`;
    found.push(errorAt('noise-twice', `--noise ${name}=${noise[name]}`, message, 'use ber, or ber_0to1 and ber_1to0'));
  }
  for (const [one, other] of [
    ['stuck_at_0', 'stuck_at_1'],
    ['dead_neuron', 'saturated_neuron'],
  ] as const) {
    const sum = noise[one] + noise[other];
    if (sum <= 1) continue;
    const message = `together they are ${sum}, more than all there are`;
    found.push(errorAt('noise-range', `--noise ${one}, ${other}`, message, 'use fractions with a sum up to 1'));
  }
  return found;
}

function unmodelledScopes(scope: FaultScope, target: NoiseTarget): readonly Diagnostic[] {
  const fields = ['memories', 'protectedBits', 'layers', 'cores', 'known'] as const;
  return fields
    .filter((field) => scope[field] !== undefined && !SCOPES[target].includes(field))
    .map((field) => {
      const reason = SCOPE_REASONS[target][field];
      const message = `faults of ${CHIP_TEXT[target]} cannot be limited this way${reason === undefined ? '' : `: ${reason}`}`;
      return errorAt(
        'option-of-another-chip',
        `${SCOPE_FLAGS[field]} ${String(scope[field])}`,
        message,
        'leave it out',
      );
    });
}

function badPositions(positions: readonly number[], memories: readonly FaultMemory[]): readonly Diagnostic[] {
  const place = `--protected-bits ${positions.join(',')}`;
  const bits = Math.max(...memories.map((memory) => WORD_BITS[memory]));
  if (positions.length > 0 && bits === 0) {
    const message = `${memories.join(', ')} hold single bits, which have no positions`;
    return [errorAt('bit-position', place, message, 'leave it out, or name a memory of words with --fault-memories')];
  }
  return positions
    .filter((position) => !Number.isInteger(position) || position < 0 || position >= bits)
    .map((position) =>
      errorAt(
        'bit-position',
        place,
        `${memories.join(', ')} have no bit ${position}`,
        `use 0 (least significant) to ${bits - 1}`,
      ),
    );
}

/** Potentials change in every tick: their upsets are transient, at most one per {@link UPSET_GROUP} neurons and tick. */
function badPotentialFaults({ noise, scope = {} }: NoiseRequest): readonly Diagnostic[] {
  if (scope.memories?.includes('potentials') !== true) return [];
  const most = 1 / (UPSET_GROUP * WORD_BITS.potentials);
  const stuck = (['stuck_at_0', 'stuck_at_1'] as const)
    .filter((name) => noise[name] > 0)
    .map((name) => {
      const message = 'potentials are written in every tick; stuck bits of them are not modelled';
      return errorAt('noise-not-modelled', `--noise ${name}=${noise[name]}`, message, 'use ber, or other memories');
    });
  const high = (['ber', 'ber_0to1', 'ber_1to0'] as const)
    .filter((name) => noise[name] > most)
    .map((name) => {
      const message = `of potentials at most one bit in ${1 / most} flips in a tick`;
      return errorAt('noise-range', `--noise ${name}=${noise[name]}`, message, `use up to ${most}`);
    });
  return [...stuck, ...high];
}

/** The faults of the memory of chip `chipSeed`. */
export function storedBitFaults({ noise, scope = {} }: NoiseRequest, chipSeed: number): StoredBitFaults {
  return {
    flip0to1: Math.max(noise.ber, noise.ber_0to1),
    flip1to0: Math.max(noise.ber, noise.ber_1to0),
    stuckAt0: noise.stuck_at_0,
    stuckAt1: noise.stuck_at_1,
    protectedBits: scope.protectedBits ?? [],
    chipSeed,
  };
}

/**
 * The integer network of a model whose weights have noise before deployment; undefined without such noise.
 * @throws UserError if the model is not at hand.
 */
export function noisyNetwork(
  { float }: Pick<Runnable, 'float'>,
  noise: NoiseSpec,
  chipSeed: number,
): NetworkGraph | undefined {
  if (noise.additive === 0 && noise.multiplicative === 0) return undefined;
  if (float === undefined) {
    fail(
      'noise-needs-model',
      '--noise additive, multiplicative',
      'weight noise acts before deployment, and a program file holds deployed weights only',
      'pass the model file (.lsn) instead of the program file',
    );
  }
  return lowerToInteger(addWeightNoise(float, noise, chipSeed));
}
