import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withRegion } from '../../../src/common/marked-region.js';
import { passesAsMarkdown } from '../../../src/compiler/pass-table.js';
import { SPIKING_TO_INTEGER, TO_INTEGER } from '../../../src/compiler/pipelines.js';
import { NORTHPOLE_PASSES } from '../../../src/compiler/targets/northpole/passes.js';
import { TRUENORTH_PASSES, TRUENORTH_SPIKING_PASSES } from '../../../src/compiler/targets/truenorth/passes.js';

const page = fileURLToPath(new URL('../../../docs/passes.md', import.meta.url));

test('docs/passes.md lists every pass as it declares itself', async () => {
  const text = readFileSync(page, 'utf8');
  const table = passesAsMarkdown([
    ...TO_INTEGER,
    ...SPIKING_TO_INTEGER,
    ...TRUENORTH_PASSES,
    ...TRUENORTH_SPIKING_PASSES,
    ...NORTHPOLE_PASSES,
  ]);
  // vitest -u writes the page again.
  await expect(withRegion(text, page, 'table of passes', table)).toMatchFileSnapshot(page);
});
