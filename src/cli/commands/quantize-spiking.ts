/** `lodestone quantize` of spiking networks: integer weights, thresholds and potentials, what that changes, and the spikes before and after. */
import type { Command } from 'commander';
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { integer, percent, significant } from '../../common/format.js';
import { SPIKING_BITS, type SpikingBits } from '../../compiler/passes/spiking-to-integer.js';
import { lowerSpiking, type LoweredSpiking } from '../../compiler/pipelines.js';
import type { LoadedSequences } from '../../data/events/sequence-types.js';
import { type SpikingComparison, startComparison } from '../../evaluation/spiking/compare.js';
import { encodeNetwork } from '../../ir/network/file.js';
import { codedBuffer, type CodedValues, encodeCounts } from '../../ir/network/input-code.js';
import { readerOf } from '../../ir/network/check-samples.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { CliContext } from '../context.js';
import { eventOptionsOf, givenEventOptions } from '../event-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { loadAskedEvents } from '../load.js';
import type { DataOptions } from '../options.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';
import { printWarnings } from '../tell.js';
import { readSpikingBits } from './quantize-options.js';

/** Options of the command that a spiking network reads. */
export interface QuantizeSpikingOptions extends DataOptions {
  readonly json: boolean;
  readonly output: string;
  readonly bits: string;
  readonly layerBits?: string;
  readonly potentialBits?: number;
}

/** A spiking network on its way. */
export interface SpikingModel {
  readonly graph: NetworkGraph;
  /** Of the import. */
  readonly warnings: readonly Diagnostic[];
  /** The file. */
  readonly path: string;
}

/** Options that mean nothing here, by their names in commander, with the reason. */
const IDLE = [
  ...(['method', 'percentile', 'scales', 'images'] as const).map(
    (name) => [name, 'no ranges of activations are measured: neurons give spikes'] as const,
  ),
  ...(['search', 'budget', 'searchImages'] as const).map(
    (name) => [name, 'the bits of a spiking network are not searched for'] as const,
  ),
  ['workers', 'both networks spike on one thread'] as const,
];

/** Rounds a spiking network, writes it, and prints what was rounded and, with --data, the spikes. @throws UserError */
export async function quantizeSpiking(
  { graph, warnings, path }: SpikingModel,
  options: QuantizeSpikingOptions,
  called: Command,
  context: CliContext,
): Promise<void> {
  const { output, json } = options;
  if (graph.dialect !== 'float') {
    fail('wrong-dialect', path, 'the network is an integer network already', 'pass the float network');
  }
  const hasData = called.getOptionValueSource('data') === 'cli';
  const bits = readBits(graph, options, called, hasData);
  await checkWritable(output);
  const lowered = lowerSpiking(graph, bits);
  const loaded = hasData ? await loadAskedEvents(options, graph, eventOptionsOf(called)) : undefined;
  if (!json) printWarnings(loaded?.warnings ?? [], context);
  const comparison = loaded === undefined ? undefined : await compared(graph, lowered.graph, loaded, json, context);
  await writeAtomic(output, encodeNetwork(lowered.graph));
  const result: Result = { graph, lowered, bits, comparison, output };
  const all = [...warnings, ...(loaded?.warnings ?? [])];
  if (json) printJson(context, 'lodestone-quantize', { ...jsonOf(result), warnings: all });
  else context.out(text(result));
}

/** The bits that are asked for. @throws UserError with every option that is wrong or means nothing */
function readBits(
  graph: NetworkGraph,
  options: QuantizeSpikingOptions,
  called: Command,
  hasData: boolean,
): SpikingBits {
  const given = (name: string): boolean => called.getOptionValueSource(name) === 'cli';
  const flagOf = (name: string): string =>
    called.options.find((option) => option.attributeName() === name)?.long ?? name;
  const problems = IDLE.filter(([name]) => given(name)).map(([name, message]) =>
    errorAt('option-of-images', flagOf(name), `the network spikes, and ${message}`, 'leave the option out'),
  );
  if (!hasData) {
    const idle = [...(given('limit') ? ['--limit'] : []), ...givenEventOptions(called)];
    const message = 'it says on which samples spikes are compared, and there are none';
    problems.push(
      ...idle.map((flag) => errorAt('option-without-data', flag, message, 'add --data, or leave the option out')),
    );
  }
  const layers = graph.nodes.flatMap(({ id, kind }) => (kind === 'dense' || kind === 'conv2d' ? [id] : []));
  const asked = readSpikingBits(options, layers, problems);
  throwIfErrors(problems);
  return { ...asked, potentials: options.potentialBits ?? SPIKING_BITS.potentials };
}

/** Both networks on all samples. Rejects with the signal's reason when aborted. */
async function compared(
  float: NetworkGraph,
  rounded: NetworkGraph,
  { data }: LoadedSequences,
  json: boolean,
  { signal, ...context }: CliContext,
): Promise<SpikingComparison> {
  const encode = float.nodes[1];
  if (encode?.kind !== 'encode') throw new Error('internal error: the input code stands behind the input');
  const { code } = encode;
  const nSamples = data.labels.length;
  const nSteps = present(data.shape[0], 'steps');
  const nPixels = sizeOf(readerOf(float).inputShape);
  const coded = codedBuffer(code, nPixels);
  function* frames(sample: number): Generator<CodedValues> {
    for (let frame = sample * nSteps; frame < (sample + 1) * nSteps; frame++) {
      encodeCounts(code, data.images.subarray(frame * nPixels, (frame + 1) * nPixels), frame, 1, coded);
      yield coded;
    }
  }
  const comparison = startComparison(float, rounded);
  const progress = startProgress('comparing', { signal, ...context }, json);
  try {
    for (let sample = 0; sample < nSamples; sample++) {
      comparison.add(frames(sample));
      progress.update(sample + 1, nSamples);
      // One turn of the event loop, so that an abort gets through.
      await new Promise(setImmediate);
      signal.throwIfAborted();
    }
  } finally {
    progress.stop();
  }
  return comparison.result();
}

interface Result {
  readonly graph: NetworkGraph;
  readonly lowered: LoweredSpiking;
  readonly bits: SpikingBits;
  readonly comparison: SpikingComparison | undefined;
  readonly output: string;
}

/** Layers of neurons that compare with a threshold. */
const spikingLayers = ({ nodes }: NetworkGraph): ReadonlySet<string> =>
  new Set(nodes.flatMap((node) => (node.kind === 'neuron' && node.spike !== undefined ? [node.id] : [])));

function jsonOf({ graph, lowered, bits, comparison, output }: Result) {
  const spiking = spikingLayers(graph);
  const neurons = lowered.neurons.map(({ layer, unit, thresholdError, meanThresholdError, decayError }) => ({
    ...{ layer, unit, decayError },
    thresholds: spiking.has(layer) ? { largestError: thresholdError, meanError: meanThresholdError } : undefined,
  }));
  const spikes =
    comparison === undefined
      ? undefined
      : {
          samples: comparison.nSamples,
          sameClass: comparison.sameClass / comparison.nSamples,
          layers: comparison.layers.map(({ nNeurons, equal, ...counts }) => ({
            ...counts,
            neurons: nNeurons,
            equal: equal / (nNeurons * comparison.nSamples),
          })),
        };
  return {
    name: graph.name,
    spiking: { potentialBits: bits.potentials, weights: lowered.weights, neurons, spikes },
    output,
  };
}

function text({ graph, lowered, bits, comparison, output }: Result): string {
  const spiking = spikingLayers(graph);
  const weights = lowered.weights.map((found) => [
    ...[found.layer, `${found.bits}`, significant(found.scale), significant(found.largestWeight)],
    ...[significant(found.largestError), significant(found.meanError)],
  ]);
  const neurons = lowered.neurons.map(({ layer, unit, thresholdError, meanThresholdError, decayError }) => [
    ...[layer, `${bits.potentials}`, significant(unit)],
    ...(spiking.has(layer) ? [percent(thresholdError, 3), percent(meanThresholdError, 3)] : ['', '']),
    significant(decayError),
  ]);
  const tables = [
    textTable(['weights', 'bits', 'step', 'largest', 'largest error', 'mean error'], weights),
    textTable(['neurons', 'bits', 'unit', 'threshold error, largest', 'mean', 'decay error'], neurons),
    ...(comparison === undefined ? [] : [spikesText(comparison)]),
  ];
  const { sameClass = 0, nSamples = 0 } = comparison ?? {};
  const classes =
    comparison === undefined
      ? ''
      : `same class for ${percent(sameClass / nSamples)} of ${integer(nSamples)} samples (float and integer network), `;
  return `${tables.join('\n')}\n${graph.name}: ${classes}written to ${output}\n`;
}

function spikesText({ layers, nSamples }: SpikingComparison): string {
  const rows = layers.map(({ layer, float, integer: found, meanError, largestError, equal, nNeurons }) => [
    ...[layer, integer(float), integer(found), significant(meanError), integer(largestError)],
    percent(equal / (nNeurons * nSamples)),
  ]);
  return textTable(['spikes', 'float', 'integer', 'mean difference', 'largest', 'equal counts'], rows);
}
