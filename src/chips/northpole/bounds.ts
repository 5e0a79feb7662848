/**
 * What no program of a network can be below on a NorthPole-style chip: its weights stand in the memories, each at least once and at least as wide as the
 * narrowest numbers that hold it; and every multiply-accumulate takes its share of a cycle of the whole array at its narrowest width.
 */
import { errorAt } from '../../common/diagnostics.js';
import { integer as grouped } from '../../common/format.js';
import { macsPerCycle } from '../../hw-models/northpole/spec.js';
import { narrowestBits } from '../../ir/network/footprint.js';
import { networkMacs } from '../../ir/network/macs.js';
import type { NetworkGraph, Weights } from '../../ir/network/types.js';
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import type { ChipBounds } from '../chip.js';

/** Bounds from the integer network alone. */
export function northPoleBounds(network: NetworkGraph, spec: NorthPoleSpec): ChipBounds {
  const cores = spec.gridWidth * spec.gridHeight;
  const there = cores * spec.memory.bytes;
  const matrices = network.nodes.flatMap((node): readonly Int8Array[] => {
    if (node.kind === 'blockDense') return node.blocks.map(({ weights }) => weights).filter(isInteger);
    return (node.kind === 'dense' || node.kind === 'conv2d') && isInteger(node.weights) ? [node.weights] : [];
  });
  const bits = matrices.reduce((sum, weights) => sum + weights.length * narrowestBits(weights), 0);
  const needed = Math.ceil(bits / 8);
  const macs = [...networkMacs(network)].reduce((sum, [id, n]) => {
    const kind = network.nodes.find((node) => node.id === id)?.kind;
    return kind === 'dense' || kind === 'blockDense' || kind === 'conv2d' ? sum + n : sum;
  }, 0);
  const cycles = macs / (cores * macsPerCycle(spec, Math.min(...spec.precisions)));
  return {
    latencySeconds: cycles / (spec.clockMhz * 1e6),
    cores: Math.max(1, Math.ceil(needed / spec.memory.bytes)),
    problems:
      needed <= there
        ? []
        : [
            errorAt(
              'weights-beyond-memory',
              `network "${network.name}"`,
              `its weights take ${grouped(needed)} bytes at least, and the ${cores} cores of "${spec.name}" have ${grouped(there)}`,
              'use more cores, more memory per core, or fewer bits',
            ),
          ],
  };
}

const isInteger = (weights: Weights): weights is Int8Array => weights instanceof Int8Array;
