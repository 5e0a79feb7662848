/** Textures in the colour of the text: they tell groups apart where colours have another meaning, on paper too. */
import { html, type Html } from './html.js';

/** Strokes inside a square of 8 x 8 that repeats; the first one is full, the second empty. */
const STROKES: readonly string[] = [
  'M0 0H8V8H0Z',
  '',
  'M-1 1L1 -1M0 8L8 0M7 9L9 7',
  'M-1 7L1 9M0 0L8 8M7 -1L9 1',
  'M0 4H8',
  'M4 0V8',
  'M4 0V8M0 4H8',
  'M3 4H5',
];

const nameOf = (id: string, group: number): string => `${id}-texture-${group}`;

/** The definition of a group's texture; `id` is unique in the page. More groups than textures share them. */
export const texture = (id: string, group: number): Html =>
  html`<pattern id="${nameOf(id, group)}" width="8" height="8" patternUnits="userSpaceOnUse">
    <rect width="8" height="8" fill="var(--card)" />
    <path
      d="${STROKES[group % STROKES.length] ?? ''}"
      stroke="var(--ink)"
      stroke-width="1.4"
      fill="${group % STROKES.length === 0 ? 'var(--ink)' : 'none'}"
    />
  </pattern>`;

/** What fills an area with the texture of a group. */
export const textureFill = (id: string, group: number): string => `url(#${nameOf(id, Math.max(0, group))})`;

/** The texture of a group in a legend, where its definition is in the page. */
export const textureKey = (id: string, group: number): Html =>
  html`<svg class="key" aria-hidden="true">
    <rect width="16" height="16" rx="3" fill="${textureFill(id, group)}" class="piece" />
  </svg>`;
