/**
 * Weights as digits. A neuron has one weight per axon type, so a source that is to act with any of many weights drives several axons: a
 * code gives every type a value, and a weight is the sum of the values of the axons that its neuron is connected to. With the values 1, 2, 4, -8 a
 * source of four axons has every weight -8..7. Rows whose weights have a common divisor have it in the weights of their neuron instead.
 */

/** Values of the axon types that the inputs use, and how a weight is made of them. */
export interface AxonCode {
  readonly values: readonly number[];
  /** Axons of every type for each weight low..high; undefined where a weight cannot be made. */
  digitsOf(weight: number): readonly number[] | undefined;
}

/** Largest weight that is looked for, in multiples of the row's divisor. */
const REACH = 255;

/** The code with these values: for every weight the fewest axons, found breadth first; of equal ones those of the first types. */
export function axonCode(values: readonly number[], low: number, high: number): AxonCode {
  const limit = 2 * Math.max(Math.abs(low), Math.abs(high), ...values.map(Math.abs));
  const digits = new Map<number, readonly number[]>([[0, values.map(() => 0)]]);
  let front = [0];
  const wanted = new Set<number>();
  for (let w = low; w <= high; w++) if (w !== 0) wanted.add(w);
  while (front.length > 0 && wanted.size > 0) {
    const next: number[] = [];
    for (const sum of front) {
      const used = digits.get(sum) ?? [];
      values.forEach((value, type) => {
        const reached = sum + value;
        if (Math.abs(reached) > limit || digits.has(reached)) return;
        digits.set(
          reached,
          used.map((n, t) => (t === type ? n + 1 : n)),
        );
        wanted.delete(reached);
        next.push(reached);
      });
    }
    front = next;
  }
  return { values, digitsOf: (weight) => digits.get(weight) };
}

/** Codes worth trying for these weights with so many axon types. */
export function candidateCodes(weights: readonly number[], types: number): readonly AxonCode[] {
  const low = Math.min(0, ...weights);
  const high = Math.max(0, ...weights);
  if (types < 1 || Math.max(high, -low) > REACH) return [];
  const lists = low >= 0 ? positiveLists(high, types) : high <= 0 ? positiveLists(-low, types).map(negated) : [];
  if (low < 0 && high > 0) {
    lists.push(...signedLists(low, high, types));
  }
  // Few weights may be values themselves: an axon each.
  if (weights.length > 0 && weights.length <= types) lists.push(weights);
  const seen = new Set<string>();
  return lists
    .filter((values) => {
      const key = values.join();
      return !seen.has(key) && seen.add(key) !== undefined;
    })
    .map((values) => axonCode(values, low, high));
}

const negated = (values: readonly number[]): readonly number[] => values.map((value) => -value);

/** 1, b, b^2, ... with as many types as there are, for a few bases. */
function positiveLists(most: number, types: number): (readonly number[])[] {
  const lists: (readonly number[])[] = [[1]];
  for (let base = 2; base <= Math.max(2, Math.min(most, 16)); base++) {
    for (let n = 2; n <= types; n++) {
      if (base ** (n - 1) > most) break;
      lists.push(Array.from({ length: n }, (_, digit) => base ** digit));
    }
  }
  return lists;
}

function signedLists(low: number, high: number, types: number): (readonly number[])[] {
  const lists: (readonly number[])[] = [];
  if (types >= 2) {
    lists.push([1, -1]);
    // Digits of what a weight is above the least one: two's complement where the base is 2.
    for (const positive of positiveLists(Math.max(high, -low - 1, 1), types - 1)) lists.push([...positive, low]);
    for (const negative of positiveLists(Math.max(-low, high - 1, 1), types - 1))
      lists.push([...negated(negative), high]);
  }
  if (types >= 4) {
    const most = Math.max(high, -low);
    for (let base = 2; base <= Math.min(most, 16); base++) lists.push([1, base, -1, -base]);
  }
  if (types >= 3) {
    for (let base = 2; base <= Math.min(Math.max(high, -low), 16); base++) lists.push([1, base, -1], [1, -1, -base]);
  }
  return lists;
}
