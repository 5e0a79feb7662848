/** Imports ONNX bytes in tests and runs what comes out on real numbers. */
import type { ForeignFile, ImportedNetwork, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { onnx } from '../../src/compiler/frontends/onnx/index.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { type MadeModel, madeModel } from './onnx-writer.js';

/** A file in memory; `others` lie beside it. */
export const asFile = (bytes: Uint8Array, others: Readonly<Record<string, Uint8Array>> = {}): ForeignFile => ({
  bytes,
  place: 'model.onnx',
  beside: async (name) => (Object.hasOwn(others, name) ? others[name] : undefined),
});

/**
 * A byte b means b - 1/2: no code says that alone, so that a batch norm follows and what comes behind it are real numbers, not multiples of a
 * step. The float network takes x as x + 1/2.
 */
export const REALS: ImportOptions = { inputRange: [-0.5, 254.5] };

export const importMade = async (model: MadeModel, options: ImportOptions = REALS): Promise<ImportedNetwork> =>
  onnx.read(asFile(madeModel(model)), options);

/** The scores of a float network that was imported with {@link REALS}. */
export const scoresOfReals = (graph: NetworkGraph, reals: ArrayLike<number>): number[] =>
  Array.from(createInterpreter(graph).run(Array.from(reals, (x) => x + 0.5)));

/** The scores of a model on real numbers. */
export const scoresOfMade = async (
  model: MadeModel,
  reals: ArrayLike<number>,
  more: ImportOptions = {},
): Promise<number[]> => scoresOfReals((await importMade(model, { ...REALS, ...more })).graph, reals);
