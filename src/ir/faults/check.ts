/** Whether a chip has the faults that are asked for. Findings name fields (`noise.ber`, `scope.memories[0]`), not options. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { FAULTS, type Fault, FAULT_NAMES, type FaultName, isFaultName } from './catalogue.js';
import { noiseProblems, type NoiseSpec } from './levels.js';
import { MEMORIES } from './memories.js';
import { type FaultScope, SCOPE_PARTS } from './scope.js';
import { type FaultSupport, memoriesAtRisk } from './support.js';

/** Faults that are asked for, and where. */
export interface FaultRequest {
  readonly noise: NoiseSpec;
  readonly scope?: FaultScope | undefined;
}

/** @throws UserError with everything that {@link faultProblems} finds */
export function checkFaults(request: FaultRequest, support: FaultSupport): void {
  throwIfErrors(faultProblems(request, support));
}

/**
 * Every level that is none, every fault, memory, position and part of a scope that the chip does not have, levels that contradict each other,
 * and parts of a scope that say nothing about the faults. Levels that are none hide what depends on them.
 */
export function faultProblems(request: FaultRequest, support: FaultSupport): readonly Diagnostic[] {
  const { noise, scope = {} } = request;
  const levels = [...missingLevels(noise), ...noiseProblems(noise)];
  const asked = levels.length > 0 ? [] : FAULTS.filter(({ name }) => noise[name] > 0);
  return [
    ...levels,
    ...asked.flatMap((fault) => unsupported(fault, support)),
    ...asked.flatMap((fault) => contradictions(fault, noise)),
    ...unsupportedScope(scope, support),
    ...badMemories(scope, support),
    ...badPositions(scope, support),
    ...idleScope(scope, asked, support),
    ...asked.flatMap((fault) => badInMemory(fault, request, support)),
  ];
}

/** Callers without types may leave some out. */
const missingLevels = (noise: NoiseSpec): readonly Diagnostic[] =>
  FAULT_NAMES.filter((name) => !(name in noise)).map((name) =>
    errorAt('bad-noise-level', `noise.${name}`, 'this level is missing', 'begin with NO_NOISE and set what is on'),
  );

const namesOf = (support: FaultSupport): string =>
  FAULT_NAMES.filter((name) => support.faults[name] === true).join(', ');

function unsupported({ name }: Fault, support: FaultSupport): readonly Diagnostic[] {
  const has = support.faults[name];
  if (has === true) return [];
  const message = has?.reason ?? `this fault is not modelled for ${support.chips}`;
  return [errorAt('noise-not-modelled', `noise.${name}`, message, `use ${namesOf(support)}`)];
}

function contradictions({ name, partOf, sharesWith }: Fault, noise: NoiseSpec): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (partOf !== undefined && isFaultName(partOf) && noise[partOf] > 0) {
    const parts = FAULTS.filter((other) => other.partOf === partOf).map((other) => other.name);
    const message = `${partOf}=${noise[partOf]} includes it already`;
    found.push(errorAt('noise-twice', `noise.${name}`, message, `use ${partOf}, or ${parts.join(' and ')}`));
  }
  // Reported once, at the first of the two.
  if (sharesWith !== undefined && isFaultName(sharesWith) && isBefore(name, sharesWith)) {
    const sum = noise[name] + noise[sharesWith];
    const message = `together with ${sharesWith} it is ${sum}, more than all there is`;
    if (sum > 1) found.push(errorAt('noise-range', `noise.${name}`, message, 'use fractions with a sum up to 1'));
  }
  return found;
}

const isBefore = (one: FaultName, other: FaultName): boolean => FAULT_NAMES.indexOf(one) < FAULT_NAMES.indexOf(other);

function unsupportedScope(scope: FaultScope, support: FaultSupport): readonly Diagnostic[] {
  return SCOPE_PARTS.filter(({ name }) => scope[name] !== undefined && support.scope[name] !== true).map(({ name }) => {
    const has = support.scope[name];
    const reason = has === undefined || has === true ? '' : `: ${has.reason}`;
    const message = `faults of ${support.chips} cannot be limited this way${reason}`;
    return errorAt('scope-not-modelled', `scope.${name}`, message, 'leave it out');
  });
}

function badMemories({ memories }: FaultScope, support: FaultSupport): readonly Diagnostic[] {
  const known = support.memories.map(({ memory }) => memory);
  const remedy = `use ${known.join(', ')}`;
  if (memories?.length === 0)
    return [errorAt('empty-scope', 'scope.memories', 'no memory is named', `${remedy}, or leave it out`)];
  return (memories ?? []).flatMap((memory, i) => {
    if (known.includes(memory)) return [];
    const message = `${support.chips} have no faults in a memory "${memory}"`;
    return [errorAt('memory-not-modelled', `scope.memories[${i}]`, message, remedy)];
  });
}

function badPositions({ memories, protectedBits = [] }: FaultScope, support: FaultSupport): readonly Diagnostic[] {
  const atRisk = memoriesAtRisk({ memories }, support);
  const bits = Math.max(0, ...support.memories.filter((m) => atRisk.includes(m.memory)).map((m) => m.wordBits));
  if (protectedBits.length > 0 && bits === 0) {
    const message = `${atRisk.join(', ')} hold single bits, which have no positions`;
    return [errorAt('bit-position', 'scope.protectedBits', message, 'leave it out, or name a memory of words')];
  }
  return protectedBits.flatMap((position, i) => {
    if (Number.isInteger(position) && position >= 0 && position < bits) return [];
    const message = `${atRisk.join(', ')} have no bit ${position}`;
    const remedy = `use 0 (least significant) to ${bits - 1}`;
    return [errorAt('bit-position', `scope.protectedBits[${i}]`, message, remedy)];
  });
}

/** Parts of a scope that say nothing about the faults that are asked for. Without any fault they wait for some. */
function idleScope(scope: FaultScope, asked: readonly Fault[], support: FaultSupport): readonly Diagnostic[] {
  if (asked.length === 0) return [];
  return SCOPE_PARTS.filter(({ name }) => support.scope[name] === true).flatMap(({ name, all }) => {
    const value = scope[name];
    const outside = asked.filter((fault) => !fault.scope.includes(name)).map((fault) => fault.name);
    if (value === undefined || value === false || (all ? outside.length === 0 : outside.length < asked.length))
      return [];
    const message = `it says nothing about ${outside.join(', ')}`;
    return [errorAt('scope-without-fault', `scope.${name}`, message, 'leave it out')];
  });
}

/** Faults that a memory at risk cannot have, and rates beyond what it can. */
function badInMemory(fault: Fault, { noise, scope = {} }: FaultRequest, support: FaultSupport): readonly Diagnostic[] {
  const { name, memories } = fault;
  if (memories.length === 0) return [];
  return memoriesAtRisk(scope, support).flatMap((memory) => {
    if (!memories.includes(memory)) {
      const message = MEMORIES.find((row) => row.name === memory)?.rewritten ?? `${memory} have no such fault`;
      const others = FAULTS.filter((f) => f.memories.includes(memory) && support.faults[f.name] === true);
      const remedy = `use ${others.map((f) => f.name).join(', ')}, or other memories`;
      return [errorAt('noise-not-modelled', `noise.${name}`, message, remedy)];
    }
    const most = support.memories.find((m) => m.memory === memory)?.most;
    if (most === undefined || noise[name] <= most.level) return [];
    return [errorAt('noise-range', `noise.${name}`, most.reason, `use up to ${most.level}`)];
  });
}
