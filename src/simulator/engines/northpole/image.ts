/** A program in the memory of the functional engine, with room for the tensors of every thread that runs it. */
import { readFileSync } from 'node:fs';
import { assert } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { builtFile } from '../../built-file.js';
import { areSigns } from './binary.js';
import { checkNorthPoleProgram, checkWeights } from './check.js';
import { FORM, SLACK, type NorthPolePlan } from './plan.js';
import { planProgram } from './plan-program.js';
import { packBits, packDepthwise, packWide } from './weights.js';

/** 4 GiB: what 32-bit addresses reach. */
const MAX_BYTES = 2 ** 32;

/** What threads share: weights once, tensors per state. Everything can be posted to a worker. */
export interface NorthPoleImage {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly plan: NorthPolePlan;
  readonly outputs: Pick<NorthPoleProgram['outputs'], 'tensor' | 'rule' | 'nClasses'>;
  /** [1] number of states taken. */
  readonly statesTaken: Int32Array;
  readonly nStates: number;
}

/** Weights of a chip by layer, where they differ from the program's; shapes as in the program. */
export type DeployedWeights = ReadonlyMap<number, Int8Array>;

/**
 * Packs a program for up to `nStates` threads. Throws an internal error for an inconsistent program and a UserError for one that does not fit
 * 4 GiB (2 bytes a weight, 2 or 4 bytes a value of the tensors that are needed at once).
 */
export function createNorthPoleImage(program: NorthPoleProgram, nStates: number): NorthPoleImage {
  checkNorthPoleProgram(program);
  const { plan, constants } = planProgram(program);
  const states = Math.max(1, nStates);
  const totalBytes = plan.states + states * plan.stateBytes + SLACK;
  if (totalBytes > MAX_BYTES) {
    const gib = (totalBytes / 2 ** 30).toFixed(1);
    fail(
      'engine-memory',
      `program ${program.name}`,
      `weights and the values of ${states} threads need ${gib} GiB, the engine has 4.`,
      'Use fewer workers.',
    );
  }
  const pages = Math.ceil(totalBytes / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const bytes = new Uint8Array(memory.buffer);
  for (const { address, values } of constants) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
  }
  const { tensor, rule, nClasses } = program.outputs;
  const image = {
    memory,
    module: new WebAssembly.Module(readFileSync(builtFile('engines/northpole/kernel/northpole.wasm'))),
    plan,
    outputs: { tensor, rule, nClasses },
    statesTaken: new Int32Array(new SharedArrayBuffer(4)),
    nStates: states,
  };
  loadNorthPoleWeights(image, program);
  return image;
}

/** The values of a tensor in the state at address `state`. */
export function tensorValues(
  { memory, plan }: Pick<NorthPoleImage, 'memory' | 'plan'>,
  state: number,
  tensor: number,
): Int16Array | Int32Array {
  const { bytes, offset, nPixels, channels } = plan.tensors[tensor]!;
  return bytes === 2
    ? new Int16Array(memory.buffer, state + offset, nPixels * channels)
    : new Int32Array(memory.buffer, state + offset, nPixels * channels);
}

/** Writes the weights of a chip: the program's, but for the layers in `deployed`. No engine may run meanwhile. */
export function loadNorthPoleWeights(
  { memory, plan }: NorthPoleImage,
  { layers }: NorthPoleProgram,
  deployed: DeployedWeights = new Map(),
): void {
  const { buffer } = memory;
  const forms = new Int32Array(buffer, plan.forms, plan.operations.length);
  plan.operations.forEach((operation, index) => {
    if (operation.kind !== 'matrix' && operation.kind !== 'depthwise') return;
    const layer = layers[operation.layer];
    assert(layer?.kind === 'vmm', `operation ${index} is not a layer of the program`);
    const weights = deployed.get(operation.layer) ?? layer.weights;
    assert(weights.length === layer.weights.length, `layer ${layer.name}: ${weights.length} deployed weights`);
    checkWeights(`layer ${layer.name}`, weights, layer.weightBits);
    if (operation.kind === 'depthwise') {
      packDepthwise(buffer, operation, weights);
      return;
    }
    const { bits, wide } = operation;
    if (bits !== undefined && areSigns(weights)) {
      forms[index] = FORM.bits;
      packBits(buffer, operation, bits, weights);
    } else {
      assert(wide !== undefined, `layer ${layer.name}: weights of one bit`);
      forms[index] = FORM.wide;
      packWide(buffer, operation, wide, weights);
    }
  });
}
