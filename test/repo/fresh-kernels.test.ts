import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kernelDigest, RECORD } from '../../scripts/kernel-sources.mjs';
import { temporaryFolder } from '../cli/harness.js';
import { kernelsAreFresh } from '../support/fresh-kernels.js';

const folder = temporaryFolder();

it('kernels are as old as their source says: a changed source, or no record, is noticed', () => {
  const root = folder.at('project');
  const kernel = 'src/evaluation/float/kernel';
  mkdirSync(join(root, 'dist'), { recursive: true });
  cpSync(kernel, join(root, kernel), { recursive: true });
  cpSync('scripts', join(root, 'scripts'), { recursive: true });
  expect(kernelsAreFresh(root)).toBe(false);
  writeFileSync(join(root, 'dist', RECORD), `${kernelDigest(root)}\n`);
  expect(kernelsAreFresh(root)).toBe(true);
  const source = join(root, kernel, 'lib', 'pad.ts');
  writeFileSync(source, '// changed\n');
  expect(kernelsAreFresh(root)).toBe(false);
  writeFileSync(join(root, 'src', 'elsewhere.ts'), 'export {};\n');
  expect(readFileSync('dist/kernel-sources.sha256', 'utf8').trim()).toBe(kernelDigest('.'));
});
