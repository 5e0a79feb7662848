/** Model, map and packed files of `lodestone truenorth`. */
import { gunzipSync } from 'node:zlib';
import { fail, throwIfErrors } from '../../../common/diagnostics.js';
import { verifyProgram } from '../../../compiler/targets/truenorth/verify.js';
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import { type CpeImport, importCpe } from '../../../ir/program/formats/nscs/cpe-import.js';
import { type Connector, readPinMap } from '../../../ir/program/formats/nscs/pin-map.js';
import { MAX_BYTES, readBytes } from '../../../cli/io.js';

/** Reads a CPE model and checks it against the limits of the chip. @throws UserError */
export const loadModel = async (path: string): Promise<CpeImport> => importModel(await readPacked(path), path);

/** A CPE model of some bytes, checked against the limits of the chip. @throws UserError */
export function importModel(bytes: Uint8Array, place: string): CpeImport {
  const imported = importCpe(bytes, place, TRUENORTH);
  throwIfErrors(verifyProgram(imported.program));
  return imported;
}

/** Reads a file, unpacked if it is a gzip file. @throws UserError */
export const readPacked = async (path: string): Promise<Uint8Array> => unpacked(await readBytes(path, 'program'), path);

/** The bytes, unpacked if they are a gzip file. @throws UserError */
export function unpacked(bytes: Uint8Array, path: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES.program });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('gzip', path, `the file cannot be unpacked (${reason})`, 'copy the file again, or unpack it');
  }
}

/** Reads a pin map; undefined without a path. @throws UserError */
export async function loadMap(path: string | undefined): Promise<readonly Connector[] | undefined> {
  return path === undefined ? undefined : readPinMap(await readPacked(path), path);
}
