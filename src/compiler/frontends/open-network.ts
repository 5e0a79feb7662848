/** One way from the bytes of a model file, ours or another tool's, to a network. */
import { isContainer } from '../../common/container.js';
import { fail } from '../../common/diagnostics.js';
import { isNetworkText, readAnyNetwork } from '../../ir/network/read-network.js';
import type { ForeignFile, FrontendEntry, ImportedNetwork, ImportOptions } from './frontend.js';
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
 * Reads a model file. @throws UserError with every finding; for options of imports on a file of ours, which says everything itself; and for a
 * format that nobody knows, with those that are known
 */
export async function openNetwork(
  file: ForeignFile,
  options: ImportOptions = {},
  frontends: readonly FrontendEntry[] = FRONTENDS,
): Promise<OpenedNetwork> {
  const entry = foreignFormat(file, frontends);
  if (entry !== undefined) {
    const frontend = await entry.load();
    return { ...(await frontend.read(file, options)), format: entry.title };
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
  return { graph: readAnyNetwork(file.bytes, file.place), operators: [], warnings: [] };
}
