import { describe, expect, it } from 'vitest';
import { builtFile } from '../../src/common/built-file.js';
import { loadKernel, startKernel } from '../../src/common/kernel-module.js';

describe('a kernel', () => {
  // (module (import "env" "memory" (memory 1 1 shared)) (func (export "store") (param i32 i32) local.get 0 local.get 1 i32.store) (global (export "g") i32 i32.const 0))
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 2, 0x7f, 0x7f, 0, 2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d],
    ...[0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 1, 3, 2, 1, 0, 6, 6, 1, 0x7f, 0, 0x41, 0, 0x0b, 7, 13, 2, 5, 0x73, 0x74],
    ...[0x6f, 0x72, 0x65, 0, 0, 1, 0x67, 3, 0, 10, 11, 1, 9, 0, 0x20, 0, 0x20, 1, 0x36, 2, 0, 0x0b],
  );

  it('works on the memory it is started with; what is no function is an error of ours', () => {
    const module = new WebAssembly.Module(bytes);
    const [first, second] = [1, 2].map(() => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
    const look = startKernel(module, first!);
    look('store')(8, 77);
    expect(new Int32Array(first!.buffer)[2]).toBe(77);
    expect(new Int32Array(second!.buffer)[2]).toBe(0);
    for (const name of ['g', 'none']) expect(() => look(name)).toThrow(`internal error: kernel function ${name}`);
  });

  it('is looked for under dist/src, and told where it is not', () => {
    expect(builtFile('a/b.wasm')).toMatch(/dist[\\/]src[\\/]a[\\/]b\.wasm$/);
    expect(() => loadKernel('no/such/kernel')).toThrow(/ENOENT/);
  });
});
