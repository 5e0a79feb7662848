/** From a point of a search to what is measured: network, chip with its parameters, options, faults. */
import { type Diagnostic, errorAt, UserError } from '../../common/diagnostics.js';
import { treeOf } from '../../common/parameters/value-tree.js';
import type { VoltageRow } from '../../hw-models/faults/voltage-table.js';
import type { Experiment, ExplorationNetwork } from '../experiment.js';
import { isVarying } from '../experiment.js';
import type { Axis, Unit } from '../search/search.js';
import { baseValue, type NamedSetting, type Target } from '../targets.js';
import { excessOf, namesIn, valueOf } from './expression.js';
import { type Json, settingAt } from './setting.js';

/** What is asked of a design. */
export interface Candidate {
  readonly network: ExplorationNetwork;
  readonly target: Target;
  /** The settings of the target, and what follows from them, by name. */
  readonly values: ReadonlyMap<string, Json>;
}

/** Designs that are searched together: networks of one group on the chips of the experiment. */
export interface Space {
  /** Of its networks. */
  readonly group: string;
  readonly networks: readonly ExplorationNetwork[];
  readonly targets: readonly Target[];
  readonly axes: readonly Axis[];
  /** The settings behind the axes after those of network and chip; a setting has no part in designs of other chips. */
  readonly settings: readonly { readonly target: Target; readonly named: NamedSetting }[];
}

/** The spaces of an experiment: for a grid one for each network and chip, else one for each group. */
export function spacesOf({ networks, targets, search }: Experiment): readonly Space[] {
  if (search.method === 'grid') {
    return networks.flatMap((network) => targets.map((target) => spaceOf(network.group, [network], [target])));
  }
  const groups = [...new Set(networks.map(({ group }) => group))];
  return groups.map((group) =>
    spaceOf(
      group,
      networks.filter((network) => network.group === group),
      targets,
    ),
  );
}

function spaceOf(group: string, networks: readonly ExplorationNetwork[], targets: readonly Target[]): Space {
  const settings = targets.flatMap((target) => target.settings.filter(isVarying).map((named) => ({ target, named })));
  const axes: Axis[] = [];
  if (networks.length > 1) axes.push({ kind: 'unordered', levels: networks.length });
  if (targets.length > 1) axes.push({ kind: 'unordered', levels: targets.length });
  for (const { named } of settings) axes.push(axisOf(named));
  // A space of one design still has a point.
  if (axes.length === 0) axes.push({ kind: 'unordered', levels: 1 });
  return { group, networks, targets, axes, settings };
}

/** Whole numbers of a range are levels, as long as they are few. */
function axisOf({ setting }: NamedSetting): Axis {
  if (setting.kind !== 'values') return { kind: 'real' };
  return { kind: setting.isOrdered ? 'ordered' : 'unordered', levels: setting.values.length };
}

/** The design at a point of a space. */
export function candidateAt(space: Space, unit: Unit): Candidate {
  const { networks, targets, settings } = space;
  let at = 0;
  const pick = <T>(of: readonly T[]): T => {
    if (of.length === 1) return of[0]!;
    return of[Math.min(of.length - 1, Math.floor(unit[at++]! * of.length))]!;
  };
  const network = pick(networks);
  const target = pick(targets);
  const drawn = new Map(settings.map(({ named }, i) => [named, unit[at + i]!]));
  const values = new Map<string, Json>();
  for (const named of target.settings) {
    const { name, setting, multipleOf } = named;
    if (setting.kind !== 'expression') values.set(name, settingAt(setting, drawn.get(named) ?? 0, multipleOf));
  }
  follow(target, values);
  return { network, target, values };
}

/** What expressions give, those first whose names have their values. There are no circles. */
function follow(target: Target, values: Map<string, Json>): void {
  const open = target.settings.filter(({ setting }) => setting.kind === 'expression');
  const named = namedIn(target, values);
  const waits = new Set(open.map(({ name }) => name));
  while (open.length > 0) {
    const next = open.findIndex(
      ({ setting }) =>
        setting.kind === 'expression' && ![...namesIn(setting.expression)].some((name) => waits.has(name)),
    );
    const [one] = open.splice(Math.max(next, 0), 1);
    if (one === undefined || one.setting.kind !== 'expression') return;
    waits.delete(one.name);
    // What has no value is no number: the check of the spec says so.
    values.set(one.name, valueOf(one.setting.expression, named) ?? null);
  }
}

/** The numbers that names of parameters stand for. */
export function namedIn(target: Target, values: ReadonlyMap<string, Json>): (name: string) => number | undefined {
  return (name) => {
    if (name === 'volts') return supplyOf(values)?.volts;
    const value = values.get(name);
    if (value !== undefined) return typeof value === 'number' ? value : undefined;
    return baseValue(target, name);
  };
}

/** The row of the voltage table that a design runs at. */
export function supplyOf(values: ReadonlyMap<string, Json>): VoltageRow | undefined {
  const row = values.get('supply');
  if (typeof row !== 'object' || row === null || !('volts' in row)) return undefined;
  const { volts, ber, energyScale } = row;
  return { volts: Number(volts), ber: Number(ber), energyScale: Number(energyScale) };
}

/** The part of the names that begin so, without the beginning: `faults.` gives levels by fault. */
export const partOf = (values: ReadonlyMap<string, Json>, prefix: string): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    [...values].flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );

/** Names that are of no parameter of the spec. */
const OTHERS = /^(compile|faults|bits)\.|^supply$/;

/** The parameters of the spec that a design sets, by path. */
export const parametersOf = (values: ReadonlyMap<string, Json>): Readonly<Record<string, Json>> =>
  Object.fromEntries([...values].filter(([name]) => !OTHERS.test(name)));

/** A spec as a file would say it: the base and what is set. */
export function specText(base: Readonly<Record<string, Json>>, parameters: Readonly<Record<string, Json>>): string {
  const merged = mergeTrees(base, treeOf(Object.entries(parameters)));
  return JSON.stringify({ ...merged, name: 'explored' });
}

function mergeTrees(base: object, change: object): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(base));
  for (const [key, value] of Object.entries(change)) {
    const own = merged[key];
    merged[key] = isTree(own) && isTree(value) ? mergeTrees(own, value) : value;
  }
  return merged;
}

const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with a design before anything is compiled: its spec, and constraints on its parameters. */
export function designProblems(
  { target, values }: Candidate,
  { constraints, images }: Experiment,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  try {
    target.chip.specs.parse(specText(target.base, parametersOf(values)), target.name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    found.push(...error.diagnostics);
  }
  const named = namedIn(target, values);
  for (const constraint of constraints) {
    const excess = excessOf(constraint, (name) => (name === 'images' ? images : named(name)));
    if (excess !== undefined && excess > 0) {
      found.push(errorAt('constraint', target.name, `"${constraint.text}" does not hold`, 'other parameters'));
    }
  }
  return found;
}
