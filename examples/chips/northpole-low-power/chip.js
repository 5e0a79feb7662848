// A NorthPole-style chip for little power: a quarter of the cores at a quarter of the clock.
//
//   lodestone compile MODEL --chip examples/chips/northpole-low-power --allow-code
import { chipLike, northPole } from 'lodestone/chips';

/** The chip. */
export const chip = chipLike(northPole, {
  name: 'northpole-low-power',
  title: 'low-power chips',
  presets: {
    'low-power': {
      what: '8 x 8 cores at 100 MHz',
      source: 'an example',
      values: { gridWidth: 8, gridHeight: 8, clockMhz: 100 },
    },
    'low-power-4bit': {
      what: 'the same without 8-bit operands',
      source: 'an example',
      values: { gridWidth: 8, gridHeight: 8, clockMhz: 100, precisions: [4, 2] },
    },
  },
});
