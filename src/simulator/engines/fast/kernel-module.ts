import { readFileSync } from 'node:fs';
import { assert } from '../../../common/assert.js';
import { builtFile } from '../../built-file.js';

/** Compiles a built kernel of the package. The only file the engines read. */
export function loadKernel(name: 'truenorth' | 'bit-errors'): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(builtFile(`engines/fast/kernel/${name}.wasm`)));
}

/** A kernel on a memory; the result looks up its functions by name. */
export function startKernel(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): (name: string) => (...args: number[]) => void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return (name) => {
    const kernelFunction = exports[name];
    assert(isKernelFunction(kernelFunction), `kernel function ${name}`);
    return kernelFunction;
  };
}

function isKernelFunction(value: unknown): value is (...args: number[]) => void {
  return typeof value === 'function';
}
