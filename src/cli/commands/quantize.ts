import { type Command, Option } from 'commander';
import { errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import type { Dataset } from '../../data/index.js';
import { type NetworkSamples, openSamples } from '../../data/samples.js';
import { createFloatRunner, type FloatRunner } from '../../evaluation/float/runner.js';
import { SPIKING_BITS } from '../../compiler/passes/spiking-to-integer.js';
import { encodeNetwork } from '../../ir/network/file.js';
import { isSpiking } from '../../ir/network/spiking.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { integer, percent } from '../../common/format.js';
import type { LayerBits, Quality, SearchResult } from '../../training/post/index.js';
import type { CliContext } from '../context.js';
import { eventOptionProblems, withEventOptions } from '../event-options.js';
import { checkWritable, writeAtomic } from '../io.js';
import { withImportOptions } from '../import-options.js';
import { loadModel } from '../load.js';
import { printWarnings } from '../tell.js';
import {
  checkAsked,
  checkLimit,
  type DataOptions,
  parseLimit,
  parsePotentialBits,
  withData,
  withLimit,
  withWorkers,
  type WorkersOption,
} from '../options.js';
import { type JsonContent, printJson } from '../json-envelope.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';
import { METHODS, type QuantizeTexts, readQuantizeOptions } from './quantize-options.js';
import { quantizeSpiking } from './quantize-spiking.js';

interface QuantizeCommandOptions extends DataOptions, WorkersOption, QuantizeTexts {
  readonly json: boolean;
  readonly output: string;
  readonly scales: 'channel' | 'tensor';
  readonly images?: number;
  readonly searchImages?: number;
  readonly potentialBits?: number;
}

/** `lodestone quantize MODEL --bits 8 -o OUT`: from a network with real weights to one with integers, without training; spiking networks are {@link quantizeSpiking}'s. */
export function addQuantize(program: Command, context: CliContext): void {
  const command = withData(
    program
      .command('quantize')
      .argument('<model>', `model file with real weights: ours (.lsn) or another tool's`)
      .description('give a network with real weights integer weights and activations, without training it')
      .requiredOption('-o, --output <file>', 'model file to write (.lsn)'),
  );
  withWorkers(
    withEventOptions(withImportOptions(withLimit(command)))
      .option('--bits <w[/a]>', 'bits of the weights and, if they differ, of the inputs of all layers', '8')
      .option('--layer-bits <layer=w[/a],...>', 'bits of single layers, for example conv1=4,fc=8/8')
      .addOption(new Option('--method <name>', 'how ranges are chosen').choices([...METHODS]).default('mse'))
      .option('--percentile <p>', 'values inside the range for --method percentile (default: 99.9)')
      .addOption(
        new Option('--scales <per>', 'weight scales per output channel or per layer')
          .choices(['channel', 'tensor'])
          .default('channel'),
      )
      .option(
        '--images <n>',
        `training images that calibrate, the first ones (default: ${CALIBRATING}, or what there is)`,
        parseLimit,
      )
      .option('--search', 'find few bits per layer (8, 4 or 2) that keep the accuracy', false)
      .option('--budget <p%>', 'accuracy a search may give up, in percentage points (default: 0.5%)')
      .option(
        '--search-images <n>',
        `training images that a search measures on, the last ones (default: ${SEARCHING}, or half of what there is)`,
        parseLimit,
      )
      .option(
        '--potential-bits <n>',
        `spiking networks: bits of the potentials of neurons, 2 to 32 (default: ${SPIKING_BITS.potentials})`,
        parsePotentialBits,
      ),
    context,
  ).action(async (path: string, options: QuantizeCommandOptions, called: Command) => {
    checkLimit(options.limit);
    const { graph, warnings } = await loadModel(path, called);
    if (!options.json) printWarnings(warnings, context);
    if (isSpiking(graph)) {
      await quantizeSpiking({ graph, warnings, path }, options, called, context);
      return;
    }
    throwIfErrors([...potentialProblems(options), ...eventOptionProblems(called)]);
    // Loads the tensor library: only the commands that need it pay for that.
    const post = await import('../../training/post/index.js');
    throwIfErrors(post.checkQuantisable(graph, path));
    const layers = post.linearLayers(graph);
    const request = readQuantizeOptions(options, layers);
    await checkWritable(options.output);
    const training = await openSamples(options.data, graph, 'train');
    const test = await openSamples(options.data, graph, 'test');
    checkAsked(options.limit, test.nSamples, `data set "${options.data}"`);
    const used = imagesOf(training, options);
    const reported = test.take(0, options.limit ?? test.nSamples);

    const progress = startProgress('quantizing', context, options.json);
    const onTest = createFloatRunner(reported, options.workers);
    const onHeldOut = createFloatRunner(used.search, options.workers);
    const measure = (runner: FloatRunner, { labels }: Dataset, network: NetworkGraph, note: string): Promise<Quality> =>
      post.measureQuality(runner, labels, network, {
        signal: context.signal,
        onProgress: (done, total) => progress.update(done, total, note),
      });
    const measureTest = (network: NetworkGraph, note: string): Promise<Quality> =>
      measure(onTest, reported, network, `${note}, test images`);
    const measureHeldOut = (network: NetworkGraph, note: string): Promise<Quality> =>
      measure(onHeldOut, used.search, network, note);
    try {
      const before = await measureTest(graph, 'float network');
      const { method } = request;
      const calibrated = post.calibrateNetwork(graph, used.calibration, { method, scales: options.scales });
      const fallback = request.bits.inputs;
      let bits: ReadonlyMap<string, LayerBits> = new Map(
        layers.map((layer) => [layer, request.layerBits.get(layer) ?? request.bits]),
      );
      let search: SearchResult | undefined;
      const macs = post.macsByLayer(graph);
      if (options.search) {
        const float = await measureHeldOut(graph, 'float network, held-out images');
        search = await post.searchBits(
          macs,
          (candidate) => measureHeldOut(post.quantiseNetwork(calibrated, candidate, 8), noteOf(candidate)),
          { floor: float.accuracy - request.budget, widths: [8, 4, 2] },
        );
        bits = search.bits;
      }
      const network = post.quantiseNetwork(calibrated, bits, search === undefined ? fallback : 8);
      const after = await measureTest(network, 'quantised network');
      progress.stop();
      await writeAtomic(options.output, encodeNetwork(network));
      const inputs = post.inputBitsOf(network);
      const rows = [...bits].map(([id, { weights }]) => ({
        id,
        weights,
        inputs: inputs.get(id),
        macs: macs.get(id) ?? 0,
      }));
      const result: QuantizeResult = {
        name: graph.name,
        layers: rows,
        before,
        after,
        n: reported.labels.length,
        search,
      };
      if (options.json)
        printJson(context, 'lodestone-quantize', jsonOf(result, options.output), { workers: options.workers });
      else context.out(text(result, options.output));
    } finally {
      progress.stop();
      await Promise.all([onTest.close(), onHeldOut.close()]);
    }
  });
}

function potentialProblems({ potentialBits }: QuantizeCommandOptions) {
  if (potentialBits === undefined) return [];
  const message = 'the network reads images, and its neurons keep no potential';
  return [errorAt('option-of-spiking', '--potential-bits', message, 'leave the option out')];
}

/** Images that calibrate, and that a search measures on, where nothing is asked for and there are so many. */
const CALIBRATING = 500;
const SEARCHING = 2000;

/** Calibration and held-out images of the training split. @throws UserError when there are fewer than are asked for */
function imagesOf({ nSamples, take }: NetworkSamples, options: QuantizeCommandOptions) {
  const { search } = options;
  const searchImages = options.searchImages ?? Math.min(SEARCHING, nSamples >> 1);
  const held = search ? searchImages : 0;
  const images = options.images ?? Math.max(1, Math.min(CALIBRATING, nSamples - held));
  if (images < 1 || images + held > nSamples || (search && held < 1)) {
    const asked = `${images} images to calibrate${search ? ` and ${held} to search` : ''}`;
    const message = `${asked} do not fit the ${nSamples} training images`;
    const place = options.images === undefined ? '--search-images' : '--images';
    fail('bad-images', place, message, 'pass --images and --search-images of at least 1 that fit');
  }
  return { calibration: take(0, images), search: take(nSamples - held, nSamples) };
}

interface QuantizeResult {
  readonly name: string;
  /** Bits as they are in the network: what several layers read has the most any of them asks for. */
  readonly layers: readonly {
    readonly id: string;
    readonly weights: number;
    readonly inputs: number | undefined;
    readonly macs: number;
  }[];
  readonly before: Quality;
  readonly after: Quality;
  /** Test images. */
  readonly n: number;
  readonly search: SearchResult | undefined;
}

const noteOf = (bits: ReadonlyMap<string, LayerBits>): string =>
  `bits ${[...bits.values()].map(({ weights }) => weights).join(' ')}`;

function jsonOf({ name, layers, before, after, n, search }: QuantizeResult, output: string): JsonContent {
  const found = search === undefined ? undefined : { ...search, bits: undefined };
  return { name, layers, samples: n, before, after, search: found, output };
}

function text({ name, layers, before, after, n, search }: QuantizeResult, output: string): string {
  const rows = layers.map(({ id, weights, inputs, macs }) => [id, `${weights}`, `${inputs ?? ''}`, integer(macs)]);
  const tables = search === undefined ? '' : searchText(search);
  return `${tables}${textTable(['layer', 'weight bits', 'input bits', 'MAC'], rows)}
${name}: ${percent(before.accuracy)} -> ${percent(after.accuracy)} of ${integer(n)} test images (float -> quantised), written to ${output}
`;
}

function searchText({ table, steps, quality, relativeCycles }: SearchResult): string {
  const shown = (q: Quality): readonly string[] => [percent(q.accuracy), q.loss.toFixed(4)];
  const alone = table.map(({ layer, bits, quality: found }) => [layer, `${bits}`, ...shown(found)]);
  const tried = steps.map(({ layer, from, to, quality: found, kept }) => [
    layer,
    `${from} -> ${to}`,
    ...shown(found),
    kept ? 'kept' : 'undone',
  ]);
  return `one layer at a time, the others at the highest width, held-out images:
${textTable(['layer', 'bits', 'accuracy', 'loss'], alone)}
${textTable(['layer', 'bits', 'accuracy', 'loss', ''], tried, [0, 1, 4])}
found: ${percent(quality.accuracy)} of the held-out images, ${percent(relativeCycles, 1)} of the cycles

`;
}
