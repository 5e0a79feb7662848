/** Model, map and packed files of `lodestone truenorth`. */
import { gunzipSync } from 'node:zlib';
import { fail, throwIfErrors } from '../../../common/diagnostics.js';
import { verifyProgram } from '../../../compiler/targets/truenorth/verify.js';
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import { type CpeImport, importCpe } from '../../../ir/program/formats/nscs/cpe-import.js';
import { type Connector, readPinMap } from '../../../ir/program/formats/nscs/pin-map.js';
import { MAX_BYTES, readBytes } from '../../../cli/io.js';

/** Reads a CPE model and checks it against the limits of the chip. @throws UserError */
export async function loadModel(path: string): Promise<CpeImport> {
  const imported = importCpe(await readPacked(path), path, TRUENORTH);
  throwIfErrors(verifyProgram(imported.program));
  return imported;
}

/** Reads a file, unpacked if it is a gzip file. @throws UserError */
export async function readPacked(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path, 'program');
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
