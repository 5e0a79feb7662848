/** What `lodestone truenorth run` watches, forces and compares. */
import { fail } from '../../../common/diagnostics.js';
import type { CpeImport } from '../../../ir/program/formats/nscs/cpe-import.js';
import { CORE_SIZE, type CpeModel } from '../../../ir/program/formats/nscs/cpe-model.js';
import type { Connector } from '../../../ir/program/formats/nscs/pin-map.js';
import { inputSpikes, mappedNeurons, neuronSpikes } from '../../../ir/program/formats/nscs/resolve.js';
import { readSpikes } from '../../../ir/program/formats/nscs/spike-file.js';
import type { TimedSpikes } from '../../../ir/trace/timed-spikes.js';
import type { EngineName } from '../../../simulator/engines/contract.js';
import type { ReplayOptions } from '../../../simulator/replay.js';
import { readPacked } from './read-files.js';

/** Options of `lodestone truenorth run`. */
export interface RunOptions {
  readonly input?: string;
  readonly inMap?: string;
  readonly expect?: string;
  readonly outMap?: string;
  readonly ticks?: number;
  readonly forceSpikes?: string;
  readonly fromCores?: readonly (readonly [number, number])[];
  readonly recordCores?: readonly (readonly [number, number])[];
  readonly output?: string;
  readonly json: boolean;
  readonly engine: EngineName;
  readonly seed: number;
}

/** Ticks after the last input when neither --ticks nor --expect says how long to run: the longest delay, once more. */
const TAIL_TICKS = 16;
/** Pin maps by direction. */
export interface Maps {
  readonly in: readonly Connector[] | undefined;
  readonly out: readonly Connector[] | undefined;
}

/** Reads the spike files and decides what is watched and compared. */
export async function prepare({ program, model }: CpeImport, options: RunOptions, maps: Maps): Promise<ReplayOptions> {
  const { engine, seed } = options;
  const none: TimedSpikes = { tick: new Int32Array(0), index: new Int32Array(0) };
  const outputs = maps.out === undefined ? model.pinNeuron : mappedNeurons(maps.out, model, options.outMap ?? '');
  const readNeurons = async (path: string): Promise<{ spikes: TimedSpikes; nTicks: number }> => {
    const records = readSpikes(await readPacked(path), path, { connectors: maps.out, mapOption: '--out-map' });
    return { spikes: neuronSpikes(records, model, path), nTicks: records.nTicks };
  };
  let inputs = none;
  if (options.input !== undefined) {
    const { input } = options;
    const records = readSpikes(await readPacked(input), input, { connectors: maps.in, mapOption: '--in-map' });
    inputs = inputSpikes(records, model, input);
  }
  const expected = options.expect === undefined ? undefined : await readNeurons(options.expect);
  const forced = options.forceSpikes === undefined ? undefined : (await readNeurons(options.forceSpikes)).spikes;
  const isForced = namedCores(model, options.fromCores ?? [], '--from-cores');
  const isRecorded = namedCores(model, options.recordCores ?? [], '--record-cores');
  const fromForced = (neuron: number): boolean => isForced[Math.floor(neuron / CORE_SIZE)] === 1;
  const isOutput = new Uint8Array(program.cores.target.length);
  for (const neuron of outputs) isOutput[neuron] = 1;
  // A neuron with one recorded spike was recorded.
  for (const neuron of expected?.spikes.index ?? []) isOutput[neuron] = 1;
  const isWatched = isOutput.map((output, i) => output | isRecorded[Math.floor(i / CORE_SIZE)]!);
  const watched = Int32Array.from(indicesOf(isWatched));
  const last = inputs.tick.at(-1);
  const nTicks = options.ticks ?? expected?.nTicks ?? (last === undefined ? undefined : last + TAIL_TICKS);
  if (nTicks === undefined) {
    return fail('ticks-missing', 'command line', 'nothing says how long to run', 'pass --ticks <n>');
  }
  return {
    ...{ engine, seed, nTicks, inputs, watched },
    ...(forced === undefined ? {} : { forced: { isForced, spikes: onlyOf(forced, fromForced) } }),
    ...(expected === undefined
      ? {}
      : {
          expected: {
            spikes: expected.spikes,
            isCompared: isOutput.map((output, i) => (fromForced(i) ? 0 : output)),
          },
        }),
  };
}

function* indicesOf(flags: Uint8Array): Generator<number> {
  for (let i = 0; i < flags.length; i++) if (flags[i] === 1) yield i;
}

function onlyOf({ tick, index }: TimedSpikes, accepts: (index: number) => boolean): TimedSpikes {
  const kept = index.map((value) => (accepts(value) ? 1 : 0));
  return { tick: tick.filter((_, i) => kept[i] === 1), index: index.filter((_, i) => kept[i] === 1) };
}

/** [nCores] 1 = in one of the ranges of core ids. */
function namedCores({ coreIds }: CpeModel, ranges: readonly (readonly [number, number])[], option: string): Uint8Array {
  for (const [low, high] of ranges) {
    if (coreIds.some((id) => id >= low && id <= high)) continue;
    fail('unknown-cores', `${option} ${low}-${high}`, 'the model has no such core', 'name cores of the model');
  }
  return Uint8Array.from(coreIds, (id) => (ranges.some(([low, high]) => id >= low && id <= high) ? 1 : 0));
}
