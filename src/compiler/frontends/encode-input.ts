/**
 * From the bytes of an image to the real values a float network was trained on: the real value of byte b is
 * ((low + b (high - low) / 255) - mean) / std. Where that is a step times an integer, the input code says it alone; else a batch norm follows.
 */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import type { NetworkNode, NodeId } from '../../ir/network/types.js';
import type { NameMaker } from '../fresh-names.js';
import type { ImportOptions } from './frontend.js';

/** The bytes to encode. */
export interface EncodeRequest {
  /** The input node. */
  readonly input: NodeId;
  /** Its channels: its last dimension. */
  readonly channels: number;
  readonly options: Pick<ImportOptions, 'inputRange' | 'inputMean' | 'inputStd'>;
  /** Where findings say they are. */
  readonly place: string;
  readonly fresh: NameMaker;
}

/** The layers behind the input node, the value that holds real numbers, and what is missing or wrong (no layer can be used then). */
export interface EncodedInput {
  readonly nodes: readonly NetworkNode[];
  readonly output: NodeId;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a byte means in a channel: b times gain plus low, minus mean, over std. */
interface ByteMeaning {
  readonly gain: number;
  readonly low: number;
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** Whether the options say what bytes mean. */
export const statesBytes = ({ inputRange, inputMean, inputStd }: EncodeRequest['options']): boolean =>
  inputRange !== undefined || inputMean !== undefined || inputStd !== undefined;

/** The input code of a float network, as the options describe its bytes. */
export function encodeInput(request: EncodeRequest): EncodedInput {
  const { input, channels, fresh } = request;
  const { meaning, diagnostics } = byteMeaning(request);
  if (meaning === undefined) return { nodes: [], output: input, diagnostics };
  const { gain, low, mean, std } = meaning;
  const id = fresh('code');
  const uniform = mean.every((m) => m === mean[0]) && std.every((s) => s === std[0]);
  // Of bytes from 0 on, the one whose value is 0.
  const zero = ((mean[0] ?? 0) - low) / gain;
  if (uniform && Number.isInteger(zero) && zero >= 0 && zero <= 255) {
    const code = { kind: 'integer', bits: 8, zeroPoint: zero + 0, step: gain / (std[0] ?? 1) } as const;
    return { nodes: [{ kind: 'encode', id, input, code }], output: id, diagnostics };
  }
  const code = { kind: 'integer', bits: 8, zeroPoint: 0, step: gain } as const;
  const norm = fresh('normalised');
  return {
    nodes: [
      { kind: 'encode', id, input, code },
      {
        kind: 'batchNorm',
        id: norm,
        input: id,
        gamma: new Float64Array(channels).fill(1),
        beta: new Float64Array(channels),
        mean: mean.map((m) => m - low),
        variance: std.map((s) => s * s),
        epsilon: 0,
      },
    ],
    output: norm,
    diagnostics,
  };
}

/**
 * The real value of every byte, [1][256], or [channels][256] where channels differ, as {@link encodeInput} means them; undefined with its findings.
 */
export function byteValues(request: Omit<EncodeRequest, 'fresh' | 'input'>): {
  readonly values: readonly Float64Array[] | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { meaning, diagnostics } = byteMeaning(request);
  if (meaning === undefined) return { values: undefined, diagnostics };
  const { gain, low, mean, std } = meaning;
  // However many channels a file says it has: one table serves all of them.
  const isUniform = mean.every((m) => m === mean[0]) && std.every((s) => s === std[0]);
  const values = Array.from(isUniform ? mean.subarray(0, 1) : mean, (m, c) =>
    Float64Array.from({ length: 256 }, (_, b) => (low + b * gain - m) / std[c]!),
  );
  return { values, diagnostics };
}

function byteMeaning({ channels, options, place }: Omit<EncodeRequest, 'fresh' | 'input'>): {
  readonly meaning: ByteMeaning | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const found: Diagnostic[] = [];
  const { inputRange, inputMean = [0], inputStd = [1] } = options;
  if (inputRange === undefined) {
    const message = 'it computes with real numbers and does not say which one a byte of an image stands for';
    const remedy = 'give the values of 0 and 255 with --input-range LOW,HIGH, such as 0,1 for images divided by 255';
    found.push(errorAt('missing-input-range', place, message, remedy));
  }
  const [low, high] = inputRange ?? [0, 1];
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    found.push(errorAt('bad-input-range', place, `a range from ${low} to ${high}`, 'give two numbers that ascend'));
  }
  const perChannel = (name: string, values: readonly number[], isSound: (v: number) => boolean): Float64Array => {
    if (values.length !== 1 && values.length !== channels) {
      const message = `${values.length} numbers for ${channels} channels`;
      found.push(errorAt('bad-input-scaling', place, `--${name}: ${message}`, `give 1 or ${channels} of them`));
    } else if (!values.every(isSound)) {
      const remedy = name === 'input-std' ? 'give numbers above 0' : 'give numbers';
      found.push(errorAt('bad-input-scaling', place, `--${name}: ${values.join(', ')}`, remedy));
    }
    if (values.length === 1) return new Float64Array(channels).fill(values[0] ?? 0);
    return Float64Array.from({ length: channels }, (_, c) => values[c] ?? 0);
  };
  const mean = perChannel('input-mean', inputMean, Number.isFinite);
  const std = perChannel('input-std', inputStd, (s) => Number.isFinite(s) && s > 0);
  return {
    meaning: found.length > 0 ? undefined : { gain: (high - low) / 255, low, mean, std },
    diagnostics: found,
  };
}
