import { KIND } from '../common/container.js';
import { nearest } from '../common/nearest.js';
import { type Diagnostic, fail } from '../common/diagnostics.js';
import { compileNetwork, readNetwork, readProgram } from '../flow.js';
import { parseNetwork } from '../ir/network/parse.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import { readBytes } from './io.js';

/** What `lodestone run` runs; `float` is there when the file was a model. */
export interface Runnable {
  readonly integer: NetworkGraph;
  readonly program: TrueNorthProgram;
  readonly float?: NetworkGraph;
  readonly warnings: readonly Diagnostic[];
}

/** Reads a program file, or a model file and compiles it with the defaults. @throws UserError */
export async function loadRunnable(path: string, seed: number): Promise<Runnable> {
  const bytes = await readBytes(path, 'program');
  if (!holdsNetwork(bytes) && !isText(bytes)) return { ...readProgram(bytes, path), warnings: [] };
  const float = modelOf(bytes, path);
  const { integer, program, warnings } = compileNetwork(float, { chip: 'truenorth', seed });
  return { integer, program, warnings, float };
}

/** Reads a model file, binary or in text form. @throws UserError */
export async function loadModel(path: string): Promise<NetworkGraph> {
  return modelOf(await readBytes(path, 'model'), path);
}

function modelOf(bytes: Uint8Array, path: string): NetworkGraph {
  return isText(bytes) ? parseNetwork(new TextDecoder().decode(bytes), path) : readNetwork(bytes, path);
}

const TEXT_START = new TextEncoder().encode('lodestone-network ');

const isText = (bytes: Uint8Array): boolean => TEXT_START.every((byte, i) => bytes[i] === byte);

/** The kind field of a container; everything else about the bytes is checked by the reader that is chosen. */
function holdsNetwork(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(12, true) === KIND.network;
}

const CHIPS = ['truenorth'] as const;

/** Checks the name of a chip. @throws UserError with the nearest known name. */
export function parseChip(name: string): (typeof CHIPS)[number] {
  const found = CHIPS.find((chip) => chip === name);
  if (found !== undefined) return found;
  const suggestion = nearest(name, CHIPS);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return fail('unknown-chip', `--chip ${name}`, `there is no chip "${name}"${hint}`, `use ${CHIPS.join(', ')}`);
}
