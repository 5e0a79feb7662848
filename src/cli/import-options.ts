/** What the command line says about model files of other tools, in every command that takes a model. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { STANDARD_STREAM } from '../common/standard-input.js';
import type { ForeignFile, ImportOption, ImportOptions } from '../compiler/frontends/frontend.js';
import { kindOf } from '../data/files/bounded.js';
import { besideFile } from '../data/files/folder-reader.js';
import { type ImportText, importTextSchema, readMeanImage, readModelFile } from '../data/model-file.js';
import { readBytes } from './io.js';
import { decimal } from './options.js';

/** Adds the options of imports. */
export function withImportOptions(command: Command): Command {
  return command
    .option(
      '--input-range <low,high>',
      'files of other tools: what bytes 0 and 255 of an image mean to the network, as 0,1 or -1,1 or 0,255',
      parsed('inputRange', parseList),
    )
    .option(
      '--input-mean <list>',
      'files of other tools: subtracted after --input-range, one or one per channel, or a mean image as .npy',
      parsed('inputMean', (text) => (text.endsWith('.npy') ? text : parseList(text))),
    )
    .option(
      '--input-std <list>',
      'files of other tools: divides after --input-mean, one or one per channel',
      parsed('inputStd', parseList),
    )
    .option(
      '--input-shape <list>',
      'files of other tools: shape of a sample, where the file leaves it open',
      parsed('inputShape', parseList),
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
    .option(
      '--time-step <seconds>',
      'files of other tools: time step of a network in continuous time',
      parsed('timeStep', decimal),
    )
    .addOption(
      new Option(
        '--neuron-reset <rule>',
        'files of other tools: what a spike does to a potential, sets it to the value of the file or subtracts the threshold',
      ).choices(['value', 'subtract']),
    )
    .option(
      '--data-range <low,high>',
      'data that are no bytes: which of their numbers are the bytes 0 and 255, as -1,1; recorded in the network',
      parsed('dataRange', parseList),
    )
    .addOption(
      new Option('--data-outside <rule>', 'data outside of --data-range: refused, or limited to it').choices([
        'refuse',
        'clip',
      ]),
    )
    .addOption(
      new Option('--data-layout <order>', 'order of the dimensions of images in data files').choices([
        'channels-first',
        'channels-last',
      ]),
    );
}

/** A model file or folder as the frontends read it; `-` is standard input. @throws UserError when it cannot be read */
export async function foreignFile(path: string): Promise<ForeignFile> {
  if (path === STANDARD_STREAM) return { bytes: await readBytes(path, 'model'), place: path, beside: nothingBeside };
  if ((await kindOf(path)) === 'folder') return readModelFile(path);
  return { bytes: await readBytes(path, 'model'), place: path, beside: besideFile(path) };
}

const nothingBeside = (): Promise<undefined> => Promise.resolve(undefined);

/** What the options say. @throws UserError when a file that they name cannot be read */
export async function importOptionsOf(command: Command | undefined): Promise<ImportOptions> {
  if (command === undefined) return {};
  const texts = command.opts<ImportText>();
  const {
    inputRange,
    inputMean,
    inputStd,
    inputShape,
    inputLayout,
    inputName,
    outputName,
    weights,
    timeStep,
    neuronReset,
    dataRange,
    dataOutside,
    dataLayout,
  } = texts;
  return {
    ...{ inputRange, inputStd, inputShape, inputLayout, inputName, outputName, timeStep, neuronReset },
    ...{ dataRange, dataOutside, dataLayout },
    inputMean: typeof inputMean === 'string' ? await readMeanImage(inputMean) : inputMean,
    weights: weights === undefined ? undefined : await foreignFile(weights),
  };
}

/** A parser of values of an option: files that name models take the same ones. */
const parsed =
  (name: ImportOption, read: (text: string) => unknown) =>
  (text: string): unknown => {
    const { error, data } = importTextSchema.shape[name].safeParse(read(text));
    if (error === undefined) return data;
    const [issue] = error.issues;
    throw new InvalidArgumentError(`${issue?.message ?? 'unexpected value'}.`);
  };

function parseList(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const value = decimal(part.trim());
    if (!Number.isFinite(value)) throw new InvalidArgumentError(`"${part}" is not a number.`);
    return value;
  });
}
