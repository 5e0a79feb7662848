/** One way from the bytes of a model file, ours or another tool's, to a network. */
import { isContainer } from '../../common/container.js';
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { optionFlag } from '../../common/option-flag.js';
import type { RealNumbers } from '../../ir/network/preprocess.js';
import { isNetworkText, readAnyNetwork } from '../../ir/network/read-network.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import {
  DATA_OPTIONS,
  type ForeignFile,
  type FrontendEntry,
  IMPORT_OPTIONS,
  type ImportedNetwork,
  type ImportOption,
  type ImportOptions,
} from './frontend.js';
import { FRONTENDS } from './registry.js';

/** A network, and the format that it came from; undefined for files of ours. */
export interface OpenedNetwork extends ImportedNetwork {
  readonly format?: string;
}

/** The format of a foreign file by its content; undefined for files of ours and for what no frontend knows. */
export function foreignFormat(
  file: Pick<ForeignFile, 'bytes' | 'names'>,
  frontends: readonly FrontendEntry[] = FRONTENDS,
): FrontendEntry | undefined {
  const { bytes, names } = file;
  if (names !== undefined) return frontends.find((entry) => entry.recognisesFolder?.(names) === true);
  return isContainer(bytes) || isNetworkText(bytes) ? undefined : frontends.find((entry) => entry.recognises(bytes));
}

/**
 * Reads a model file. @throws UserError with every finding; for options that its format does not read, before anything else; and for a
 * format that nobody knows, with those that are known
 */
export async function openNetwork(
  file: ForeignFile,
  options: ImportOptions = {},
  frontends: readonly FrontendEntry[] = FRONTENDS,
): Promise<OpenedNetwork> {
  const entry = foreignFormat(file, frontends);
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !isDataOption(name)));
  throwIfErrors(unreadOptions(entry, file, own));
  const reals = realNumbers(options, file.place);
  if (entry !== undefined) {
    const frontend = await entry.load();
    const imported = await frontend.read(file, own);
    return { ...imported, graph: withReals(imported.graph, reals), format: entry.title };
  }
  if (file.names !== undefined) {
    const known = frontends.map(({ title }) => title).join(', ');
    fail(
      'not-a-file',
      file.place,
      'it is a folder, and holds no model',
      `pass a model file: ours (.lsn), or of ${known}`,
    );
  }
  return { graph: withReals(readAnyNetwork(file.bytes, file.place), reals), operators: [], warnings: [] };
}

const isDataOption = (name: string): boolean => DATA_OPTIONS.some((option) => option === name);

/** What the options say about the numbers of data files. @throws UserError where they say how to read them, but not what they mean */
function realNumbers({ dataRange, dataOutside, dataLayout }: ImportOptions, place: string): RealNumbers | undefined {
  if (dataRange === undefined) {
    if (dataOutside === undefined && dataLayout === undefined) return undefined;
    const flag = optionFlag(dataOutside === undefined ? 'dataLayout' : 'dataOutside');
    const message = 'it says how the numbers of data files are read, and nothing says what they mean';
    return fail('missing-data-range', `${place}: ${flag}`, message, 'add --data-range LOW,HIGH; of bytes 0,255');
  }
  const [low, high] = dataRange;
  const layout = dataLayout === undefined ? {} : { layout: dataLayout };
  return { kind: 'reals', low, high, outside: dataOutside ?? 'refuse', ...layout };
}

/** The network with what the numbers of its data mean as the first step of its preprocessing, in place of what it had there. */
function withReals(graph: NetworkGraph, reals: RealNumbers | undefined): NetworkGraph {
  if (reals === undefined) return graph;
  const rest = (graph.preprocessing ?? []).filter(({ kind }) => kind !== 'reals');
  return { ...graph, preprocessing: [reals, ...rest] };
}

/** Options that were given. */
const givenOptions = (options: ImportOptions): readonly ImportOption[] =>
  IMPORT_OPTIONS.filter((name) => options[name] !== undefined);

/** One finding for each option that the format of a file does not read: a file of ours, without a format, reads none. */
export function unreadOptions(
  entry: FrontendEntry | undefined,
  { bytes, place }: Pick<ForeignFile, 'bytes' | 'place'>,
  options: ImportOptions,
): readonly Diagnostic[] {
  const read = entry?.reads(bytes) ?? [];
  return givenOptions(options)
    .filter((name) => !read.includes(name))
    .map((name) => {
      const message =
        entry === undefined
          ? 'it is no model file of another tool: it says everything itself'
          : `a file of this kind (${entry.title}) has no use for it`;
      return errorAt('unread-option', `${place}: ${optionFlag(name)}`, message, 'leave the option out');
    });
}
