/**
 * Which neuron fired in which tick, on the fast engine or another one: every neuron is sent to an output pin of its own, and its spike is passed
 * on to its axon (or its real pin) from here. Delays are at least 1, so that is never late.
 */
import { NO_TARGET, OUTPUT_PIN_BASE, type TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { StatefulEngine } from '../engines/contract.js';
import { createFastEngine } from '../engines/fast/engine.js';
import { createFastImage } from '../engines/fast/image.js';

/** What one tick did; the arrays are only good during the call. */
export interface TracedTick {
  readonly tick: number;
  /** Neurons (core * neuronsPerCore + neuron) that sent a spike, ascending. */
  readonly spikes: readonly number[];
  /** [nCores] active axons times connected neurons. */
  readonly coreSynapticOperations: Float64Array;
}

/** An engine that shows every tick to `onTick`. Its counters are used up by the trace: they stay 0. */
export function createTracingEngine(
  program: TrueNorthProgram,
  onTick: (tick: TracedTick) => void,
  create: (program: TrueNorthProgram) => StatefulEngine = fastEngine,
): StatefulEngine {
  const { cores, outputs } = program;
  const probed = Int32Array.from({ length: cores.target.length }, (_, n) => n).filter(
    (n) => cores.target[n] !== NO_TARGET,
  );
  const target = new Int32Array(cores.target.length).fill(NO_TARGET);
  probed.forEach((n, pin) => (target[n] = OUTPUT_PIN_BASE - pin));
  const none = new Int32Array(probed.length);
  const traced = {
    ...program,
    cores: { ...cores, target },
    outputs: { ...outputs, pinClass: none, pinCoefficient: none },
  };
  const engine = create(traced);
  const pinCounts = new Int32Array(outputs.pinClass.length);
  return {
    get now() {
      return engine.now;
    },
    pinCounts,
    reset: (key) => {
      engine.reset(key);
      pinCounts.fill(0);
    },
    inject: engine.inject,
    tick: () => {
      const tick = engine.now;
      engine.tick();
      const spikes: number[] = [];
      const fired = engine.pinCounts;
      for (let pin = 0; pin < probed.length; pin++) {
        if (fired[pin] === 0) continue;
        fired[pin] = 0;
        const n = probed[pin]!;
        const to = cores.target[n]!;
        spikes.push(n);
        if (to >= 0) engine.inject(to, cores.targetAxon[n]!, tick + cores.delay[n]!);
        else pinCounts[OUTPUT_PIN_BASE - to]!++;
      }
      onTick({ tick, spikes, coreSynapticOperations: engine.takeCounters().coreSynapticOperations });
    },
    takeCounters: engine.takeCounters,
    potentials: engine.potentials,
    setPotential: engine.setPotential,
    snapshot: () => ({ ...engine.snapshot(), pins: pinCounts.slice() }),
    restore: (state, key) => {
      engine.restore({ ...state, pins: none }, key);
      pinCounts.set(state.pins);
    },
  };
}

const fastEngine = (program: TrueNorthProgram): StatefulEngine => createFastEngine(createFastImage(program, 1));
