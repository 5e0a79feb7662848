/** What the command line says about model files of other tools, in every command that takes a model. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { STANDARD_STREAM } from '../common/standard-input.js';
import type { ForeignFile, ImportOptions } from '../compiler/frontends/frontend.js';
import { kindOf, readBounded } from '../data/files/bounded.js';
import { besideFile, folderReader, listTree } from '../data/files/folder-reader.js';
import { npyNumbers, parseNpy } from '../data/files/npy.js';
import { readBytes } from './io.js';
import { decimal } from './options.js';

/** Values of the options before files are read. */
type ImportTexts = Omit<ImportOptions, 'inputMean' | 'weights'> & {
  /** Numbers, or the path of a .npy file with them. */
  readonly inputMean?: readonly number[] | string;
  /** A path. */
  readonly weights?: string;
};

/** Adds the options of imports. */
export function withImportOptions(command: Command): Command {
  return command
    .option(
      '--input-range <low,high>',
      'files of other tools: what bytes 0 and 255 of an image mean to the network, as 0,1 or -1,1 or 0,255',
      parsePair,
    )
    .option(
      '--input-mean <list>',
      'files of other tools: subtracted after --input-range, one or one per channel, or a mean image as .npy',
      parseMean,
    )
    .option(
      '--input-std <list>',
      'files of other tools: divides after --input-mean, one or one per channel',
      parsePositives,
    )
    .option(
      '--input-shape <list>',
      'files of other tools: shape of a sample, where the file leaves it open',
      parseShape,
    )
    .addOption(
      new Option(
        '--input-layout <order>',
        'files of other tools: order of the dimensions of an image in the file',
      ).choices(['channels-first', 'channels-last']),
    )
    .option('--input-name <name>', 'files of other tools: which of several inputs is the image')
    .option('--output-name <name>', 'files of other tools: which of several outputs holds the class scores')
    .option('--weights <file>', 'files of other tools: the file with the weights, where they stand apart')
    .option('--time-step <seconds>', 'files of other tools: time step of a network in continuous time', parseSeconds);
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

/** What the options say. @throws UserError when a file that they name cannot be read */
export async function importOptionsOf(command: Command | undefined): Promise<ImportOptions> {
  if (command === undefined) return {};
  const texts = command.opts<ImportTexts>();
  const { inputRange, inputMean, inputStd, inputShape, inputLayout, inputName, outputName, weights, timeStep } = texts;
  return {
    ...{ inputRange, inputStd, inputShape, inputLayout, inputName, outputName, timeStep },
    inputMean: typeof inputMean === 'string' ? await meanImage(inputMean) : inputMean,
    weights: weights === undefined ? undefined : await foreignFile(weights),
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
