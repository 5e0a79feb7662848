/**
 * The contract of a frontend: bytes of another tool's trained network in, a `NetworkGraph` out. A foreign format is one folder here and one
 * line in the registry. Frontends read, they never execute; sizes are checked before anything is allocated; and they never guess: where a
 * file leaves something open, an option says it, and the finding names the option.
 */
import type { Diagnostic } from '../../common/diagnostics.js';
import type { NetworkGraph, NodeId, Shape } from '../../ir/network/types.js';

/** A file of another tool, with what lies beside it. Nothing here touches a disk: who calls hands the bytes. */
export interface ForeignFile {
  /** Empty for a folder. */
  readonly bytes: Uint8Array;
  /** The files of a folder, by name; undefined for a file. */
  readonly names?: readonly string[] | undefined;
  /** Where findings say they are: the path as the user wrote it. */
  readonly place: string;
  /**
   * The bytes of a file in the same folder (of a folder: in it) or below (external data, shards), undefined where there is none. Names that lead out of the folder,
   * and files above `limit` bytes, are refused. @throws UserError
   */
  beside(name: string, limit: number): Promise<Uint8Array | undefined>;
}

/**
 * What the user says where files are silent. Every field is an option of the command line (src/cli/import-options.ts) and of files that name models,
 * `inputRange` as `--input-range`.
 */
export interface ImportOptions {
  /**
   * What a byte of an image means to the network: the real values of 0 and of 255 ([0, 1] for images divided by 255, [-1, 1], [0, 255], ...).
   * Files whose first layer quantises, or whose input is an integer tensor, say it themselves.
   */
  readonly inputRange?: readonly [low: number, high: number] | undefined;
  /** Subtracted after `inputRange`, one for all channels or one each; 0 without it. */
  readonly inputMean?: readonly number[] | undefined;
  /** Divides after `inputMean`, one for all channels or one each; 1 without it. */
  readonly inputStd?: readonly number[] | undefined;
  /** Shape of one sample as the file orders it, without the batch: for files that leave dimensions open. */
  readonly inputShape?: Shape | undefined;
  /** Order of the dimensions of images in the file, where the file does not show it by a convolution. */
  readonly inputLayout?: 'channels-first' | 'channels-last' | undefined;
  /** Which of several inputs is the image; the others have to be constants. */
  readonly inputName?: string | undefined;
  /** Which of several outputs holds the class scores. */
  readonly outputName?: string | undefined;
  /** A file with the weights, for formats that keep them apart. */
  readonly weights?: ForeignFile | undefined;
  /** Time step in seconds, for networks in continuous time. */
  readonly timeStep?: number | undefined;
  /** What a spike does to the potential of a neuron: sets it to the reset of the file (0 where it has none), or takes the threshold off it. */
  readonly neuronReset?: 'value' | 'subtract' | undefined;
  /** Which numbers of data files are the bytes 0 and 255: for data that are no bytes. Recorded in the network, whatever its format. */
  readonly dataRange?: readonly [low: number, high: number] | undefined;
  /** What is done with numbers outside of `dataRange`; they are refused without it. */
  readonly dataOutside?: 'refuse' | 'clip' | undefined;
  /** Order of the dimensions of images in data files; channels last without it. */
  readonly dataLayout?: 'channels-first' | 'channels-last' | undefined;
}

/** Every option, in the order in which they are listed. */
export const IMPORT_OPTIONS = [
  'inputRange',
  'inputMean',
  'inputStd',
  'inputShape',
  'inputLayout',
  'inputName',
  'outputName',
  'weights',
  'timeStep',
  'neuronReset',
  'dataRange',
  'dataOutside',
  'dataLayout',
] as const satisfies readonly (keyof ImportOptions)[];

/** Options about the data of a network: read with every format, ours too. */
export const DATA_OPTIONS = ['dataRange', 'dataOutside', 'dataLayout'] as const satisfies readonly ImportOption[];

/** The name of an option. */
export type ImportOption = (typeof IMPORT_OPTIONS)[number];

/** How what became of an operator stands to what the file says. */
export type Fidelity =
  /** The same numbers (integers), or the same real function evaluated in float64. */
  | 'exact'
  /** Another function, asked for, within the bound that the note states. */
  | 'approximate'
  /** Left to the host, or without effect at inference: softmax behind the scores, dropout, the batch dimension. */
  | 'dropped';

/** What became of one operator of the file, in its order. */
export interface ImportedOperator {
  /** Its name in the file; made up from its output where the file has none. */
  readonly name: string;
  readonly operator: string;
  /** The layers it became; none where it went into others. */
  readonly layers: readonly NodeId[];
  readonly fidelity: Fidelity;
  /** In words, where there is something to say. */
  readonly note?: string;
}

/** What the file itself says of an image, without the network that was made of it. */
export interface FileSample {
  /** By layer of the network: its values, in its order and units; NaN for elements that the file does not have. */
  readonly layers: ReadonlyMap<NodeId, Float64Array>;
  /** The class of the file, ties to the lowest; absent where the evaluation does not reach its scores. */
  readonly decision?: number;
}

/** The file evaluated on its own, beside the network that was made of it: what an import is compared with. */
export interface FileValues {
  /** What evaluates it, and what that shares with the importer, as a sentence. */
  readonly what: string;
  /** @param image bytes, as the network reads them: channels last, preprocessed */
  /** Evaluates one sample. */
  evaluate(image: Uint8Array): FileSample;
}

/** A network from outside. */
export interface ImportedNetwork {
  readonly graph: NetworkGraph;
  readonly operators: readonly ImportedOperator[];
  /** What the user should know: losses with their bounds, choices that options made. No errors. */
  readonly warnings: readonly Diagnostic[];
  /** Absent for formats whose files are evaluated by their importer only. */
  readonly file?: FileValues;
}

/** A foreign format. */
export interface Frontend {
  /** Stable short name: `onnx`, `keras`, `tflite`, `nir`, ... */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** Usual endings of its files, with the point; for help texts only, files are recognised by content. */
  readonly extensions: readonly string[];
  /** Whether bytes are, by their content, a file of this format. Cheap: looks at a few bytes. Must not throw. */
  recognises(bytes: Uint8Array): boolean;
  /** Whether a folder with files of these names is of this format; absent for formats of single files. */
  recognisesFolder?(names: readonly string[]): boolean;
  /** The options that reading this file looks at: others are refused before it is read, as what the file says itself. Must not throw. */
  reads(bytes: Uint8Array): readonly ImportOption[];
  /**
   * Reads the network. Its graph passes the verifier.
   * @throws UserError with everything that cannot be taken at once: node, operator, reason, what would make it work
   */
  read(file: ForeignFile, options: ImportOptions): Promise<ImportedNetwork>;
}

/** What is known of a format before it is loaded: frontends bring parsers along that no other command needs. */
export interface FrontendEntry extends Omit<Frontend, 'read'> {
  load(): Promise<Frontend>;
}
