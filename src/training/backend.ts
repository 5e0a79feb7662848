import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

let ready: Promise<string> | undefined;

/**
 * Loads the fastest tensor library that works here and returns its name: `tensorflow` (native, the optional package
 * @tensorflow/tfjs-node) or `wasm`. Loads once; later calls return the same.
 */
export function backendName(): Promise<string> {
  ready ??= load();
  return ready;
}

async function load(): Promise<string> {
  // Installed does not mean usable: the native library is fetched by an install script that often cannot run. Only a
  // successful load counts.
  if (await loadsNative()) {
    await tf.setBackend('tensorflow');
  } else {
    const require = createRequire(import.meta.url);
    setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    await tf.setBackend('wasm');
  }
  await tf.ready();
  return tf.getBackend();
}

/** Not a literal in the import: the package is optional, and the types have to check where it is not installed. */
const NATIVE_PACKAGE: string = '@tensorflow/tfjs-node';

async function loadsNative(): Promise<boolean> {
  try {
    await import(NATIVE_PACKAGE);
    return tf.findBackend('tensorflow') !== null;
  } catch {
    return false;
  }
}
