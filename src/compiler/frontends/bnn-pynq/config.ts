/** The shapes of the layers: the `config.h` that Finnthesizer writes beside the parameters (`#define L0_PE 32`). */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';

/** A layer as the hardware computes it: `pe` neurons at a time, `simd` synapses of each. */
export interface LayerConfig {
  readonly index: number;
  readonly simd: number;
  readonly pe: number;
  /** Synapses of a neuron, padding to a multiple of `simd` included. */
  readonly nIn: number;
  /** Neurons, padding to a multiple of `pe` included. */
  readonly nOut: number;
  readonly weightBits: number;
  readonly activationBits: number;
  /** Of every neuron: 2^(activationBits - 1) in finnthesizer.py; in the last layer, which is not rounded, one at most. */
  readonly nThresholds: number;
  /** Bits of weights and activations behind the point; the published overlays have none. */
  readonly fractionBits: readonly [weights: number, activations: number];
  /** Of a convolution. */
  readonly window?: {
    readonly size: number;
    readonly channels: number;
    readonly input: number;
    readonly output: number;
  };
}

const MAX_LAYERS = 64;
const MAX_SIZE = 1 << 16;
const DEFINE = /^[ \t]*#define[ \t]+L(\d{1,3})_([A-Z_]+)[ \t]+(\d{1,9})[ \t]*$/gm;

/** The layers of a `config.h`, in order; findings for those that lack something or hold no sensible number. */
export function readConfig(
  text: string,
  place: string,
): { readonly layers: readonly LayerConfig[]; readonly findings: readonly Diagnostic[] } {
  const fields = new Map<number, Map<string, number>>();
  for (const [, layer = '', name = '', value = ''] of text.matchAll(DEFINE)) {
    const index = Number(layer);
    const known = fields.get(index) ?? new Map<string, number>();
    known.set(name, Number(value));
    fields.set(index, known);
  }
  const findings: Diagnostic[] = [];
  const report = (message: string): void => {
    findings.push(errorAt('bad-config', place, message, 'use the config.h that was generated with these parameters'));
  };
  if (fields.size === 0) report('it defines no layers (#define L0_PE ...)');
  if (fields.size > MAX_LAYERS) report(`it defines ${fields.size} layers, at most ${MAX_LAYERS} are read`);
  const layers: LayerConfig[] = [];
  for (let index = 0; index < Math.min(fields.size, MAX_LAYERS); index++) {
    const known = fields.get(index);
    if (known === undefined) {
      report(`layer ${index} is missing between others`);
      continue;
    }
    const number = (name: string, fallback?: number): number => {
      const value = known.get(name) ?? fallback;
      if (value !== undefined && value >= 1 && value <= MAX_SIZE) return value;
      report(`L${index}_${name} is ${value === undefined ? 'missing' : `${value}, not within 1..${MAX_SIZE}`}`);
      return 1;
    };
    const activationBits = number('API', 1);
    const common = {
      ...{ index, simd: number('SIMD'), pe: number('PE'), weightBits: number('WPI', 1), activationBits },
      nThresholds: index === fields.size - 1 ? 1 : 2 ** (activationBits - 1),
      fractionBits: [known.get('WPF') ?? 0, known.get('APF') ?? 0] as const,
    };
    if (known.has('K')) {
      const window = {
        ...{ size: number('K'), channels: number('IFM_CH') },
        ...{ input: number('IFM_DIM'), output: number('OFM_DIM') },
      };
      const nIn = window.size * window.size * window.channels;
      layers.push({ ...common, nIn, nOut: number('OFM_CH'), window });
    } else layers.push({ ...common, nIn: number('MW'), nOut: number('MH') });
  }
  return { layers, findings };
}
