/** Windows of average pools: what each divides its sum by. */
import { windowOutput } from './shapes.js';
import type { AvgPoolNode, Shape } from './types.js';

/** The windows of an average pool, by output position (row-major). */
export interface AverageWindows {
  /** [positions] taps that count: what the sum is divided by; 0 for a window that sees nothing that counts. */
  readonly counts: Int32Array;
  /** [positions] taps on the image. */
  readonly inside: Int32Array;
  /** The least number all counts divide, see {@link commonMultiple}. Sums of integers times common / count are integers. */
  readonly common: number | undefined;
}

/** Above this, sums of 32 bits times a common multiple are not exact in float64. */
const MOST_COMMON = 2 ** 20;

/** The windows of an average pool over an image [height, width, channels]. */
export function averageWindows(node: AvgPoolNode, [height = 0, width = 0]: Shape): AverageWindows {
  const [outHeight, outWidth] = windowOutput(height, width, node);
  const counted = node.counted ?? node.padding;
  const along = (axis: 0 | 1, size: number, n: number, before: number, after: number): Int32Array =>
    Int32Array.from({ length: n }, (_, o) => {
      const start = o * node.stride[axis] - node.padding[axis === 0 ? 0 : 2];
      return Math.max(0, Math.min(start + node.window[axis], size + after) - Math.max(start, -before));
    });
  const grid = (rows: Int32Array, columns: Int32Array): Int32Array =>
    Int32Array.from(
      { length: outHeight * outWidth },
      (_, p) => rows[Math.floor(p / outWidth)]! * columns[p % outWidth]!,
    );
  const counts = grid(
    along(0, height, outHeight, counted[0], counted[1]),
    along(1, width, outWidth, counted[2], counted[3]),
  );
  const inside = grid(along(0, height, outHeight, 0, 0), along(1, width, outWidth, 0, 0));
  return { counts, inside, common: commonMultiple(counts) };
}

/** The least common multiple of the counts that are not 0 (1 if there are none), undefined above {@link MOST_COMMON} where they differ. */
export function commonMultiple(counts: Int32Array): number | undefined {
  const [first = 1, ...others] = [...new Set(counts)].filter((count) => count > 0);
  let common = first;
  for (const count of others) {
    common *= count / greatestDivisor(common, count);
    if (common > MOST_COMMON) return undefined;
  }
  return common;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
