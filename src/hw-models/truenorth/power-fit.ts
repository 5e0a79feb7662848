/**
 * The fit behind the TrueNorth cost table, as a function, so that its constants and their bands can be had again.
 *
 *   P = I (V / 0.7)^x + E_row rows/s (V / 0.775)^2 + E_syn operations/s (V / 0.8)^2 + E_hop hops/s (V / 0.775)^2
 *
 * I, x and E_syn are fitted to the eight published powers by least squares of the relative deviation; E_row and E_hop are given. For
 * a given x the problem is linear in I and E_syn; x is found by golden section.
 *
 * What the points can tell: E_row between 0 and 30 pJ fits them to 4.6 .. 4.8 % rms, because I takes up what E_row gives away (44 ..
 * 19 mW). So E_row has to come from elsewhere: it is the published 47 fJ per bit.
 */
import { publishedRates, type PublishedPower, PUBLISHED_POWER } from './published-power.js';

/** Supplies at which the constants of the formula hold, in volts. */
export const REFERENCE_VOLTS = { idle: 0.7, row: 0.775, synapticOperation: 0.8, hop: 0.775 } as const;

/** The constants that are given. */
export interface GivenEnergies {
  readonly rowPj: number;
  readonly hopPj: number;
}

/** One fit. */
export interface PowerFit extends GivenEnergies {
  /** Idle power of the whole chip at 0.7 V. */
  readonly idleMw: number;
  /** Of the idle power over the supply. */
  readonly exponent: number;
  readonly synapticOperationPj: number;
  /** Root mean square and largest of the relative deviations from the points. */
  readonly rms: number;
  readonly worst: number;
}

/** Fits the three free constants to `points`. */
export function fitPower(given: GivenEnergies, points: readonly PublishedPower[] = PUBLISHED_POWER): PowerFit {
  const terms = points.map((point) => termsOf(given, point));
  let low = 2;
  let high = 6;
  for (let i = 0; i < 40; i++) {
    const span = (high - low) * GOLDEN;
    if (fitAt(given, terms, high - span).rms < fitAt(given, terms, low + span).rms) high = low + span;
    else low = high - span;
  }
  return fitAt(given, terms, (low + high) / 2);
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Picojoules times events per second are 1e-9 mW. */
const MW = 1e-9;

/** A point as a I + b E_syn = c, each divided by the published power; a = volts^x / powerMw. */
interface Terms {
  readonly volts: number;
  readonly powerMw: number;
  readonly b: number;
  readonly c: number;
}

function termsOf(given: GivenEnergies, point: PublishedPower): Terms {
  const { voltage, powerMw } = point;
  const { rowsPerSecond, synapticOperationsPerSecond, hopsPerSecond } = publishedRates(point);
  const pj =
    given.rowPj * rowsPerSecond * (voltage / REFERENCE_VOLTS.row) ** 2 +
    given.hopPj * hopsPerSecond * (voltage / REFERENCE_VOLTS.hop) ** 2;
  return {
    volts: voltage / REFERENCE_VOLTS.idle,
    powerMw,
    b: (synapticOperationsPerSecond * MW * (voltage / REFERENCE_VOLTS.synapticOperation) ** 2) / powerMw,
    c: 1 - (pj * MW) / powerMw,
  };
}

function fitAt(given: GivenEnergies, terms: readonly Terms[], exponent: number): PowerFit {
  let [aa, ab, bb, ac, bc] = [0, 0, 0, 0, 0];
  const as = terms.map(({ volts, powerMw }) => volts ** exponent / powerMw);
  for (const [k, { b, c }] of terms.entries()) {
    const a = as[k]!;
    aa += a * a;
    ab += a * b;
    bb += b * b;
    ac += a * c;
    bc += b * c;
  }
  const determinant = aa * bb - ab * ab;
  const idleMw = (ac * bb - ab * bc) / determinant;
  const synapticOperationPj = (aa * bc - ab * ac) / determinant;
  const deviations = terms.map(({ b, c }, k) => Math.abs(as[k]! * idleMw + b * synapticOperationPj - c));
  return {
    ...given,
    idleMw,
    exponent,
    synapticOperationPj,
    rms: Math.sqrt(deviations.reduce((s, d) => s + d * d, 0) / deviations.length),
    worst: Math.max(...deviations),
  };
}

/**
 * Fits that are as good as each other for all we know: all points, and all but one, with the row and the hop at each end of their bands. The
 * constants of one fit belong together: what the row gives away the idle power takes up.
 */
export function equallyGoodFits(rows: readonly number[], hops: readonly number[]): readonly PowerFit[] {
  const kept = [PUBLISHED_POWER, ...PUBLISHED_POWER.map((left) => PUBLISHED_POWER.filter((point) => point !== left))];
  return rows.flatMap((rowPj) => hops.flatMap((hopPj) => kept.map((points) => fitPower({ rowPj, hopPj }, points))));
}
