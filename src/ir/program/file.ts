/** Program files (.lsp): a compiled program and the integer network it computes, in one container. */
import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { decodeContainer, encodeContainer } from '../../common/container.js';
import { fail, throwIfErrors } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { checkNetwork } from '../network/check-network.js';
import type { NetworkGraph } from '../network/types.js';
import type { ChipProgram, ProgramFormat } from './chip-program.js';

/** What a program file holds. */
export interface ProgramFile<P extends ChipProgram = ChipProgram> {
  readonly program: P;
  /** The oracle: what the chip has to compute. */
  readonly integer: NetworkGraph;
  /** Options of the compilation that are not in the spec of the program; absent in files of older versions. */
  readonly compile?: CompileRecord | undefined;
}

/** Compile options by name; what they mean is known to the chip. */
export type CompileRecord = Readonly<Record<string, unknown>>;

/** Deterministic: equal programs give equal bytes. */
export function encodeProgram({ program, integer, compile }: ProgramFile): Uint8Array {
  return encodeContainer('program', { program, integer, ...(compile === undefined ? {} : { compile }) });
}

const REMEDY = 'compile the network again with `lodestone compile`';
const header = z.looseObject({ program: z.looseObject({ kind: z.string() }) });

/**
 * Reads a program file of one of these formats: container, schema, array lengths. The limits of the chip are the verifier's business.
 * @throws UserError with every finding.
 */
export function decodeProgram<P extends ChipProgram>(
  bytes: Uint8Array,
  place: string,
  formats: readonly ProgramFormat<P>[],
): ProgramFile<P> {
  const untrusted = decodeContainer('program', bytes, place);
  // The kind first: a mistake is reported against the schema of its own chip.
  const kind = header.safeParse(untrusted).data?.program.kind;
  const format = formats.find((known) => known.kind === kind);
  if (format === undefined) {
    const kinds = formats.map((known) => known.kind);
    const suggestion = kind === undefined ? undefined : nearest(kind, kinds);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const message = kind === undefined ? 'it names no chip' : `it is for a chip called "${kind}"${hint}`;
    return fail('unknown-chip', place, message, `known chips are ${kinds.join(', ')}; ${REMEDY}`);
  }
  const compile = z.record(z.string(), z.unknown()).exactOptional();
  const file = z.strictObject({ program: format.schema, integer: z.unknown(), compile });
  const value = checkSchema<{ readonly program: P; readonly integer?: unknown; readonly compile?: CompileRecord }>(
    file,
    untrusted,
    place,
    REMEDY,
  );
  const integer = checkNetwork(value.integer, `${place}: integer network`);
  const { program } = value;
  throwIfErrors(format.check(program, place, REMEDY));
  return { program, integer, ...(value.compile === undefined ? {} : { compile: value.compile }) };
}
