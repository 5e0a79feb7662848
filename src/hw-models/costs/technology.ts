/** How energy and area of the same circuit change from process to process. */

/**
 * Energy of logic at 0.8 V relative to 45 nm, high-performance transistors, and area relative to 45 nm, by feature size in nm (Stillmaker and
 * Baas, Integration 58:74, 2017).
 */
export const STILLMAKER = {
  nm: [45, 32, 20, 16, 14, 10, 7],
  energy: [1, 0.64, 0.28, 0.22, 0.17, 0.15, 0.12],
  area: [1, 0.46, 0.21, 0.19, 0.17, 0.1, 0.059],
} as const;

/**
 * The value at `x` of a table over `xs` (descending or ascending): straight lines between rows in the logarithms of both; beyond its ends the
 * end's value.
 */
export function onTable(xs: readonly number[], ys: readonly number[], x: number): number {
  const rows = xs.map((at, i) => [at, ys[i]!] as const).sort(([a], [b]) => a - b);
  const above = rows.findIndex(([at]) => at >= x);
  const [x1, y1] = rows[above < 0 ? rows.length - 1 : above]!;
  const [x0, y0] = rows[above < 0 ? rows.length - 1 : Math.max(0, above - 1)]!;
  if (x1 === x0 || x >= x1) return y1;
  return y0 * (y1 / y0) ** (Math.log(x / x0) / Math.log(x1 / x0));
}
