/**
 * Looks of curves: hue, dashes and marker together, so that curves are told apart without the hue. Hues after Okabe and Ito (2008), who chose them
 * for people who confuse red and green; yellow, which vanishes on white, is left out, and each is dark enough on white and light enough on a
 * dark page.
 */

/** How one curve is drawn. */
export interface SeriesStyle {
  readonly colour: string;
  /** Lengths of dashes and gaps, empty for a solid line. */
  readonly dash: readonly number[];
  /** Marker as an SVG path inside -1..1. */
  readonly shape: string;
}

const COLOURS = ['#0072b2', '#d98600', '#009e73', '#c2649a', '#d55e00', '#4aa3dc', '#8a7a3c', '#7d6bb8'] as const;

const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2, 2.5],
  [8, 3, 2, 3],
  [12, 3],
  [4, 2],
  [2, 4],
  [8, 2, 2, 2, 2, 2],
];

const SHAPES = [
  // Circle, square, triangle, diamond, triangle on its tip, plus, bar, hourglass.
  'M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z',
  'M-0.9,-0.9H0.9V0.9H-0.9Z',
  'M0,-1.1L1.05,0.85H-1.05Z',
  'M0,-1.25L1.1,0L0,1.25L-1.1,0Z',
  'M0,1.1L1.05,-0.85H-1.05Z',
  'M-0.35,-1.1H0.35V-0.35H1.1V0.35H0.35V1.1H-0.35V0.35H-1.1V-0.35H-0.35Z',
  'M-1.2,-0.5H1.2V0.5H-1.2Z',
  'M-1,-1H1L-1,1H1Z',
] as const;

/** Dashes of the lines that every figure is read against: thinner than curves. */
export const GOLDEN_DASH: readonly number[] = [9, 4];
export const CHANCE_DASH: readonly number[] = [1.5, 3.5];

/** Style of curve `index` >= 0. From the ninth on colours repeat with the next dash and marker. */
export function seriesStyle(index: number): SeriesStyle {
  const turn = Math.floor(index / COLOURS.length);
  return {
    colour: COLOURS[index % COLOURS.length]!,
    dash: DASHES[(index + turn) % DASHES.length]!,
    shape: SHAPES[(index + turn) % SHAPES.length]!,
  };
}

/** Where a figure has several targets, hue and marker are those of the variant and dashes those of the target: the first is solid. */
export const targetStyle = (variant: number, target: number): SeriesStyle => ({
  ...seriesStyle(variant),
  dash: DASHES[target % DASHES.length]!,
});
