/**
 * Tiny networks that are wrong, with what the user is told. Each errors/NAME.lsn goes through reading and compiling - for TrueNorth, or
 * where a comment says `# chip northpole` for that - and its diagnostics stand in errors/NAME.txt. Read a changed text as a user would.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { formatDiagnostics, UserError } from '../../src/common/diagnostics.js';
import { compileNetwork } from '../../src/flow.js';
import { parseNetwork } from '../../src/ir/network/parse.js';

const folder = fileURLToPath(new URL('errors/', import.meta.url));
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.lsn') ? [file.slice(0, -4)] : []));

test.each(names)('%s', async (name) => {
  const text = readFileSync(`${folder}${name}.lsn`, 'utf8');
  const chip = text.includes('\n# chip northpole\n') ? 'northpole' : 'truenorth';
  let told = 'nothing\n';
  try {
    compileNetwork(parseNetwork(text, `${name}.lsn`), { chip });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    told = `${formatDiagnostics(error.diagnostics)}\n`;
  }
  expect(told).toMatch(/^error\[/m);
  await expect(told).toMatchFileSnapshot(`errors/${name}.txt`);
});
