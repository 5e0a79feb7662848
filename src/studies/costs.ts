/** What countermeasures cost: a pure function of the specification and of what is known of its networks. */
import type { ChipStructure } from '../chips/chip.js';
import { chipNamed } from '../flow/chip-named.js';
import { faultScope } from '../ir/faults/scope.js';
import type { CountermeasureCost, StudyEnergy, StudyRow } from '../ir/trace/study.js';
import { sumOfEnergies } from './energy.js';
import { membersOf } from './plan.js';
import { measureScope, type StudySpec } from './spec.js';
import { storedBits } from './structure.js';

/** What costs are made of. */
export interface CostFacts {
  /** The program of a network; undefined where it does not fit the chip. */
  readonly structureOf: (network: string, chip: string) => ChipStructure | undefined;
  /** Rows of the part `golden`, for the energy. */
  readonly golden: readonly StudyRow[];
  /** Epochs a network was trained for; undefined where the study did not train it. */
  readonly epochsOf: (network: string) => number | undefined;
}

/**
 * The costs of every entry's baseline (with an empty name) and measures, in their order. What cannot be compiled, or is of a memory whose bits
 * are not known, has none.
 */
export function costsOf(spec: StudySpec, facts: CostFacts): readonly CountermeasureCost[] {
  const costs = spec.countermeasures.flatMap((entry): readonly CountermeasureCost[] => {
    const { baseline, chip, memories } = entry;
    const own = faultScope(memories === undefined ? {} : { memories }) ?? {};
    const all = [
      { name: '', members: [baseline], scope: own },
      ...Object.entries(entry.measures).map(([name, measure]) => ({
        name,
        members: membersOf(baseline, measure),
        scope: measureScope(entry, measure) ?? {},
      })),
    ];
    return all.flatMap(({ name, members, scope }): readonly CountermeasureCost[] => {
      const programs = members.map((member) => facts.structureOf(member, chip));
      const bits = programs.map((program) => program && storedBits(program, chipNamed(chip, spec.targets), scope));
      const cores = total(programs.map((program) => program?.nCores));
      const stored = total(bits.map((one) => one?.stored));
      const protectedBits = total(bits.map((one) => one?.protected));
      if (cores === undefined || stored === undefined || protectedBits === undefined) return [];
      const energy = sumOfEnergies(members.map((member) => energyOf(facts.golden, member, chip)));
      const epochs = total(members.map(facts.epochsOf));
      return [
        {
          countermeasure: name,
          network: baseline,
          target: chip,
          members: members.length,
          cores,
          ...energy,
          storedBits: stored,
          protectedBits,
          ...(epochs === undefined ? {} : { epochs }),
        },
      ];
    });
  });
  // Entries that differ in effect or level only have one baseline and the same measures.
  const seen = new Set<string>();
  return costs.filter((cost) => {
    const text = JSON.stringify(cost);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

const energyOf = (golden: readonly StudyRow[], network: string, chip: string): StudyEnergy =>
  golden.find((row) => row.network === network && row.target === chip) ?? {};

/** The sum; undefined where a value is. */
function total(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}
