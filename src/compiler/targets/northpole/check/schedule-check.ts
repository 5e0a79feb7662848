/**
 * Proves a program free of collisions and missed deadlines, from the program and the definitions in hw-models/northpole alone: what a timing
 * means is defined once, so it shares these formulas with the scheduler, and nothing else. What repeats every pass is checked once for a pass; packets are checked one by one.
 */
import type { Diagnostic } from '../../../../common/diagnostics.js';
import { blockBytes } from '../../../../hw-models/northpole/blocks.js';
import { outputRegion, regionSize, shareAt, tensorAt } from '../../../../hw-models/northpole/regions.js';
import {
  lineAddress,
  lineCycle,
  passShape,
  programBytesFor,
  programCycles,
  type PassShape,
  type WeightStream,
  weightStream,
} from '../../../../hw-models/northpole/timing.js';
import type { NorthPoleLayer, NorthPoleProgram, VmmLayer } from '../../../../ir/program/northpole.js';
import { Findings } from './findings.js';
import { checkMemory } from './memory-check.js';
import { checkPackets } from './packet-check.js';

/** Every collision and missed deadline of a program; empty for a legal one. Array lengths must be right (the file schema checks them). */
export function checkSchedule(program: NorthPoleProgram): readonly Diagnostic[] {
  const findings = new Findings(program.name);
  const { layers, spec } = program;
  for (const layer of layers) checkCover(program, layer, findings);
  // Ways between cores mean nothing where a core lies outside the grid.
  const nCores = spec.gridWidth * spec.gridHeight;
  const isOnGrid = layers.every(({ mapping }) => mapping.cores.every((core) => core >= 0 && core < nCores));
  if (!isOnGrid) return findings.diagnostics(REMEDY);
  let before: Before = { end: 0, start: 0, programEnd: 0, lastSlot: 0, first: true };
  layers.forEach((layer, l) => {
    const place = placeOf(layer);
    const shape = passShape(program, layer);
    const { start, end, programStart, programEnd } = layer.timing;
    checkPasses(program, layer, shape, findings);
    const earliest = before.first ? 0 : before.end + spec.layerSyncCycles;
    findings.need(
      start >= earliest,
      'layer-early',
      place,
      () => `starts in cycle ${start}, its operands are there in cycle ${earliest}`,
    );
    const { sent, lastEnd } = checkPackets(program, l, shape, findings);
    findings.need(
      lastEnd <= end,
      'layer-end',
      place,
      () => `ends in cycle ${end}, its last result is written until ${lastEnd}`,
    );
    checkProgramLoad(program, layer, sent, before, findings);
    const lastSlot =
      layer.kind === 'vmm' ? checkWeights(program, layer, shape, before.lastSlot, findings) : before.lastSlot;
    before = { end, start, programEnd: Math.max(programStart, programEnd), lastSlot, first: false };
  });
  findings.need(
    program.cycles === before.end,
    'cycle-count',
    'program',
    () => `claims ${program.cycles} cycles, its last layer ends in ${before.end}`,
  );
  checkMemory(program, findings);
  return findings.diagnostics(REMEDY);
}

const REMEDY = 'compile the network again; a schedule must not be changed by hand';

/** What the layers before leave behind. */
interface Before {
  readonly end: number;
  readonly start: number;
  readonly programEnd: number;
  /** First cycle of the last weight block in the VMM. */
  readonly lastSlot: number;
  readonly first: boolean;
}

const placeOf = (layer: NorthPoleLayer): string => `layer "${layer.name}"`;

/** Cores are different and on the grid, segments are disjoint and hold their cores, tiles and groups cover output and input exactly. */
function checkCover(program: NorthPoleProgram, layer: NorthPoleLayer, findings: Findings): void {
  const { spec } = program;
  const place = placeOf(layer);
  const { mapping } = layer;
  const { cores, segments, outGroups, inGroups, inBlocks } = mapping;
  const nCores = spec.gridWidth * spec.gridHeight;
  findings.need(new Set(cores).size === cores.length, 'core-shared', place, () => 'a core has two shares');
  findings.need(
    cores.every((core) => core >= 0 && core < nCores),
    'core-off-grid',
    place,
    () => `a share lies outside the ${nCores} cores`,
  );
  const owner = new Int32Array(nCores).fill(-1);
  for (let g = 0; g < outGroups; g++) {
    const [x0 = 0, y0 = 0, width = 0, height = 0] = segments.subarray(g * 4);
    const fits = x0 >= 0 && y0 >= 0 && x0 + width <= spec.gridWidth && y0 + height <= spec.gridHeight;
    findings.need(fits, 'segment-off-grid', place, () => `segment ${g} reaches beyond the grid`);
    if (!fits) continue;
    for (let y = y0; y < y0 + height; y++) {
      for (let x = x0; x < x0 + width; x++) {
        const core = y * spec.gridWidth + x;
        findings.need(owner[core] === -1, 'segment-overlap', place, () => `core ${core} lies in two segments`);
        owner[core] = g;
      }
    }
  }
  let covered = 0;
  cores.forEach((core, s) => {
    const share = shareAt(mapping, s);
    findings.need(
      owner[core] === share.outGroup,
      'segment-missed',
      place,
      () => `core ${core} lies outside the segment of its out-group ${share.outGroup}`,
    );
    const next = share.inGroup + 1 < inGroups ? cores[s + 1] : undefined;
    const distance =
      next === undefined
        ? 1
        : Math.abs((next % spec.gridWidth) - (core % spec.gridWidth)) +
          Math.abs(Math.floor(next / spec.gridWidth) - Math.floor(core / spec.gridWidth));
    findings.need(
      distance === 1,
      'chain-broken',
      place,
      () => `cores ${core} and ${next} of a chain are ${distance} links apart`,
    );
    if (share.inGroup === 0) covered += regionSize(outputRegion(program, layer, share));
  });
  const output = tensorAt(program, layer.output).shape;
  const size = output[0] * output[1] * output[2];
  // Tiles and groups are ranges one after the other, so they cannot overlap; they cover everything if the sizes add up.
  findings.need(covered === size, 'output-uncovered', place, () => `its shares put out ${covered} of ${size} values`);
  if (layer.kind === 'vmm' && inGroups > 1) {
    const lanes = spec.vmm.vectorBits / Math.max(layer.weightBits, operandBits(program, layer));
    const channels = tensorAt(program, layer.operands[0] ?? -1).shape[2];
    findings.need(
      inGroups * inBlocks * lanes >= channels && layer.groups === 1 && !mapping.packed,
      'input-uncovered',
      place,
      () => `${inGroups} in-groups of ${inBlocks} blocks of ${lanes} do not cover ${channels} channels`,
    );
  }
}

const operandBits = (program: NorthPoleProgram, layer: NorthPoleLayer): number =>
  tensorAt(program, layer.operands[0] ?? -1).bits;

/** VMM, vector unit and partial sums: no step of a pass meets one of the next. */
function checkPasses(program: NorthPoleProgram, layer: NorthPoleLayer, shape: PassShape, findings: Findings): void {
  const { spec } = program;
  const place = placeOf(layer);
  const { positions } = layer.mapping;
  const { passPeriod, slot } = layer.timing;
  const { nK, interval, lead } = shape;
  const burst = positions * interval;
  findings.need(
    burst <= passPeriod,
    'vector-unit-busy',
    place,
    () => `${positions} positions take ${burst} cycles of the vector unit, passes are ${passPeriod} apart`,
  );
  if (layer.kind !== 'vmm') return;
  findings.need(
    slot === shape.slot,
    'slot',
    place,
    () => `a slot of ${slot} cycles, the mapping implies ${shape.slot}`,
  );
  findings.need(
    positions <= slot && nK * slot <= passPeriod,
    'vmm-busy',
    place,
    () => `${nK} slots of ${Math.max(slot, positions)} cycles in a pass period of ${passPeriod}`,
  );
  const { outputs, vectorBits } = spec.vmm;
  const half = spec.partialSums.bufferBytes / 2;
  const sums = (positions * outputs * spec.partialSums.bits) / 8;
  findings.need(
    sums <= half,
    'partial-sum-buffer',
    place,
    () => `${positions} positions take ${sums} bytes of partial sums, half of the buffer is ${half}`,
  );
  findings.need(
    lead + burst <= 2 * passPeriod,
    'partial-sum-buffer',
    place,
    () => `sums of a pass stay ${lead + burst} cycles, their half is needed again after ${2 * passPeriod}`,
  );
  const link = spec.networks.partialSum.wires / spec.partialSums.bits;
  findings.need(
    layer.mapping.inGroups === 1 || link >= outputs,
    'partial-sum-link',
    place,
    () => `${outputs} sums per cycle on links for ${link}`,
  );
  const bits = operandBits(program, layer);
  const read = ((vectorBits / Math.max(layer.weightBits, bits)) * bits) / 8;
  findings.need(
    read <= spec.memory.activationPortBytes,
    'activation-port',
    place,
    () => `the VMM reads ${read} bytes per cycle through a port of ${spec.memory.activationPortBytes}`,
  );
}

/** Weight blocks: ports, bus and buffer halves; returns the first cycle of the last block. */
function checkWeights(
  program: NorthPoleProgram,
  layer: VmmLayer,
  shape: PassShape,
  lastSlotBefore: number,
  findings: Findings,
): number {
  const { spec } = program;
  const place = placeOf(layer);
  const { mapping, timing } = layer;
  const { start, passPeriod, slot } = timing;
  const bytes = blockBytes(spec, layer.weightBits, operandBits(program, layer));
  const stream = weightStream(spec, mapping, bytes);
  findings.need(
    stream.period <= slot,
    'weight-late',
    place,
    () => `a weight block takes ${stream.period} cycles, a slot has ${slot}`,
  );
  checkLines(program, layer, stream, shape.nK, findings);
  // Before the first block, the half of the buffer and the bus must be free of the layer before.
  const firstLeaves = start - stream.period - stream.latency;
  findings.need(
    firstLeaves >= lastSlotBefore,
    'weight-late',
    place,
    () => `its first weights would have to leave in cycle ${firstLeaves}, buffer and bus are free in ${lastSlotBefore}`,
  );
  return start + (shape.nPasses - 1) * passPeriod + (shape.nK - 1) * slot;
}

/** The lines of two blocks in a row, in all in-groups: one per memory and cycle, no more on the bus and into a buffer than fit. */
function checkLines(
  program: NorthPoleProgram,
  layer: VmmLayer,
  stream: WeightStream,
  nK: number,
  findings: Findings,
): void {
  const { spec } = program;
  const place = placeOf(layer);
  const { mapping } = layer;
  const line = spec.memory.weightPortBytes;
  const onBus = new Map<number, number>();
  for (let inGroup = 0; inGroup < mapping.inGroups; inGroup++) {
    const reads = new Set<string>();
    const arrivals = new Map<number, number>();
    for (let k = 0; k < Math.min(2, nK); k++) {
      const slotStart = k * layer.timing.slot;
      for (let i = 0; i < stream.lines; i++) {
        const cycle = lineCycle(stream, slotStart, i, inGroup);
        const { tile } = lineAddress(spec, mapping, stream.lines, nK, { ob: 0, k, i });
        const read = `${tile}/${cycle}`;
        findings.need(!reads.has(read), 'weight-port', place, () => `tile ${tile} reads two lines in one cycle`);
        reads.add(read);
        onBus.set(cycle, (onBus.get(cycle) ?? 0) + line);
        const arrival = cycle + stream.latency;
        arrivals.set(arrival, (arrivals.get(arrival) ?? 0) + line);
        findings.need(
          arrival < slotStart && arrival >= slotStart - layer.timing.slot,
          'weight-late',
          place,
          () => `line ${i} of block ${k} arrives in cycle ${arrival} of the pass, its slot begins in ${slotStart}`,
        );
      }
    }
    for (const [cycle, n] of arrivals) {
      findings.need(
        n <= spec.weightFillBytes || mapping.rows * mapping.columns === 1,
        'weight-fill',
        place,
        () => `${n} bytes reach a weight buffer in cycle ${cycle} of the pass, it takes ${spec.weightFillBytes}`,
      );
    }
  }
  if (mapping.rows * mapping.columns === 1) return;
  const width = spec.networks.model.wires / 8;
  for (const [cycle, n] of onBus) {
    findings.need(
      n <= width,
      'model-bus',
      place,
      () => `${n} bytes on a segment of the model network in cycle ${cycle} of the pass, it carries ${width}`,
    );
  }
}

/** Programs: one at a time on the instruction network, there before the start, in a buffer half the layer before has left. */
function checkProgramLoad(
  program: NorthPoleProgram,
  layer: NorthPoleLayer,
  sent: number,
  before: Before,
  findings: Findings,
): void {
  const { spec } = program;
  const place = placeOf(layer);
  const { programBytes } = layer.memory;
  const { start, programStart, programEnd } = layer.timing;
  const bytes = programBytesFor(sent);
  findings.need(
    programBytes >= bytes,
    'program-bytes',
    place,
    () => `a program of ${programBytes} bytes, ${sent} packets need ${bytes}`,
  );
  findings.need(
    programBytes <= spec.programBufferBytes / 2,
    'program-buffer',
    place,
    () => `a program of ${programBytes} bytes, half of the program buffer is ${spec.programBufferBytes / 2}`,
  );
  // The program of the first layer is there before the batch begins.
  if (before.first) return;
  const cycles = programCycles(spec, programBytes);
  findings.need(
    programEnd - programStart >= cycles && programEnd <= start,
    'program-late',
    place,
    () =>
      `its program is on its way in ${programStart}..${programEnd}, it takes ${cycles} cycles and is needed in ${start}`,
  );
  findings.need(
    programStart >= before.programEnd,
    'instruction-bus',
    place,
    () => `its program starts in cycle ${programStart}, the bus is free in ${before.programEnd}`,
  );
  findings.need(
    programStart >= before.start,
    'program-buffer',
    place,
    () => `its program starts in cycle ${programStart}, a half of the program buffer is free in ${before.start}`,
  );
}
