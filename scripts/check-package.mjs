// What is packed, as those who install it see it: publint (entries, files) and attw (types of every entry). It needs a build.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'lodestone-pack-'));
const run = (command, args) =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]));
  const tarball = join(folder, filename);
  process.stdout.write(run('npx', ['publint', 'run', '--strict', tarball]));
  // The package is for ES modules alone.
  process.stdout.write(run('npx', ['attw', tarball, '--profile', 'esm-only', '--quiet']));
} catch (error) {
  process.stdout.write(String(error.stdout ?? ''));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
