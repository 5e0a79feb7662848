/** A program in the memory of the functional engine, with room for the tensors of every thread that runs it. */
import { sharedBuffer } from '../../../common/shared-memory.js';
import { assert } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { loadKernel } from '../../../common/kernel-module.js';
import { areSigns } from './binary.js';
import { asProgrammed, type DeployedLayers } from './chip-faults.js';
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

/**
 * Packs a program for up to `nStates` threads. Throws an internal error for an inconsistent program and a UserError for one that does not fit
 * 4 GiB (2 bytes a weight, 2 or 4 bytes a value of the tensors that are needed at once).
 */
export function createNorthPoleImage(program: NorthPoleProgram, nStates: number): NorthPoleImage {
  checkNorthPoleProgram(program);
  const { plan } = planProgram(program);
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
  const { tensor, rule, nClasses } = program.outputs;
  const image = {
    memory,
    module: loadKernel('simulator/engines/northpole/kernel/northpole'),
    plan,
    outputs: { tensor, rule, nClasses },
    statesTaken: new Int32Array(sharedBuffer(4)),
    nStates: states,
  };
  loadNorthPoleChip(image, program, asProgrammed(program));
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

/** Writes what a chip reads: parameters and weights of the program but where they differ. No engine may run meanwhile. */
export function loadNorthPoleChip(image: NorthPoleImage, program: NorthPoleProgram, deployed: DeployedLayers): void {
  const { memory, plan } = image;
  const { buffer } = memory;
  const bytes = new Uint8Array(buffer);
  // The places depend on shapes, containers and the weights of the program, which are the same for all its chips.
  for (const { address, values } of planProgram(deployed.parameters).constants) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
  }
  const forms = new Int32Array(buffer, plan.forms, plan.operations.length);
  plan.operations.forEach((operation, index) => {
    if (operation.kind !== 'matrix' && operation.kind !== 'depthwise') return;
    const layer = program.layers[operation.layer];
    assert(layer?.kind === 'vmm', `operation ${index} is not a layer of the program`);
    const weights = deployed.weights(operation.layer) ?? layer.weights;
    assert(weights.length === layer.weights.length, `layer ${layer.name}: ${weights.length} deployed weights`);
    checkWeights(`layer ${layer.name}`, weights, layer.weightBits);
    if (operation.kind === 'depthwise') {
      packDepthwise(buffer, operation, weights);
      return;
    }
    const { bits, wide } = operation;
    const binary = !deployed.anyActivations || plan.tensors[operation.input]?.bits === 1;
    if (bits !== undefined && binary && areSigns(weights)) {
      forms[index] = FORM.bits;
      packBits(buffer, operation, bits, weights);
      return;
    }
    assert(wide !== undefined, `layer ${layer.name}: weights and operands of one bit`);
    forms[index] = FORM.wide;
    packWide(buffer, operation, wide, weights);
  });
}
