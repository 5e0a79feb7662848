/**
 * Trace files: what a model did, step by step. docs/traces.md is the description for other programs.
 *
 * ```
 * offset  size  content
 *      0     8  "LSTRACE" and the version, 1
 *      8     -  blocks: kind (1 letter), length of the payload (u32), CRC-32 of kind and payload (u32), payload
 *
 *   H  the golden: a container (common/container) with chip, program, stimulus, fields; first, at most one, may be absent
 *   L  one line per field: LENGTH LEVEL NAME; before the first S
 *   S  steps: for every step, for every field: number of changes n, then n times the gap from the index after the last one, and the difference
 *      to the value before; numbers are LEB128, differences zigzag, modulo 2^32; all values are 0 before the first step
 *   E  the number of steps (u32); last
 * ```
 * All numbers are little endian.
 */

/** The first bytes of a trace. */
export const MAGIC = 'LSTRACE\u0001';
/** Bytes before the payload of a block. */
export const BLOCK_HEAD = 9;
/** Kinds of blocks. */
export const BLOCK = { golden: 'H', fields: 'L', steps: 'S', end: 'E' } as const;
/** Payload bytes of a block, at most: files from outside are hostile. */
export const MOST_BYTES: Readonly<Record<string, number>> = { H: 2 ** 28, L: 2 ** 20, S: 2 ** 24, E: 4 };
/** Values of all fields of a step, at most: 256 MiB. */
export const MOST_VALUES = 2 ** 26;
/** Fields, at most. */
export const MOST_FIELDS = 4096;
/** A block of steps is written when it has so many bytes. */
export const STEP_BYTES = 2 ** 16;
/** The first line of the text form. */
export const TEXT_HEAD = 'lodestone-trace 1';
