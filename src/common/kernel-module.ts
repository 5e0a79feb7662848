/** Kernels in WebAssembly: compiled once per thread, started on any number of memories. */
import { platform } from '#platform';
import { assert } from './assert.js';

const compiled = new Map<string, WebAssembly.Module>();

/** Compiles a built kernel of the package, given by its path under src without ending. Needs `npm run build:kernels`. */
export function loadKernel(path: string): WebAssembly.Module {
  const known = compiled.get(path);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(platform.readBuilt(`${path}.wasm`));
  compiled.set(path, module);
  return module;
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
