/** The memories: what lives at the same time in a core does not overlap, and everything is inside. */
import { blockBytes } from '../../../../hw-models/northpole/blocks.js';
import { operandRegion, outputRegion, regionSize, shareAt, tensorAt } from '../../../../hw-models/northpole/regions.js';
import { residentBytes } from '../../../../hw-models/northpole/sequence.js';
import { passShape, weightBytesPerShare, weightStream } from '../../../../hw-models/northpole/timing.js';
import type { NorthPoleProgram } from '../../../../ir/program/northpole.js';
import type { Findings } from './findings.js';

/** Bytes [from, to) of a core that are in use during the layers first..last. */
interface Piece {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/** Checks programs, weights, operand buffers and results of every core. */
export function checkMemory(program: NorthPoleProgram, findings: Findings): void {
  const { spec, layers, batch } = program;
  const pieces: Piece[][] = Array.from({ length: spec.gridWidth * spec.gridHeight }, () => []);
  const programs = layers.reduce((sum, { memory }) => sum + memory.programBytes, 0);
  for (const all of pieces) all.push({ what: 'the programs', from: 0, to: programs, first: -1, last: layers.length });
  const add = (core: number, piece: Piece): void => {
    if (piece.to > piece.from) pieces[core]?.push(piece);
  };
  layers.forEach((layer, l) => {
    const { mapping, memory } = layer;
    if (layer.kind === 'vmm') {
      const bits = tensorAt(program, layer.operands[0] ?? -1).bits;
      const { lines } = weightStream(spec, mapping, blockBytes(spec, layer.weightBits, bits));
      const bytes = weightBytesPerShare(spec, mapping, lines, passShape(program, layer).nK);
      mapping.cores.forEach((core, s) => {
        const from = memory.weightBase[s] ?? -1;
        add(core, { what: `the weights of "${layer.name}"`, from, to: from + bytes, first: -1, last: layers.length });
      });
    }
    if (layer.kind === 'sequence') {
      mapping.cores.forEach((core, s) => {
        const { c0, c1 } = outputRegion(program, layer, shareAt(mapping, s));
        const from = memory.weightBase[s] ?? -1;
        const to = from + residentBytes(program, layer, [c0, c1]);
        add(core, { what: `what "${layer.name}" keeps`, from, to, first: -1, last: layers.length });
      });
    }
    layer.operands.forEach((t, o) => {
      const tensor = tensorAt(program, t);
      const first = firstWrite(program, t);
      const from = memory.operandBase[o] ?? -1;
      mapping.cores.forEach((core, s) => {
        const elements = regionSize(operandRegion(program, layer, shareAt(mapping, s), o));
        const to = from + Math.ceil((batch * elements * tensor.bits) / 8);
        add(core, { what: `operand ${o} of "${layer.name}"`, from, to, first, last: first < 0 ? layers.length : l });
      });
    });
    if (layer.output !== program.outputs.tensor) return;
    mapping.cores.forEach((core, s) => {
      const share = shareAt(mapping, s);
      if (share.inGroup !== mapping.inGroups - 1) return;
      const elements = regionSize(outputRegion(program, layer, share));
      const to = memory.resultBase + Math.ceil((batch * elements * tensorAt(program, layer.output).bits) / 8);
      add(core, { what: 'the results', from: memory.resultBase, to, first: l, last: layers.length });
    });
  });
  pieces.forEach((all, core) => {
    const place = 'memory';
    all.sort((a, b) => a.from - b.from);
    all.forEach((a, i) => {
      findings.need(
        a.from >= 0 && a.to <= spec.memory.bytes,
        'memory-bounds',
        place,
        () => `core ${core}: ${a.what} in bytes ${a.from}..${a.to} of ${spec.memory.bytes}`,
      );
      for (let j = i + 1; j < all.length && all[j]!.from < a.to; j++) {
        const b = all[j]!;
        if (a.first > b.last || b.first > a.last) continue;
        findings.add('memory-overlap', place, `core ${core}: ${a.what} and ${b.what} share byte ${b.from}`);
      }
    });
  });
}

/** The first layer that writes (part of) a tensor; -1 for the input of the network. */
function firstWrite(program: NorthPoleProgram, t: number): number {
  if (t === 0) return -1;
  const { parts } = tensorAt(program, t);
  if (parts.length === 0) return program.layers.findIndex(({ output }) => output === t);
  return parts.reduce((first, part) => Math.min(first, firstWrite(program, part)), Infinity);
}
