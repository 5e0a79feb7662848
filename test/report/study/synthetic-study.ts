import type {
  CountermeasureCost,
  StudyNetwork,
  StudyResult,
  StudyRow,
  StudyTarget,
} from '../../../src/ir/trace/study.js';
import { gaussianChannelBits, binaryWeightBits } from '../../../src/common/channel-bits.js';

/** Made-up variants: error without a disturbance, and how much each kind of disturbance hurts. */
const VARIANTS = [
  { variant: 'none', error: 0.06, weakness: 3 },
  { variant: 'clip', error: 0.054, weakness: 1.6 },
  { variant: 'sign', error: 0.08, weakness: 0.5 },
  { variant: 'ternary', error: 0.066, weakness: 0.9 },
  { variant: 'power', error: 0.064, weakness: 1.3 },
  { variant: 'stochastic', error: 0.118, weakness: 0.4 },
  { variant: 'stochastic-multiplicative', error: 0.12, weakness: 0.42 },
] as const;

/** Options of a made-up study. */
export interface SyntheticOptions {
  readonly chips?: number;
  readonly images?: number;
  readonly families?: readonly string[];
  readonly datasets?: readonly string[];
  /** Only these variants. */
  readonly variants?: readonly string[];
}

type Place = Pick<StudyRow, 'part' | 'network' | 'family' | 'dataset' | 'variant' | 'target'> & Partial<StudyRow>;

/** Rows of one point: `error` on average, chips around it by a fixed pattern. */
export function syntheticRows(place: Place, error: number, chips: number, images: number): readonly StudyRow[] {
  return Array.from({ length: chips }, (_, chip) => {
    const wave = chips === 1 ? 0 : (((chip * 7 + 3) % 11) / 11 - 0.45) * 0.25 * Math.min(error, 1 - error);
    const correct = Math.round((1 - Math.min(0.97, Math.max(0, error + wave))) * images);
    return {
      ...{ effect: 'none', level: 0, where: '', countermeasure: '' },
      ...place,
      ...{ chip, chipSeed: 65536 + chip, samples: images, correct },
    };
  });
}

/** A study with every part. */
export function syntheticStudy(options: SyntheticOptions = {}): StudyResult {
  const { chips = 10, images = 500, families = ['mlp'], datasets = ['mnist'], variants } = options;
  const networks: StudyNetwork[] = [];
  const rows: StudyRow[] = [];
  const costs: CountermeasureCost[] = [];
  const add = (place: Place, error: number, nChips = chips): void => {
    rows.push(...syntheticRows(place, error, nChips, images));
  };
  /** From the golden error towards chance. */
  const hurt = (error: number, amount: number): number => error + (0.9 - error) * (1 - 1 / (1 + amount * amount));
  for (const family of families) {
    for (const dataset of datasets) {
      for (const { variant, error, weakness } of VARIANTS) {
        if (variants?.includes(variant) === false) continue;
        const network = `${family}-${dataset}-${variant}`;
        networks.push({
          ...{ name: network, family, dataset, variant, nClasses: 10, nWeights: 118_016, epochs: 6 },
          validationAccuracy: 1 - error - 0.004,
        });
        const at = (target: StudyTarget) => ({ network, family, dataset, variant, target });
        const isBinary = ['sign', 'stochastic', 'stochastic-multiplicative'].includes(variant);
        for (const target of ['network', 'northpole'] as const) add({ part: 'golden', ...at(target) }, error, 1);
        if (isBinary) add({ part: 'golden', ...at('truenorth') }, error, 1);
        const distort = (effect: string, level: number, amount: number, more: Partial<StudyRow> = {}, n = chips) =>
          add({ part: 'distortions', ...at('network'), effect, level, ...more }, hurt(error, amount * weakness), n);
        for (const sigma of [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2]) {
          const bits = {
            gaussianBits: gaussianChannelBits(isBinary ? 1 : 0.3, sigma),
            ...(isBinary ? { mutualBits: binaryWeightBits(sigma) } : {}),
          };
          distort('additive', sigma, sigma, sigma > 0 ? bits : {}, sigma > 0 ? chips : 1);
        }
        for (const sigma of [0.2, 0.4, 0.8, 1.2]) distort('multiplicative', sigma, sigma * 0.4);
        for (const gamma of [0.9, 0.7, 0.5, 0.3, 0.1]) distort('uniformLog', gamma, (1 - gamma) * 0.4);
        for (const beta of [2, 1.5, 0.75, 0.5, 0.25]) distort('power', beta, Math.abs(1 - beta) * 0.3, {}, 1);
        for (const bits of [8, 4, 3, 2]) distort('round', bits, 1.5 / bits ** 2, {}, 1);
        distort('sign', 0, 0.6, {}, 1);
        distort('stochastic', 0, 0.9);
        const fail = (target: StudyTarget, effect: string, level: number, amount: number) =>
          add(
            { part: 'faults', ...at(target), effect, level, energyUj: 0.3 },
            hurt(error, amount * weakness),
            level > 0 ? chips : 1,
          );
        const targets: readonly StudyTarget[] = isBinary ? ['northpole', 'truenorth'] : ['northpole'];
        for (const target of targets) {
          for (const ber of [0, 0.0001, 0.001, 0.01, 0.03, 0.1])
            fail(target, 'ber', ber, Math.sqrt(ber) * (target === 'northpole' ? 9 : 3));
        }
        if (isBinary) {
          for (const share of [0.01, 0.02, 0.05, 0.1, 0.2]) fail('truenorth', 'dead_neuron', share, share * 6);
          for (const share of [0.01, 0.1, 0.3]) fail('truenorth', 'drop', share, share * 3);
        }
        ['hidden-1', 'hidden-2', 'output'].forEach((layer, i) =>
          add(
            { part: 'layers', ...at('northpole'), effect: 'ber', level: 0.01, where: layer },
            hurt(error, weakness * 0.3 * (i + 0.2)),
          ),
        );
        if (variant === 'sign') {
          for (let core = 0; core < 23; core++) {
            add(
              { part: 'cores', ...at('truenorth'), effect: 'ber', level: 0.1, where: `${core}` },
              hurt(error, ((core * 5) % 9) * 0.02),
            );
          }
        }
        if (['none', 'clip', 'ternary'].includes(variant)) {
          for (let bit = 0; bit < 8; bit++) {
            add(
              { part: 'bits', ...at('northpole'), effect: 'ber', level: 0.01, where: `${bit}` },
              hurt(error, weakness * 2 ** (bit - 8)),
            );
          }
        }
        for (const [volts, ber, scale] of [
          [0.9, 0, 1],
          [0.8, 0.0001, 0.79],
          [0.72, 0.002, 0.64],
          [0.68, 0.02, 0.57],
          [0.64, 0.1, 0.5],
        ] as const) {
          if (isBinary) {
            add(
              {
                part: 'voltage',
                ...at('truenorth'),
                effect: 'ber',
                level: ber,
                volts,
                energyUj: (variant === 'sign' ? 0.42 : 0.5) * scale,
                energyLowUj: (variant === 'sign' ? 0.35 : 0.4) * scale,
                energyHighUj: (variant === 'sign' ? 0.6 : 0.75) * scale,
              },
              hurt(error, weakness * Math.sqrt(ber) * 3),
              ber > 0 ? chips : 1,
            );
          }
        }
      }
      const baseline = `${family}-${dataset}-clip`;
      const measures = [
        { name: '', effect: 1.4, cost: { members: 1, cores: 4, energyUj: 0.3, protectedBits: 0, epochs: 6 } },
        {
          name: 'noise-aware-training',
          effect: 0.7,
          cost: { members: 1, cores: 4, energyUj: 0.3, protectedBits: 0, epochs: 12 },
        },
        {
          name: 'protect-msb',
          effect: 0.35,
          cost: { members: 1, cores: 4, energyUj: 0.3, protectedBits: 118_016, epochs: 6 },
        },
        {
          name: 'ensemble-of-3',
          effect: 0.6,
          cost: { members: 3, cores: 12, energyUj: 0.9, protectedBits: 0, epochs: 18 },
        },
      ];
      for (const { name: countermeasure, effect, cost } of measures) {
        for (const level of [0.01, 0.05]) {
          add(
            {
              part: 'countermeasures',
              network: baseline,
              family,
              dataset,
              variant: 'clip',
              target: 'northpole',
              effect: 'ber',
              level,
              countermeasure,
            },
            hurt(0.054, effect * (level * 12)),
          );
        }
        costs.push({
          countermeasure,
          network: baseline,
          target: 'northpole',
          storedBits: 944_128 * cost.members,
          ...cost,
        });
      }
    }
  }
  return {
    ...{ kind: 'lodestone-study', version: 1, name: 'synthetic', seed: 1, chips, images, networks, rows, costs },
    failures: [
      {
        part: 'faults',
        point: 'mlp-mnist-none on truenorth',
        message: 'real weights do not fit a TrueNorth-style chip',
      },
    ],
    specification: 'name: synthetic\nseed: 1\n',
    command: 'lodestone study robustness synthetic.yaml -o out',
  };
}
