/** The YAML library, loaded when it is asked for: most commands read and write none, and it is a tenth of their modules. */
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

const require = createRequire(import.meta.url);

/** The library; Node keeps it after the first call. */
export function yaml(): typeof Yaml {
  const library: typeof Yaml = require('yaml');
  return library;
}
