/** What importers of operators work with. */
import type { Fidelity } from '../../frontend.js';
import type { NetworkBuilder } from '../builder.js';
import type { Call } from '../call.js';
import { type Constant, refuse, type Tensor, type Value } from '../values.js';

/** An operator on values of the network. */
export interface Context extends Call {
  readonly network: NetworkBuilder;
  /** The batch for which the file was exported: shapes in it may hold this number where here is 1. */
  readonly batch: number;
  /** Says what became of the operator. */
  note(text: string, fidelity?: Fidelity): void;
  /** Says what the user should know. */
  warn(code: string, message: string, remedy: string): void;
}

/** Imports an operator; its results in order. @throws Refusal */
export type Importer = (context: Context, inputs: readonly (Tensor | undefined)[]) => readonly Tensor[];

/** Importers by operator. */
export type Importers = Readonly<Record<string, Importer>>;

/** An input that has to be a value of the network. */
export function networkValue(inputs: readonly (Tensor | undefined)[], i = 0): Value {
  const input = inputs[i];
  switch (input?.kind) {
    case 'value':
      return input;
    case 'decision':
      return refuse(
        'it reads a softmax, which is left to the host',
        'export the network without the softmax, or without what follows it',
      );
    case 'constant':
      return refuse(
        `its input ${i} is a constant and another one is not`,
        'simplify the graph (onnxsim) and import it again',
      );
    default:
      return refuse(`its input ${i} is missing`, 'export the model again');
  }
}

/** An input that has to be a constant, if it is there. */
export function constantInput(inputs: readonly (Tensor | undefined)[], i: number, what: string): Constant | undefined {
  const input = inputs[i];
  if (input === undefined || input.kind === 'constant') return input;
  return refuse(
    `${what} (its input ${i}) is computed from the image`,
    'only constants can stand there; fix it in the exported model',
  );
}

/** A constant that has to be there. */
export const requiredConstant = (inputs: readonly (Tensor | undefined)[], i: number, what: string): Constant =>
  constantInput(inputs, i, what) ?? refuse(`${what} (its input ${i}) is missing`, 'export the model again');
