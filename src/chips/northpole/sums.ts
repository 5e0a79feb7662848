/**
 * A transformer that adds, token by token on a NorthPole-style chip: float network, integer network and chip answer the same sums, and every score
 * of the chip is compared with that of the integer network.
 */
import { fail } from '../../common/diagnostics.js';
import type { Quantity } from '../../common/quantity.js';
import { lowerToInteger } from '../../compiler/pipelines.js';
import { compileNorthPole } from '../../compiler/targets/northpole/compile.js';
import { type AnswerAccuracy, answerAccuracy, sumsForm, sumSequences, sumsText } from '../../data/sums.js';
import { hasWeightNoise, lowerWithNoise } from '../../compiler/noisy-network.js';
import { NORTHPOLE_FAULT_SUPPORT } from '../../hw-models/northpole/fault-support.js';
import { checkFaults } from '../../ir/faults/check.js';
import { northPoleFaults } from './faults.js';
import { powerOf } from '../../hw-models/northpole/costs.js';
import { countEvents } from '../../hw-models/northpole/counters.js';
import { outputRegion, shareAt } from '../../hw-models/northpole/regions.js';
import { residentBytes } from '../../hw-models/northpole/sequence.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../ir/program/northpole.js';
import { NO_NOISE, type NoiseSpec } from '../../ir/faults/levels.js';
import type { FaultScope } from '../../ir/faults/scope.js';
import { createInterpreter, type Interpreter } from '../../evaluation/interpreter/network.js';
import { contextOf } from '../../simulator/engines/northpole/sequence-layers.js';
import { runSequences } from '../../simulator/run-sequences.js';

/** How to run. */
export interface SumsOptions {
  readonly spec: NorthPoleSpec;
  /** Sums of the test split, the first ones. */
  readonly n: number;
  readonly workers: number;
  /** Noise and faults of the chip, and where they are; none without it. Seed of what is drawn per chip and per token: 0 without it. */
  readonly noise?: NoiseSpec;
  readonly scope?: FaultScope;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Sequences that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a run of sums gives. All but `seconds` is a function of network, spec and n. */
export interface SumsResult {
  readonly n: number;
  readonly tokensPerSequence: number;
  readonly accuracy: {
    readonly float: AnswerAccuracy;
    readonly integer: AnswerAccuracy;
    readonly chip: AnswerAccuracy;
  };
  /** Scores of the chip that are not those of the integer network without noise, of `compared`. */
  readonly mismatches: number;
  readonly compared: number;
  readonly cyclesPerToken: number;
  readonly microsecondsPerToken: number;
  /** Of the chip, for one sequence at a time. */
  readonly tokensPerSecond: number;
  /** Modelled from the events of the static schedule; most of it is what flows without any event. */
  readonly energyPerToken: Quantity;
  /** Bytes of keys and values by core, cores without any left out. */
  readonly cacheBytes: readonly { readonly core: number; readonly bytes: number }[];
  /** Wall clock of the functional engine. */
  readonly seconds: number;
  /** The first few sums as the chip writes them, the answer behind the =. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/**
 * Compiles and runs a network of sums.
 * @throws UserError when the network reads no sums, does not fit the chip, or n is no count, and for noise that the chip does not have.
 */
export async function runSums(float: NetworkGraph, options: SumsOptions): Promise<SumsResult> {
  const { spec, n, workers, noise = NO_NOISE, scope = {}, seed = 0 } = options;
  checkFaults({ noise, scope }, NORTHPOLE_FAULT_SUPPORT);
  const integer = lowerToInteger(float);
  const { program } = compileNorthPole(hasWeightNoise(noise) ? lowerWithNoise(float, noise, seed) : integer, { spec });
  const faults = northPoleFaults(program, { noise, scope }, { chipSeed: seed, noiseSeed: seed });
  const form = sumsForm(digitsOf(program));
  if (!Number.isInteger(n) || n < 1)
    fail('no-sequences', program.name, `${n} sums are asked for`, 'ask for at least one');
  const sequences = sumSequences(form, 'test', { seed: 0, first: 0, n });
  const length = form.inputs;
  const tokens = new Uint8Array(n * length);
  for (let i = 0; i < n; i++) {
    tokens.set(sequences.subarray(i * (length + 1), (i + 1) * (length + 1) - 1), i * length);
  }
  const { signal, onProgress } = options;
  const output = await runSequences(
    program,
    { tokens, length },
    {
      workers,
      ...(faults === undefined ? {} : { faults }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
  const { nClasses, scores } = output;
  const oracle = createInterpreter(integer);
  let at = 0;
  let mismatches = 0;
  const integerAccuracy = answerAccuracy(form, sequences, {
    reset: () => oracle.reset(),
    next: (token) => {
      const wanted = oracle.run([token]);
      for (let k = 0; k < nClasses; k++) if (wanted[k] !== scores[at * nClasses + k]) mismatches++;
      at++;
      return oracle.decide(wanted);
    },
  });
  const said: number[] = [];
  const chipAccuracy = answerAccuracy(form, sequences, {
    reset: () => undefined,
    next: () => {
      const next = oracle.decide(scores.subarray(said.length * nClasses, (said.length + 1) * nClasses));
      said.push(next);
      return next;
    },
  });
  const { cycles, microsecondsPerToken, tokensPerSecond, seconds } = output;
  return {
    n,
    tokensPerSequence: length,
    accuracy: { float: accuracyOf(createInterpreter(float)), integer: integerAccuracy, chip: chipAccuracy },
    mismatches,
    compared: scores.length,
    cyclesPerToken: cycles / tokens.length,
    microsecondsPerToken,
    tokensPerSecond,
    energyPerToken: powerOf(spec, countEvents(program)).energyPerFrame,
    cacheBytes: cacheBytesOf(program),
    seconds,
    examples: Array.from({ length: Math.min(EXAMPLES, n) }, (_, i) => {
      const question = tokens.subarray(i * length, i * length + form.firstAnswer + 1);
      const answer = said.slice(i * length + form.firstAnswer, (i + 1) * length);
      return sumsText(question) + sumsText(Uint8Array.from(answer)).replace('\n', '');
    }),
  };

  function accuracyOf(interpreter: Interpreter): AnswerAccuracy {
    return answerAccuracy(form, sequences, {
      reset: () => interpreter.reset(),
      next: (token) => interpreter.decide(interpreter.run([token])),
    });
  }
}

function digitsOf(program: NorthPoleProgram): number {
  const context = contextOf(program);
  const digits = [1, 2, 3, 4].find((d) => sumsForm(d).inputs === context);
  return (
    digits ??
    fail(
      'not-a-sums-model',
      program.name,
      `${context === Infinity ? 'it is no sequence model' : `a context of ${context}`}, sums have ${[1, 2, 3, 4].map((d) => sumsForm(d).inputs).join(', ')} tokens`,
      'pass a network trained on sums, as examples/models/sums-transformer.lsn',
    )
  );
}

/** Bytes of the caches of all attention layers by core. */
export function cacheBytesOf(program: NorthPoleProgram): SumsResult['cacheBytes'] {
  const bytes = new Map<number, number>();
  for (const layer of program.layers) {
    if (layer.kind !== 'sequence' || layer.operation.kind !== 'attention') continue;
    layer.mapping.cores.forEach((core, s) => {
      const { c0, c1 } = outputRegion(program, layer, shareAt(layer.mapping, s));
      bytes.set(core, (bytes.get(core) ?? 0) + residentBytes(program, layer, [c0, c1]));
    });
  }
  return [...bytes].map(([core, n]) => ({ core, bytes: n })).sort((a, b) => a.core - b.core);
}
