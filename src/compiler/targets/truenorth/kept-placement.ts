/** Where the cores of an older program stand, and which cores of a new one correspond to them. */
import { CORE_ARRAYS, type CoreArrayName, type CoreArrays, elementsPerCore } from '../../../ir/program/core-arrays.js';
import type { CoreRole, TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { layerNameOf } from './pins.js';

/** The places of a program, [nCores] each. */
export interface KeptPlacement {
  /** Names of layers, that of the timer among them where it has cores. */
  readonly layers: readonly string[];
  /** Index into `layers`. */
  readonly layer: Int32Array;
  readonly role: readonly CoreRole[];
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** [nCores, 2] digests of what the cores hold, without targets. */
  readonly content: Uint32Array;
}

/** Cores that have no place yet, or whose place is not looked at. */
export interface CoresOfRoles extends Pick<TrueNorthProgram, 'coreLayer' | 'coreRole'> {
  readonly layers: readonly { readonly name: string }[];
  readonly cores: CoreArrays;
  readonly spec: TrueNorthSpec;
}

/** The places of a program. */
export function placementOf(program: CoresOfRoles): KeptPlacement {
  const { cores, coreRole } = program;
  const layers: string[] = [];
  const indexOf = new Map<string, number>();
  const layer = program.coreLayer.map((_, core) => {
    const name = layerNameOf(program, core);
    const known = indexOf.get(name) ?? layers.push(name) - 1;
    indexOf.set(name, known);
    return known;
  });
  return { layers, layer, role: coreRole, x: cores.x, y: cores.y, content: digestsOf(program) };
}

/** What a core holds beside where its spikes go, which depends on the other cores. */
const CONTENT: readonly CoreArrayName[] = [
  ...(['axonType', 'synapses', 'weights', 'leak', 'leakReversal', 'threshold', 'negativeThreshold'] as const),
  ...(['resetMode', 'negativeMode', 'resetPotential', 'initialPotential', 'stochastic', 'thresholdBits'] as const),
];

/** Two words per core: equal cores have equal ones; that others have them is as good as impossible. */
function digestsOf({ cores, spec }: Pick<CoresOfRoles, 'cores' | 'spec'>): Uint32Array {
  const digests = new Uint32Array(2 * cores.nCores);
  for (const name of CONTENT) {
    const array = cores[name];
    const length = elementsPerCore(CORE_ARRAYS[name].per, spec);
    for (let core = 0; core < cores.nCores; core++) {
      let a = digests[2 * core]!;
      let b = digests[2 * core + 1]!;
      for (let k = core * length; k < (core + 1) * length; k++) {
        const value = array[k]!;
        // FNV-1a by words, and a second one of another multiplier that mixes upper bits down.
        a = Math.imul(a ^ value, 0x0100_0193);
        b = Math.imul((b ^ (b >>> 15)) + value, 0x2c1b_3c6d);
      }
      digests[2 * core] = a;
      digests[2 * core + 1] = b;
    }
  }
  return digests;
}

/**
 * [nCores] the old core of every new one, -1 without: of the same layer and role, first with the same content in the same position among these, then
 * with the same content, then in the same position, then whatever is left in order.
 */
export function matchCores(fresh: CoresOfRoles, old: KeptPlacement): Int32Array {
  const now = placementOf(fresh);
  const matched = new Int32Array(fresh.cores.nCores).fill(-1);
  const olds = groupsOf(old);
  for (const [group, cores] of groupsOf(now)) {
    const theirs = olds.get(group) ?? [];
    const taken = new Set<number>();
    const take = (core: number, their: number | undefined): void => {
      if (their === undefined || taken.has(their) || matched[core]! >= 0) return;
      matched[core] = their;
      taken.add(their);
    };
    const same = (core: number, their: number): boolean => contentOf(now, core) === contentOf(old, their);
    cores.forEach((core, i) => {
      const their = theirs[i];
      if (their !== undefined && same(core, their)) take(core, their);
    });
    const byContent = new Map<string, number[]>();
    for (const their of theirs) {
      if (taken.has(their)) continue;
      const content = contentOf(old, their);
      const list = byContent.get(content) ?? [];
      list.push(their);
      byContent.set(content, list);
    }
    for (const core of cores) if (matched[core]! < 0) take(core, byContent.get(contentOf(now, core))?.shift());
    cores.forEach((core, i) => take(core, theirs[i]));
    const left = theirs.filter((their) => !taken.has(their));
    let next = 0;
    for (const core of cores) if (matched[core]! < 0 && next < left.length) take(core, left[next++]);
  }
  return matched;
}

const contentOf = ({ content }: KeptPlacement, core: number): string => `${content[2 * core]},${content[2 * core + 1]}`;

/** Cores by layer and role, ascending. */
function groupsOf({ layers, layer, role }: KeptPlacement): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  layer.forEach((l, core) => {
    const key = `${role[core]} ${layers[l]}`;
    const list = groups.get(key) ?? [];
    list.push(core);
    groups.set(key, list);
  });
  return groups;
}
