/** Model files that specifications name, with the digest that keys are made of. */
import { openNetwork } from '../compiler/frontends/open-network.js';
import { type ImportText, readImportText, readModelFile } from '../data/model-file.js';
import { encodeNetwork } from '../ir/network/file.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { digestOf } from './points/digest.js';

/** A model file and the digest of its bytes. */
export interface ModelFile {
  readonly network: NetworkGraph;
  readonly digest: string;
}

/** How a model file of another tool is to be read. */
export interface ModelReading {
  readonly import?: ImportText | undefined;
  /** Of the files that it names. */
  readonly folder: string;
}

/** Reads a model file: ours, binary or in text form, or one of another tool, or a folder of one. @throws UserError */
export async function readModel(path: string, reading?: ModelReading): Promise<ModelFile> {
  const file = await readModelFile(path);
  const options = reading?.import === undefined ? {} : await readImportText(reading.import, reading.folder);
  const { graph, format } = await openNetwork(file, options);
  // Of other tools' files what is read counts: there may be several, and options.
  return { network: graph, digest: digestOf(format === undefined ? file.bytes : encodeNetwork(graph)) };
}
