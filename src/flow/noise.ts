/** What noise means on the chip at hand: which kinds it has, and the memory faults that levels stand for. */
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../common/diagnostics.js';
import { addWeightNoise } from '../compiler/passes/weight-noise.js';
import { lowerToInteger } from '../compiler/pipelines.js';
import type { StoredBitFaults } from '../hw-models/faults/stored-bits.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { FaultScope, NoiseSpec } from '../ir/trace/run-result.js';
import type { Runnable } from './runnable.js';

/** Kinds of chips. */
export type NoiseTarget = 'truenorth' | 'northpole';

type NoiseName = keyof NoiseSpec;

const MODELLED: Readonly<Record<NoiseTarget, readonly NoiseName[]>> = {
  truenorth: [
    ...(['ber', 'ber_0to1', 'ber_1to0', 'stuck_at_0', 'stuck_at_1'] as const),
    ...(['dead_neuron', 'saturated_neuron', 'threshold_mismatch', 'drop', 'additive', 'multiplicative'] as const),
  ],
  northpole: [
    ...(['ber', 'ber_0to1', 'ber_1to0', 'stuck_at_0', 'stuck_at_1'] as const),
    ...(['programming_error', 'read_noise', 'additive', 'multiplicative'] as const),
  ],
};

/** Why a kind of noise is not modelled, where there is more to say than that. */
const REASONS: Readonly<Record<NoiseTarget, Partial<Readonly<Record<NoiseName, string>>>>> = {
  truenorth: {},
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
  truenorth: [],
  northpole: ['memories', 'protectedBits', 'layers'],
};

const SCOPE_FLAGS: Readonly<Record<keyof FaultScope, string>> = {
  memories: '--fault-memories',
  protectedBits: '--protected-bits',
  layers: '--fault-layers',
  cores: '--fault-cores',
  known: '--known',
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
    ...badPositions(scope.protectedBits ?? []),
  ]);
}

function reasonFor(name: string, target: NoiseTarget): string | undefined {
  return Object.entries(REASONS[target]).find(([known]) => known === name)?.[1];
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
      const message = `faults of ${CHIP_TEXT[target]} cannot be limited this way`;
      return errorAt(
        'option-of-another-chip',
        `${SCOPE_FLAGS[field]} ${String(scope[field])}`,
        message,
        'leave it out',
      );
    });
}

/** Weights have at most 8 bits. */
const MAX_POSITION = 7;

function badPositions(positions: readonly number[]): readonly Diagnostic[] {
  const place = `--protected-bits ${positions.join(',')}`;
  return positions
    .filter((position) => !Number.isInteger(position) || position < 0 || position > MAX_POSITION)
    .map((position) =>
      errorAt('bit-position', place, `weights have no bit ${position}`, `use 0 (least significant) to ${MAX_POSITION}`),
    );
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
export function noisyNetwork({ float }: Runnable, noise: NoiseSpec, chipSeed: number): NetworkGraph | undefined {
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
