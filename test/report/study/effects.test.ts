import { describe, expect, it } from 'vitest';
import { FAULT, isFaultName } from '../../../src/ir/faults/catalogue.js';
import { effectText, isDrawn } from '../../../src/report/study/effects.js';
import { pointOf } from './study-row.js';

describe('an effect', () => {
  it.each([
    // Gets worse, changes nothing at, draws chips, has levels.
    ['uniformLog', 'down', 1, true, true],
    ['power', 'down', 1, false, true],
    ['round', 'down', undefined, false, true],
    ['sign', 'up', undefined, false, false],
    ['stochastic', 'up', undefined, true, false],
    ['additive', 'up', 0, true, true],
    ['ber', 'up', 0, true, true],
    ['made-up', 'up', 0, true, true],
  ] as const)('%s gets worse %swards from %s; random: %s; with levels: %s', (name, worse, neutral, drawn, levelled) => {
    const { neutral: own, ...rest } = effectText(name);
    expect(own).toBe(neutral);
    expect(rest).toMatchObject({ worse, drawn, levelled });
  });

  it('of the network alone is drawn as an error on a linear axis, and so is one that nobody knows', () => {
    for (const name of ['uniformLog', 'power', 'round', 'sign', 'stochastic', 'made-up']) {
      expect(effectText(name)).toMatchObject({ measure: 'error', rate: false });
    }
    expect(effectText('made-up')).toMatchObject({ title: 'made-up', axis: 'level of made-up' });
    // Names of what every object has are no effects.
    expect(effectText('toString').title).toBe('toString');
  });

  it('that is a fault has title, scale and measure of the catalogue', () => {
    for (const [name, { title, scale, measure }] of Object.entries(FAULT)) {
      expect(isFaultName(name)).toBe(true);
      expect(effectText(name)).toMatchObject({ title, measure, rate: scale === 'log' });
    }
    expect([effectText('ber').rate, effectText('dead_neuron').rate]).toEqual([true, false]);
  });
});

describe('chips of a point', () => {
  const check = (effect: string, level: number, expected: boolean): void => {
    expect(isDrawn(pointOf([90], { effect, level })), `${effect} ${level}`).toBe(expected);
  };

  it('differ where something is drawn, and not at the level that changes nothing', () => {
    check('ber', 0.1, true);
    check('ber', 0, false);
    check('uniformLog', 0.5, true);
    check('uniformLog', 1, false);
    check('uniformLog', 0, true);
    check('power', 0.5, false);
    check('stochastic', 0, true);
    check('sign', 0, false);
    check('none', 0, false);
    check('none', 1, false);
  });
});
