/**
 * Cycles of the steps of a transformer layer for one token on one card. Matrix steps follow the same rhythm as compiled layers
 * (hw-models/northpole/timing.ts): every core streams its own weights, so a block takes as long as its lines. A step begins when the
 * one before has delivered its results to all cores.
 */
import { passShape } from '../../../hw-models/northpole/timing.js';
import type {
  LayerMapping,
  NorthPoleSpec,
  NorthPoleTensor,
  Precision,
  VmmLayer,
} from '../../../ir/program/northpole.js';
import type { Deployment, TransformerModel } from './models.js';
import type { Part } from './plan.js';

/** One step with what it costs in time and events. */
export interface Step {
  readonly name: string;
  readonly cycles: number;
  /** Multiply-accumulates, bytes read from the memories, bytes times links on the networks. */
  readonly macs: number;
  /** Width of the wider operand of the products. */
  readonly macBits: Precision;
  readonly memoryBytes: number;
  readonly byteHops: number;
}

/** A product of a stored matrix [nIn, nOut] with `vectors` vectors, on `cores` cores. */
interface Product {
  readonly nIn: number;
  readonly nOut: number;
  readonly weightBits: Precision;
  readonly activationBits: Precision;
  readonly vectors: number;
  readonly cores: number;
}

/** The steps of a part of the model on its card, in order; all at full context, the slowest case. */
export function stepsOf(
  spec: NorthPoleSpec,
  model: TransformerModel,
  deployment: Deployment,
  part: Part,
): readonly Step[] {
  const { hidden, heads, kvHeads, headDim } = model;
  const cores = spec.gridWidth * spec.gridHeight;
  const activationBits = containerOf(spec, deployment.activationBits);
  const weightBits = containerOf(spec, deployment.weightBits);
  const dense = (name: string, nIn: number, nOut: number, bits = weightBits): Step =>
    product(spec, name, { nIn, nOut: Math.ceil(nOut), weightBits: bits, activationBits, vectors: 1, cores });
  switch (part.kind) {
    case 'attention': {
      // Heads of a card; each key-value head has cores of its own, its queries share the blocks of the cache.
      const kv = Math.max(1, Math.round(kvHeads * part.share));
      const perKv = heads / kvHeads;
      const cached = {
        weightBits: containerOf(spec, deployment.cacheBits),
        activationBits,
        vectors: perKv,
        cores: Math.floor(cores / kv),
      };
      const { context } = deployment;
      const scores = product(spec, 'scores', { ...cached, nIn: headDim, nOut: context });
      const values = product(spec, 'values', { ...cached, nIn: context, nOut: headDim });
      return [
        norm(spec, hidden),
        dense('query, key, value', hidden, (heads + 2 * kvHeads) * headDim * part.share),
        vectorStep(spec, 'rotary embedding', (kv * perKv + kv) * headDim, ROTARY_OPERATIONS),
        times(scores, kv),
        softmax(spec, kv * perKv * context, cached.cores),
        times(values, kv),
        dense('output projection', heads * headDim * part.share, hidden),
        vectorStep(spec, 'residual', hidden, RESIDUAL_OPERATIONS),
      ];
    }
    case 'mlp': {
      const inner = model.intermediate * part.share;
      return [
        norm(spec, hidden),
        dense('gate and up', hidden, 2 * inner),
        vectorStep(spec, 'gating', inner, GATING_OPERATIONS),
        dense('down', Math.ceil(inner), hidden),
        vectorStep(spec, 'residual', hidden, RESIDUAL_OPERATIONS),
      ];
    }
    case 'output': {
      const outputs = model.vocabulary * part.share;
      return [
        norm(spec, hidden),
        dense('logits', hidden, outputs, containerOf(spec, deployment.outputWeightBits)),
        vectorStep(spec, 'largest of a core', outputs, 1),
        reduction(spec, 'largest of all'),
      ];
    }
  }
}

/** Operations of the vector unit per element: two products and a sum for each of the two halves, and the requantisation. */
const ROTARY_OPERATIONS = 4;
/** Two scales, a sum. */
const RESIDUAL_OPERATIONS = 3;
/** Table of the gate, product, requantisation. */
const GATING_OPERATIONS = 3;
/** Square and sum, then gain and scale. */
const NORM_OPERATIONS = 4;
/** Maximum; difference and table; sum; division as a requantisation. */
const SOFTMAX_OPERATIONS = 5;

/** The narrowest supported width that holds `bits`. */
function containerOf(spec: NorthPoleSpec, bits: number): Precision {
  const fitting = spec.precisions.filter((p) => p >= bits);
  return fitting[fitting.length - 1] ?? spec.precisions[0] ?? 8;
}

/** Cycles for a vector of one core to reach every other: the hops of the longest way, and the vectors that arrive behind each other. */
const broadcast = (spec: NorthPoleSpec, vectors: number): number =>
  (spec.gridWidth + spec.gridHeight - 2) * spec.networks.activation.hopCycles + vectors;

function product(spec: NorthPoleSpec, name: string, p: Product): Step {
  const outBlocks = Math.ceil(p.nOut / spec.vmm.outputs);
  const lanes = spec.vmm.vectorBits / widerOf(p);
  const inBlocks = Math.ceil(p.nIn / lanes);
  let best = Infinity;
  for (let inGroups = 1; inGroups <= Math.min(p.cores, inBlocks); inGroups++) {
    const outGroups = Math.min(outBlocks, Math.floor(p.cores / inGroups));
    best = Math.min(best, mapped(spec, p, outBlocks, inBlocks, outGroups, inGroups));
  }
  const bytes = (p.nIn * p.nOut * p.weightBits) / 8;
  const results = (p.nOut * p.vectors * p.activationBits) / 8;
  const links = spec.gridWidth * spec.gridHeight - 1;
  return {
    name,
    cycles: best,
    macs: p.nIn * p.nOut * p.vectors,
    macBits: widerOf(p),
    memoryBytes: bytes + (p.nIn * p.vectors * p.activationBits * outBlocks) / 8,
    byteHops: results * links,
  };
}

const widerOf = (p: Product): Precision => (p.weightBits > p.activationBits ? p.weightBits : p.activationBits);

/** Cycles of a product with one mapping; see the file comment. */
function mapped(
  spec: NorthPoleSpec,
  p: Product,
  outBlocks: number,
  inBlocks: number,
  outGroups: number,
  inGroups: number,
): number {
  const tensor = (bits: Precision, channels: number): NorthPoleTensor => ({
    node: '',
    shape: [1, p.vectors, channels],
    bits,
    signed: true,
    parts: [],
  });
  const mapping: LayerMapping = {
    rows: 1,
    columns: 1,
    tileHeight: 1,
    tileWidth: p.vectors,
    outGroups,
    outBlocks: Math.ceil(outBlocks / outGroups),
    inGroups,
    inBlocks: Math.ceil(inBlocks / inGroups),
    packed: false,
    positions: p.vectors,
    segments: new Int32Array(4 * outGroups),
    cores: new Int32Array(outGroups * inGroups),
  };
  const layer: Omit<VmmLayer, 'timing' | 'memory'> = {
    kind: 'vmm',
    name: '',
    nodes: [],
    operands: [0],
    output: 1,
    geometry: { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] },
    epilogue: [],
    mapping,
    groups: 1,
    weights: new Int8Array(0),
    weightBits: p.weightBits,
    padValue: 0,
    bias: new Int32Array(0),
  };
  const tensors = [tensor(p.activationBits, p.nIn), tensor(p.activationBits, p.nOut)];
  const { nPasses, weightPeriod, interval, lead, minPeriod } = passShape({ spec, batch: 1, tensors }, layer);
  // The requantisation of the sums is the one operation of the epilogue.
  const tail = p.vectors * Math.max(interval, 1) + spec.vector.latency + broadcast(spec, outGroups * p.vectors);
  return weightPeriod + (nPasses - 1) * minPeriod + lead + tail + spec.layerSyncCycles;
}

/** `n` of the same at the same time on cores of their own: the same cycles, n times the events. */
const times = (step: Step, n: number): Step => ({
  ...step,
  macs: n * step.macs,
  memoryBytes: n * step.memoryBytes,
  byteHops: step.byteHops,
});

/** `operations` on each of `elements`, spread over all cores. */
function vectorStep(spec: NorthPoleSpec, name: string, elements: number, operations: number): Step {
  const cores = spec.gridWidth * spec.gridHeight;
  const perCore = Math.ceil(elements / cores);
  const cycles = Math.ceil(perCore / spec.vector.lanes) * operations + spec.vector.latency;
  return { name, cycles, macs: 0, macBits: 8, memoryBytes: 2 * elements, byteHops: 0 };
}

/** One number per core combined over the array along rows and columns, and sent back. */
function reduction(spec: NorthPoleSpec, name: string): Step {
  const way = spec.gridWidth + spec.gridHeight - 2;
  const cycles = way * (spec.networks.partialSum.hopCycles + 1) + broadcast(spec, 1);
  return { name, cycles, macs: 0, macBits: 8, memoryBytes: 0, byteHops: 8 * (spec.gridWidth * spec.gridHeight - 1) };
}

/** Root-mean-square norm: squares of a core, sum over the array, the scaled vector to all cores. */
function norm(spec: NorthPoleSpec, hidden: number): Step {
  const local = vectorStep(spec, 'norm', hidden, NORM_OPERATIONS);
  const over = reduction(spec, 'norm');
  const cores = spec.gridWidth * spec.gridHeight;
  const vectors = Math.ceil(hidden / spec.vmm.outputs);
  return {
    ...local,
    cycles: local.cycles + over.cycles + broadcast(spec, vectors),
    byteHops: over.byteHops + hidden * (cores - 1),
  };
}

/** Maximum and sum go along the chain of the cores of a head. */
function softmax(spec: NorthPoleSpec, scores: number, coresPerHead: number): Step {
  const local = vectorStep(spec, 'softmax', scores, SOFTMAX_OPERATIONS);
  const chain = 2 * (coresPerHead - 1) * (spec.networks.partialSum.hopCycles + 1);
  return { ...local, cycles: local.cycles + 2 * chain };
}
