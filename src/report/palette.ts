/**
 * Colours of the report: readable on a light and on a dark page, told apart by people who confuse red and green. One meaning each: hues are layers
 * (in the figure of noise networks, as its caption says), shades of violet the parts of an energy, grey what belongs to no layer or flows whatever
 * happens, textures without colour what bounds a layer, the ramp from dark blue to yellow a load. The blue of links
 * is an amount along time. Green and red text is a verdict.
 */

/** One colour per layer or network; hues repeat beyond nine, which the legend and the titles make up for. */
const CATEGORIES = [
  '#4e79a7',
  '#f28e2b',
  '#3f9e8f',
  '#e15759',
  '#c9a227',
  '#6b8e23',
  '#d37295',
  '#8c6d5a',
  '#5fa8d3',
] as const;

/** Colour of category `index` >= 0. */
export const categoryColour = (index: number): string => CATEGORIES[index % CATEGORIES.length]!;

/** Shades of one hue, dark and light in turn so that neighbours differ. */
const PARTS = ['#6a3d9a', '#b79bd6', '#8a5fb8', '#d6c6ea', '#4b2775'] as const;

/** Colour of part `index` >= 0 of an energy, those that flow whatever happens left out. */
export const partColour = (index: number): string => PARTS[index % PARTS.length]!;

/** A perceptually even ramp from dark blue to yellow (nine stops of matplotlib's viridis, CC0). */
export const RAMP = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
] as const;

/** Colour of a load 0..1 on the ramp, linear between the stops. */
export function rampColour(share: number): string {
  const position = Math.min(1, Math.max(0, share)) * (RAMP.length - 1);
  const index = Math.min(RAMP.length - 2, Math.floor(position));
  const fraction = position - index;
  const low = channels(RAMP[index]!);
  const high = channels(RAMP[index + 1]!);
  const mixed = low.map((value, i) => Math.round(value + (high[i]! - value) * fraction));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

const channels = (colour: string): readonly number[] =>
  [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
