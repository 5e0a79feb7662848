/** How to compile for a TrueNorth-style chip, beside its spec. */
import { z } from 'zod';
import { type Objective, OBJECTIVES, type TrueNorthOptions } from '../../compiler/targets/truenorth/compile.js';
import { type KeptPlacement, placementOf } from '../../compiler/targets/truenorth/kept-placement.js';
import type { Pin } from '../../compiler/targets/truenorth/pins.js';
import { MAX_COUNT } from '../../data/events/bin.js';
import { BOARD_NAMES, type BoardName, BOARDS } from '../../hw-models/truenorth/board.js';
import type { CorePlace } from '../../hw-models/truenorth/board-faults.js';
import { decodeProgram } from '../../ir/program/file.js';
import { TRUENORTH_FORMAT } from '../../ir/program/truenorth-schema.js';
import type { ChipOption } from '../chip.js';
import { choiceOption, wholeOption } from '../options.js';

/** Compile options of TrueNorth-style chips. */
export interface TrueNorthCompileOptions {
  /** Window of partial sums and counts in ticks, 1..65,536; chosen by cost without it. */
  readonly window: number;
  /** What the choice of lowerings makes small; `coreTicks` without it. */
  readonly objective: Objective;
  /** Seed of the placement; 1 without it. */
  readonly seed: number;
  /** Networks with time: largest count of events of a pixel in a step, each with an axon of its own; 1 without it. */
  readonly maxCount: number;
  /** Chips on a board, in the place of the spec's grid. */
  readonly board: BoardName;
  /** So many of the board (or of the spec's grid) side by side, or the smallest number that the network fits. */
  readonly boards: number | 'auto';
  /** Use only so many columns and rows. */
  readonly grid: readonly [columns: number, rows: number];
  /** Cores where nothing is placed, beside those of the spec. */
  readonly faulty: readonly CorePlace[];
  /** Rectangles that the cores of layers stay in, one per layer of the mapping table; `timer` is the layer of the timer. */
  readonly pin: readonly Pin[];
  /** Places of an older program ({@link placementOf}): cores that correspond to its cores stay there, where that can be. */
  readonly keepPlacement: KeptPlacement;
}

const MAX_WINDOW = 65_536;
const MOST_BOARDS = 4096;

/** The options, as the command line shows them. */
export const TRUENORTH_OPTIONS: readonly ChipOption[] = [
  wholeOption('window', '<ticks>', 'length of the windows in which partial sums travel', [1, MAX_WINDOW]),
  choiceOption(
    'objective',
    '<what>',
    'what the choice of lowerings minimises, or robustness: lowerings that stand bit errors',
    OBJECTIVES,
  ),
  wholeOption('seed', '<n>', 'seed of everything random: the same seed gives the same bits', [
    0,
    Number.MAX_SAFE_INTEGER,
  ]),
  wholeOption('maxCount', '<n>', 'spiking networks: largest count of events of a pixel in a step, an axon each', [
    1,
    MAX_COUNT,
  ]),
  choiceOption('board', '<name>', 'chips on a board: ns1e (1 chip), ns16e (4 x 4 chips)', BOARD_NAMES),
  {
    key: 'boards',
    argument: '<n>',
    help: 'so many boards (or chips of the spec) side by side, or auto: as few as the network fits',
    read: readBoards,
  },
  {
    key: 'grid',
    argument: '<columns>x<rows>',
    help: 'use only so many columns and rows of the chip or board',
    read: readGrid,
  },
  { key: 'faulty', argument: '<x,y;...>', help: 'cores known to be faulty: nothing is placed there', read: readPlaces },
  {
    key: 'pin',
    argument: '<layer=x,y,w,h>',
    help: 'all cores of a layer (or timer) stand in the rectangle of w columns and h rows from x,y',
    isRepeatable: true,
    read: readPin,
  },
  {
    key: 'keepPlacement',
    argument: '<file>',
    help: 'an older program (.lsp): what corresponds to its cores stays in its place, where that can be used',
    read: (text) => ({ value: text }),
    readProgram: ({ bytes, place: from }) => placementOf(decodeProgram(bytes, from, [TRUENORTH_FORMAT]).program),
  },
];

const place = z.tuple([z.int().min(0).max(4095), z.int().min(0).max(4095)]);
const extent = z.int().min(1).max(4096);
const boards = z.int().min(1).max(MOST_BOARDS);
const coordinate = z.int().min(0).max(65_535);
const pin = z.strictObject({
  layer: z.string().min(1).max(400),
  x: coordinate,
  y: coordinate,
  width: coordinate.min(1),
  height: coordinate.min(1),
});
const keptPlacement: z.ZodType<KeptPlacement> = z
  .strictObject({
    layers: z.array(z.string()),
    layer: z.instanceof(Int32Array),
    role: z.array(z.enum(['layer', 'partial', 'splitter', 'timer'])),
    x: z.instanceof(Int16Array),
    y: z.instanceof(Int16Array),
    content: z.instanceof(Uint32Array),
  })
  .refine(
    ({ layers, layer, role, x, y, content }) =>
      [layer, role, y].every(({ length }) => length === x.length) &&
      content.length === 2 * x.length &&
      layer.every((l) => l >= 0 && l < layers.length),
    'is no placement: use placementOf(program)',
  );

/** The options in files. */
export const trueNorthOptionsSchema = z.strictObject({
  window: z.int().min(1).max(MAX_WINDOW).exactOptional(),
  objective: z.enum(OBJECTIVES).exactOptional(),
  seed: z.int().min(0).exactOptional(),
  maxCount: z.int().min(1).max(MAX_COUNT).exactOptional(),
  board: z.enum(BOARD_NAMES).exactOptional(),
  boards: z.union([boards, z.literal('auto')]).exactOptional(),
  grid: z.tuple([extent, extent]).exactOptional(),
  faulty: z.array(place).max(65_536).exactOptional(),
  pin: z.array(pin).max(65_536).exactOptional(),
  keepPlacement: keptPlacement.exactOptional(),
});

/** What a second compilation takes of the options: all that is not in the spec of the program. */
export const compilerOptions = ({
  window,
  objective,
  seed,
  maxCount,
  boards: wanted,
  pin: pins,
  keepPlacement: keep,
}: Partial<TrueNorthCompileOptions>): Omit<TrueNorthOptions, 'spec'> => ({
  ...(window === undefined ? {} : { window }),
  ...(objective === undefined ? {} : { objective }),
  ...(seed === undefined ? {} : { seed }),
  ...(maxCount === undefined ? {} : { maxCount }),
  ...(wanted === 'auto' ? { boards: wanted } : {}),
  ...(pins === undefined ? {} : { pins }),
  ...(keep === undefined ? {} : { keep }),
});

/** Reads `4` or `auto`. */
function readBoards(text: string): ReturnType<ChipOption['read']> {
  if (text === 'auto') return { value: text };
  const n = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return n >= 1 && n <= MOST_BOARDS
    ? { value: n }
    : { problem: `It must be a whole number from 1 to ${MOST_BOARDS}, or auto.` };
}

const PIN_LIMIT = 65_535;

/** Reads `conv1=0,0,8,4`. */
function readPin(text: string): ReturnType<ChipOption['read']> {
  const found = /^(.+)=(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/s.exec(text);
  const [, layer = '', ...numbers] = found ?? [];
  const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
  if (found === null || width < 1 || height < 1 || Math.max(x, y, width, height) > PIN_LIMIT) {
    return { problem: 'It must be layer=x,y,w,h with at least one column and row, for example conv1=0,0,8,4.' };
  }
  return { value: { layer, x, y, width, height } satisfies Pin };
}

/** Reads `8x8`. */
function readGrid(text: string): ReturnType<ChipOption['read']> {
  const [, columns = '', rows = ''] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  const grid = [Number(columns), Number(rows)] as const;
  const { gridWidth, gridHeight } = BOARDS.ns16e;
  if (columns === '' || grid[0] < 1 || grid[1] < 1 || grid[0] > gridWidth || grid[1] > gridHeight) {
    return { problem: `It must be columns x rows from 1x1 to ${gridWidth}x${gridHeight}, for example 8x8.` };
  }
  return { value: grid };
}

/** Reads cores on the grid, `3,4;10,2`: x,y separated by semicolons. */
export function readPlaces(text: string): { readonly value: readonly CorePlace[] } | { readonly problem: string } {
  const places: CorePlace[] = [];
  for (const part of text.split(';').map((piece) => piece.trim())) {
    const [, x = '', y = ''] = /^(\d{1,4}),(\d{1,4})$/.exec(part) ?? [];
    if (x === '') return { problem: `"${part}" is not a core. Write x,y;x,y, for example 3,4;10,2.` };
    places.push([Number(x), Number(y)]);
  }
  return { value: places };
}
