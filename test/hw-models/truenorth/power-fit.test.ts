import { describe, expect, it } from 'vitest';
import { hullOf } from '../../../src/common/quantity.js';
import { tableFits, TRUENORTH_COSTS, WORST_DEVIATION } from '../../../src/hw-models/truenorth/cost-table.js';
import { fitPower } from '../../../src/hw-models/truenorth/power-fit.js';
import { PUBLISHED_CHIP, PUBLISHED_POWER, publishedRates } from '../../../src/hw-models/truenorth/published-power.js';

const { idle, row, synapticOperation, hop } = TRUENORTH_COSTS;
const given = { rowPj: row.value, hopPj: hop.value };
const perCoreUw = (chipMw: number): number => (chipMw * 1000) / PUBLISHED_CHIP.cores;

describe('the fit of the TrueNorth cost table', () => {
  it('gives the constants of the table, to the digits they have', () => {
    const fit = fitPower(given);
    expect(perCoreUw(fit.idleMw)).toBeCloseTo(idle.value, 1);
    expect(fit.exponent).toBeCloseTo(idle.exponent, 1);
    expect(fit.synapticOperationPj).toBeCloseTo(synapticOperation.value, 2);
    expect(fit.rms).toBeLessThan(0.048);
    expect(fit.worst).toBeLessThan(WORST_DEVIATION + 0.0005);
  });

  it('is the best there is: no constant moved by a hundredth comes as close to the points', () => {
    const rmsOf = (idleMw: number, exponent: number, synapticOperationPj: number): number => {
      const squares = PUBLISHED_POWER.map((point) => {
        const rates = publishedRates(point);
        const mw =
          idleMw * (point.voltage / 0.7) ** exponent +
          1e-9 * synapticOperationPj * rates.synapticOperationsPerSecond * (point.voltage / 0.8) ** 2 +
          1e-9 * (given.rowPj * rates.rowsPerSecond + given.hopPj * rates.hopsPerSecond) * (point.voltage / 0.775) ** 2;
        return (mw / point.powerMw - 1) ** 2;
      });
      return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    };
    const { idleMw, exponent, synapticOperationPj, rms } = fitPower(given);
    expect(rmsOf(idleMw, exponent, synapticOperationPj)).toBeCloseTo(rms, 12);
    for (const factor of [0.99, 1.01]) {
      expect(rmsOf(idleMw * factor, exponent, synapticOperationPj)).toBeGreaterThan(rms);
      expect(rmsOf(idleMw, exponent * factor, synapticOperationPj)).toBeGreaterThan(rms);
      expect(rmsOf(idleMw, exponent, synapticOperationPj * factor)).toBeGreaterThan(rms);
    }
  });

  it('recovers constants that made up the points', () => {
    const truth = { idleMw: 40, exponent: 3, synapticOperationPj: 2 };
    const points = PUBLISHED_POWER.map((point) => {
      const neurons = 4096 * 256;
      const spikes = neurons * point.rateHz;
      const powerMw =
        truth.idleMw * (point.voltage / 0.7) ** truth.exponent +
        1e-9 * truth.synapticOperationPj * spikes * point.synapses * (point.voltage / 0.8) ** 2 +
        1e-9 * (given.rowPj * neurons * 1000 + given.hopPj * spikes * 42.6) * (point.voltage / 0.775) ** 2;
      return { ...point, powerMw };
    });
    const fit = fitPower(given, points);
    expect(fit.idleMw).toBeCloseTo(truth.idleMw, 4);
    expect(fit.exponent).toBeCloseTo(truth.exponent, 4);
    expect(fit.synapticOperationPj).toBeCloseTo(truth.synapticOperationPj, 4);
    expect(fit.worst).toBeLessThan(1e-6);
  });

  it('cannot see the row: 0 to 30 pJ fit alike, because the idle power takes up the difference', () => {
    const fits = [0, 10, 20, 30].map((rowPj) => fitPower({ ...given, rowPj }));
    for (const { rms } of fits) expect(rms).toBeGreaterThan(0.046);
    for (const { rms } of fits) expect(rms).toBeLessThan(0.0482);
    expect(fits[0]!.idleMw).toBeCloseTo(44, 0);
    expect(fits[3]!.idleMw).toBeCloseTo(19, 0);
  });

  it('has the bands of the table: the extremes over fits that leave out a point, rounded outwards', () => {
    const constants = [
      [idle, hullOf(tableFits().map(({ idleMw }) => ({ low: perCoreUw(idleMw), high: perCoreUw(idleMw) })))],
      [synapticOperation, hullOf(tableFits().map(({ synapticOperationPj: pj }) => ({ low: pj, high: pj })))],
    ] as const;
    for (const [constant, { low, high }] of constants) {
      expect(constant.low).toBeLessThanOrEqual(low);
      expect(constant.low).toBeGreaterThan(low * 0.98);
      expect(constant.high).toBeGreaterThanOrEqual(high);
      expect(constant.high).toBeLessThan(high * 1.02);
    }
  });
});

describe('the operating points in print', () => {
  it.each([
    // Rate in Hz and synapses of a neuron: events of 2^20 neurons a second.
    ['0.80V-11.58Hz-128', 11.58, 128],
    ['0.80V-20.07Hz-128', 20.07, 128],
    ['0.80V-95.93Hz-128', 95.93, 128],
    ['0.70V-idle', 0, 0],
    ['1.05V-200Hz-256', 200, 256],
    ['0.75V-20Hz-128', 20, 128],
    ['0.775V-20Hz-128', 20, 128],
  ])('have the events of their name: %s', (id, rate, synapses) => {
    const point = PUBLISHED_POWER.find((each) => each.id === id)!;
    const rates = publishedRates(point);
    expect(rates).toMatchObject({ coresOn: 4096, rowsPerSecond: 2 ** 20 * 1000 });
    expect(rates.synapticOperationsPerSecond).toBeCloseTo(2 ** 20 * rate * synapses, 3);
    expect(rates.hopsPerSecond).toBeCloseTo(2 ** 20 * rate * 42.6, 3);
    expect(id.startsWith(point.voltage.toFixed(point.voltage === 0.775 ? 3 : 2))).toBe(true);
  });

  it('are 58 thousand million operations a second at full speed', () => {
    const point = PUBLISHED_POWER.find(({ id }) => id === '0.75V-58GSOPS')!;
    expect(publishedRates(point).synapticOperationsPerSecond).toBeCloseTo(58e9, 0);
  });
});
