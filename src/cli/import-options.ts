/** What the command line says about model files of other tools, in every command that takes a model. */
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { throwIfErrors, errorAt } from '../common/diagnostics.js';
import { STANDARD_STREAM } from '../common/standard-input.js';
import type { ForeignFile, ImportOptions } from '../compiler/frontends/frontend.js';
import { foreignFormat } from '../compiler/frontends/open-network.js';
import { kindOf, readBounded } from '../data/files/bounded.js';
import { besideFile, folderReader, listTree } from '../data/files/folder-reader.js';
import { npyNumbers, parseNpy } from '../data/files/npy.js';
import { readBytes } from './io.js';
import { decimal } from './options.js';

/** Values of the options; `--weights` is a path until the file is read. */
interface ImportTexts {
  readonly inputRange?: readonly [number, number];
  /** Numbers, or the path of a .npy file with them. */
  readonly inputMean?: readonly number[] | string;
  readonly inputStd?: readonly number[];
  readonly inputShape?: readonly number[];
  readonly inputLayout?: 'channels-first' | 'channels-last';
  readonly inputName?: string;
  readonly outputName?: string;
  readonly weights?: string;
  readonly timeStep?: number;
}

/** Options by their names in {@link ImportTexts}. */
const FLAGS = {
  inputRange: '--input-range <low,high>',
  inputMean: '--input-mean <list>',
  inputStd: '--input-std <list>',
  inputShape: '--input-shape <list>',
  inputLayout: '--input-layout <order>',
  inputName: '--input-name <name>',
  outputName: '--output-name <name>',
  weights: '--weights <file>',
  timeStep: '--time-step <seconds>',
} as const satisfies Readonly<Record<keyof ImportTexts, string>>;

/** Adds the options of imports. */
export function withImportOptions(command: Command): Command {
  return command
    .option(
      FLAGS.inputRange,
      'files of other tools: what bytes 0 and 255 of an image mean to the network, as 0,1 or -1,1 or 0,255',
      parsePair,
    )
    .option(
      FLAGS.inputMean,
      'files of other tools: subtracted after --input-range, one or one per channel, or a mean image as .npy',
      parseMean,
    )
    .option(FLAGS.inputStd, 'files of other tools: divides after --input-mean, one or one per channel', parsePositives)
    .option(FLAGS.inputShape, 'files of other tools: shape of a sample, where the file leaves it open', parseShape)
    .addOption(
      new Option(FLAGS.inputLayout, 'files of other tools: order of the dimensions of an image in the file').choices([
        'channels-first',
        'channels-last',
      ]),
    )
    .option(FLAGS.inputName, 'files of other tools: which of several inputs is the image')
    .option(FLAGS.outputName, 'files of other tools: which of several outputs holds the class scores')
    .option(FLAGS.weights, 'files of other tools: the file with the weights, where they stand apart')
    .option(FLAGS.timeStep, 'files of other tools: time step of a network in continuous time', parseSeconds);
}

/** The options that were given, in the order of their table. */
function given(command: Command): readonly (keyof ImportTexts)[] {
  const keys: readonly (keyof ImportTexts)[] = [
    'inputRange',
    'inputMean',
    'inputStd',
    'inputShape',
    'inputLayout',
    'inputName',
    'outputName',
    'weights',
    'timeStep',
  ];
  return keys.filter((key) => command.getOptionValueSource(key) === 'cli');
}

/** A model file or folder as the frontends read it. @throws UserError when it cannot be read */
export async function foreignFile(path: string): Promise<ForeignFile> {
  if (path !== STANDARD_STREAM && (await kindOf(path)) === 'folder') {
    return { bytes: new Uint8Array(0), names: await listTree(path), place: path, beside: folderReader(path) };
  }
  const bytes = await readBytes(path, 'model');
  return { bytes, place: path, beside: path === STANDARD_STREAM ? nothingBeside : besideFile(path) };
}

const nothingBeside = (): Promise<undefined> => Promise.resolve(undefined);

/** How a foreign file is to be read. @throws UserError for options on a file that is none, and when the weights cannot be read */
export async function importOptionsOf(
  command: Command | undefined,
  file: Pick<ForeignFile, 'bytes' | 'names' | 'place'>,
): Promise<ImportOptions> {
  if (command === undefined) return {};
  const keys = given(command);
  if (keys.length > 0 && foreignFormat(file) === undefined) {
    const message = `${basename(file.place)} is no model file of another tool: it says everything itself`;
    throwIfErrors(
      keys.map((key) =>
        errorAt('option-of-an-import', FLAGS[key].split(' ')[0] ?? key, message, 'leave the option out'),
      ),
    );
  }
  const texts = command.opts<ImportTexts>();
  const { inputRange, inputMean, inputStd, inputShape, inputLayout, inputName, outputName, weights, timeStep } = texts;
  return {
    ...{ inputRange, inputStd, inputShape, timeStep },
    inputMean: typeof inputMean === 'string' ? await meanImage(inputMean) : inputMean,
    ...{ layout: inputLayout, input: inputName, output: outputName },
    ...(weights === undefined ? {} : { weights: await foreignFile(weights) }),
  };
}

function parseList(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const value = decimal(part.trim());
    if (!Number.isFinite(value)) throw new InvalidArgumentError(`"${part}" is not a number.`);
    return value;
  });
}

/** Far above the mean of any image here. */
const MAX_MEAN_BYTES = 1 << 27;

/** A list, or the path of a .npy file. */
const parseMean = (text: string): readonly number[] | string => (text.endsWith('.npy') ? text : parseList(text));

async function meanImage(path: string): Promise<readonly number[]> {
  return [...npyNumbers(parseNpy(await readBounded(path, MAX_MEAN_BYTES), path, 'numbers'))];
}

function parsePair(text: string): readonly [number, number] {
  const [low, high, ...more] = parseList(text);
  if (low === undefined || high === undefined || more.length > 0 || low >= high) {
    throw new InvalidArgumentError('It must be two numbers, the smaller one first.');
  }
  return [low, high];
}

function parsePositives(text: string): readonly number[] {
  const list = parseList(text);
  if (list.some((value) => value <= 0)) throw new InvalidArgumentError('They must be above 0.');
  return list;
}

function parseShape(text: string): readonly number[] {
  const list = parseList(text);
  if (list.some((value) => !Number.isInteger(value) || value < 1 || value > 1 << 20)) {
    throw new InvalidArgumentError('They must be whole numbers from 1 on.');
  }
  return list;
}

function parseSeconds(text: string): number {
  const value = decimal(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
