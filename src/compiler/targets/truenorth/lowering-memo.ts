/** What the windows and fan-outs that a compilation compares have in common, found out once. */
import type { ChipLayer } from './chip-layers.js';
import { type RowGroup, rowGroups } from './groups.js';
import type { LoweringPlan } from './lowered.js';
import type { GroupPlan, GroupSums } from './counted-sets.js';

/** What a plan that does not depend on the window depends on. */
interface PlanKey {
  readonly streaming: boolean;
  /** [nOut] */
  readonly copies: Int32Array;
}

/** A plan, or none: the layer does not fit this way. */
type Planned = LoweringPlan | undefined;

interface KnownPlan {
  readonly key: PlanKey;
  readonly plan: Planned;
}

/** The sums of groups, and which of them are the same but for the place of their inputs (shapesOf). */
interface KnownSums {
  readonly sums: readonly GroupSums[];
  readonly shapes: Int32Array;
}

interface KnownGroups {
  /** [nOut] 1 where somebody reads the output. */
  readonly isRead: Uint8Array;
  readonly groups: readonly RowGroup[];
}

/** Memory of one compilation, that is for one chain and one size of cores. */
export class LoweringMemo {
  readonly #groups = new Map<ChipLayer, KnownGroups[]>();
  readonly #plans = new Map<ChipLayer, KnownPlan[]>();
  readonly #orders = new Map<
    ChipLayer,
    { readonly nGroups: number; readonly orders: readonly (readonly number[])[] }
  >();
  /** By groups and whether rows may share counts. */
  readonly #sums = new Map<readonly RowGroup[], { shared?: KnownSums; apart?: KnownSums }>();
  #sets:
    | {
        readonly groups: readonly RowGroup[];
        readonly bound: number;
        readonly allowShared: boolean;
        readonly plans: readonly GroupPlan[];
      }
    | undefined;

  /** {@link rowGroups}: they depend on which outputs are read, not on how often. */
  groups(layer: ChipLayer, copies: Int32Array): readonly RowGroup[] {
    const known = listOf(this.#groups, layer);
    const isRead = Uint8Array.from(copies, (n) => (n > 0 ? 1 : 0));
    const found = known.find((entry) => equal(entry.isRead, isRead));
    if (found !== undefined) return found.groups;
    const groups = rowGroups(layer, copies);
    known.push({ isRead, groups });
    return groups;
  }

  /** The plan of a layer whose cores are the same for every window. */
  plan(layer: ChipLayer, { streaming, copies }: PlanKey, make: () => Planned): Planned {
    const known = listOf(this.#plans, layer);
    const found = known.find(({ key }) => key.streaming === streaming && equal(key.copies, copies));
    if (found !== undefined) return found.plan;
    const plan = make();
    known.push({ key: { streaming, copies }, plan });
    return plan;
  }

  /** Orders of the groups of a layer. */
  orders(
    layer: ChipLayer,
    nGroups: number,
    make: () => readonly (readonly number[])[],
  ): readonly (readonly number[])[] {
    const known = this.#orders.get(layer);
    if (known?.nGroups === nGroups) return known.orders;
    const orders = make();
    this.#orders.set(layer, { nGroups, orders });
    return orders;
  }

  /** The sums of groups, which no window changes. */
  sums(groups: readonly RowGroup[], allowShared: boolean, make: () => KnownSums): KnownSums {
    const known = this.#sums.get(groups) ?? {};
    this.#sums.set(groups, known);
    return allowShared ? (known.shared ??= make()) : (known.apart ??= make());
  }

  /** The sets of inputs of groups whose counts are at most `bound`; of one window at a time, since no other asks for the same. */
  sets(
    groups: readonly RowGroup[],
    bound: number,
    allowShared: boolean,
    make: () => readonly GroupPlan[],
  ): readonly GroupPlan[] {
    const known = this.#sets;
    if (known?.groups === groups && known.bound === bound && known.allowShared === allowShared) return known.plans;
    this.#sets = { groups, bound, allowShared, plans: make() };
    return this.#sets.plans;
  }
}

function listOf<T>(lists: Map<ChipLayer, T[]>, layer: ChipLayer): T[] {
  const list = lists.get(layer) ?? [];
  lists.set(layer, list);
  return list;
}

const equal = (a: Int32Array | Uint8Array, b: Int32Array | Uint8Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
