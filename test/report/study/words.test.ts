import { describe, expect, it } from 'vitest';
import { type StudyPoint, viewStudy } from '../../../src/report/study/points.js';
import { GOLDEN_DASH, seriesStyle, targetStyle } from '../../../src/report/study/series-style.js';
import { curveEntry, wrapText } from '../../../src/report/study/figure.js';
import {
  chanceLevels,
  chanceWarning,
  chipsWarning,
  countText,
  createNamer,
  effectAtLevel,
  energyBand,
  energyText,
  bandNote,
  goldenWarning,
  groupTitle,
  levelText,
  pointTip,
  sentences,
  seriesLabel,
  whereIndex,
} from '../../../src/report/study/words.js';
import { pointOf, ROW } from './study-row.js';
import { syntheticStudy } from './synthetic-study.js';

const tens = (n: number): readonly number[] => Array.from({ length: n }, () => 90);

describe('the number of chips and images', () => {
  it('is that of points which are drawn at random, where there are some', () => {
    expect(countText([pointOf(tens(10))])).toBe('n = 10 chips \u00d7 100 images per point');
    expect(countText([pointOf([90])])).toBe('n = 1 chip \u00d7 100 images per point');
    const quiet = pointOf([90], { level: 0, samples: 5000 });
    expect(countText([pointOf(tens(3)), pointOf(tens(12)), quiet])).toBe(
      'n = 3 to 12 chips \u00d7 100 to 5,000 images per point',
    );
    expect(countText([quiet])).toBe('n = 1 chip \u00d7 5,000 images per point');
  });

  it('is warned of below ten chips, and where nothing is drawn', () => {
    expect(chipsWarning([pointOf(tens(10)), pointOf(tens(12))])).toBe('');
    expect(chipsWarning([pointOf(tens(9)), pointOf(tens(12))])).toMatch(/^Fewer than 10 chips \(9\):/);
    expect(chipsWarning([pointOf([90], { level: 0 })])).toMatch(/^Nothing is drawn at random/);
    // Points of level 0 have one chip by nature.
    expect(chipsWarning([pointOf([90], { level: 0 }), pointOf(tens(10))])).toBe('');
  });
});

describe('what is not known of networks', () => {
  const golden = { ...ROW, part: 'golden', effect: 'none', level: 0 } as const;
  const network = { family: 'mlp', dataset: 'mnist', variant: 'sign', nWeights: 1 };
  const view = viewStudy({
    ...syntheticStudy({ variants: [] }),
    rows: [{ ...golden, network: 'a' }],
    networks: [
      { ...network, name: 'a', nClasses: 10 },
      { ...network, name: 'b', nClasses: 4 },
      { ...network, name: 'c', nClasses: 10 },
    ],
  });
  const of = (...names: readonly string[]): readonly StudyPoint[] =>
    names.map((name) => pointOf([90], { network: name }));

  it('is said of golden accuracies, each network and target once', () => {
    expect(goldenWarning(view, of('a'))).toBe('');
    expect(goldenWarning(view, of('a', 'b', 'b', 'c'))).toBe(
      'Golden accuracy not measured: b (northpole), c (northpole).',
    );
    expect(goldenWarning(view, [pointOf([90], { network: 'a', target: 'network' })])).toBe(
      'Golden accuracy not measured: a (float network).',
    );
  });

  it('is said of chance, whose levels are 1 / classes, each once', () => {
    expect(chanceLevels(view, of('a', 'b', 'c', 'd'))).toEqual([0.1, 0.25]);
    expect([chanceWarning(view, of('a', 'b')), chanceWarning(view, of('a', 'd')) === '']).toEqual(['', false]);
  });
});

describe('labels of curves', () => {
  const of = (network: string, variant: string, target = 'northpole') => pointOf([90], { network, variant, target });

  it('are the variant, the network where several share it or none has a name, with the target where there are several', () => {
    const two = [of('a', 'sign'), of('b', 'clip')];
    expect(two.map((point) => seriesLabel(point, two))).toEqual(['sign', 'clip']);
    const same = [of('a', 'sign'), of('b', 'sign'), of('c', 'clip')];
    expect(same.map((point) => seriesLabel(point, same))).toEqual(['a', 'b', 'clip']);
    const unnamed = [of('a', '')];
    expect(seriesLabel(unnamed[0]!, unnamed)).toBe('a');
    const targets = [of('a', 'sign'), of('a', 'sign', 'network')];
    expect(targets.map((point) => seriesLabel(point, targets))).toEqual(['sign, northpole', 'sign, float network']);
  });

  it('have a hue, a marker and dashes, which do not repeat together before the 64th', () => {
    const looks = (n: number) => new Set(Array.from({ length: n }, (_, i) => JSON.stringify(seriesStyle(i)))).size;
    expect(looks(64)).toBe(64);
    expect(looks(65)).toBe(64);
    // From the ninth on the hue repeats with the next marker and dash.
    const [first, second, ninth] = [0, 1, 8].map(seriesStyle);
    expect(ninth).toEqual({ colour: first?.colour, shape: second?.shape, dash: second?.dash });
  });

  it('have dashes of the target where there are several, the first one solid', () => {
    expect(targetStyle(3, 0)).toEqual({ ...seriesStyle(3), dash: [] });
    expect(targetStyle(3, 2)).toEqual({ ...seriesStyle(3), dash: seriesStyle(2).dash });
    expect(targetStyle(3, 8)).toEqual(targetStyle(3, 0));
  });

  it('have dashes of pairs of a line and a gap that can be seen, in other lengths than the golden line', () => {
    for (let i = 0; i < 8; i++) {
      const { dash } = seriesStyle(i);
      expect(dash.length % 2).toBe(0);
      for (const length of dash) expect(length).toBeGreaterThanOrEqual(2);
      expect(dash).not.toEqual(GOLDEN_DASH);
      // A curve is wider than the lines it is read against, which have a width of 1 to 1.5.
      expect(curveEntry('x', seriesStyle(i))).toMatchObject({ dash, width: 2 });
    }
  });
});

describe('words of a point', () => {
  it('are its effect with the level, which effects without one do not have', () => {
    expect(effectAtLevel(pointOf([90]))).toBe('ber 0.01');
    expect(effectAtLevel(pointOf([90], { effect: 'sign', level: 0 }))).toBe('sign');
  });

  it('have small levels with an exponent', () => {
    expect([0, 1e-4, 9e-5, 1e-7, -9e-5, 0.5, 20].map(levelText)).toEqual([
      ...['0', '0.0001', '9e-5', '1e-7', '-9e-5', '0.5', '20'],
    ]);
  });

  it('have the index of a core or bit, and none of a layer', () => {
    expect(
      ['7', '0', '12', '', 'hidden-1', '1 2', '-1', '1.5'].map((where) => whereIndex(pointOf([90], { where }))),
    ).toEqual([...[7, 0, 12, undefined, undefined, undefined, undefined, undefined]]);
  });

  it('say everything when it is pointed at', () => {
    expect(pointTip('sign', pointOf([90]))).toBe(
      'sign, ber 0.01: error 10.00 %, accuracy 90.00 %; 1 chip \u00d7 100 images',
    );
    // Mean 85 %; sd 5 %, Student t of 2 degrees of freedom: 4.3027 * 5 / sqrt(3) = 12.42.
    expect(pointTip('sign', pointOf([90, 80, 85], { energyUj: 0.3 }))).toBe(
      'sign, ber 0.01: error 15.00 % (95 %: 2.58 \u2013 27.42 %), accuracy 85.00 %; 3 chips \u00d7 100 images; 0.300 \u00b5J per sample',
    );
    expect(groupTitle(pointOf([90]))).toBe('mlp on mnist');
  });

  it('have an energy with its band where the cost table has one', () => {
    const banded = { energyUj: 0.3, energyLowUj: 0.21, energyHighUj: 0.4 };
    expect([energyBand(banded), energyText(banded)]).toEqual([
      '0.210 \u2013 0.400',
      '0.300 \u00b5J (0.210 \u2013 0.400)',
    ]);
    for (const key of ['energyUj', 'energyLowUj', 'energyHighUj']) {
      expect(energyBand(Object.fromEntries(Object.entries(banded).filter(([name]) => name !== key)))).toBe('');
    }
    expect([energyText({ energyUj: 0.3 }), energyText({})]).toEqual(['0.300 \u00b5J', 'not known']);
    expect([bandNote([{ energyUj: 1 }, {}]), bandNote([{ energyUj: 1 }, banded]) === '']).toEqual(['', false]);
  });

  it('are sentences, of which the empty ones are left out', () => {
    expect([sentences('A.', '', 'B.'), sentences('', '')]).toEqual(['A. B.', '']);
  });
});

describe('names of files', () => {
  it('are counted from two on where they repeat, and cut at 100 letters', () => {
    const name = createNamer();
    expect([name('a'), name('a'), name('a'), name('a-2'), name('A')]).toEqual(['a', 'a-2', 'a-3', 'a-2-2', 'a-4']);
    expect(name('x'.repeat(150))).toBe('x'.repeat(100));
    expect(name('', '-b-', '7Up')).toBe('b-7-up');
  });
});

describe('lines of a text', () => {
  it('have as many characters of 0.56 of the size as fit, eight at least', () => {
    // 62 pixels at size 10: 11 characters.
    expect(wrapText('aaaaa bbbbb cc', 10, 62)).toEqual(['aaaaa bbbbb', 'cc']);
    expect(wrapText('aaaaa bbbbbb cc', 10, 62)).toEqual(['aaaaa', 'bbbbbb cc']);
    expect(wrapText('aaaa bbb c', 10, 5)).toEqual(['aaaa bbb', 'c']);
    expect(wrapText('a-very-long-word b', 10, 5)).toEqual(['a-very-long-word', 'b']);
  });
});
