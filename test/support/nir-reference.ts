/**
 * NIR networks as plain loops over the arrays of their files: channels first, float64, forward Euler. Written from the format's definition alone and
 * sharing nothing with src but the reader of HDF5 files: what imported networks are held against.
 */
import { readFileSync } from 'node:fs';
import { type Hdf5Dataset, type Hdf5Group, openHdf5 } from '../../src/common/hdf5/open.js';

/** A feature map [channels, height, width], or a vector with one row and column. */
export interface Feature {
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly values: Float64Array;
}

type Step = (input: Feature) => Feature;

/** Runs a chain of nodes step by step; `layers` are the names in order, the input left out. */
export interface NirReference {
  readonly names: readonly string[];
  /** What every node gives in this step, by name. */
  step(frame: Float64Array): ReadonlyMap<string, Float64Array>;
  reset(): void;
}

function datasetOf(group: Hdf5Group, name: string): Hdf5Dataset | undefined {
  const found = group.get(name);
  return found?.kind === 'dataset' ? found : undefined;
}

/** The chain from `input` to `output` of a file, at a time step. */
export function nirReference(path: string, dt: number): NirReference {
  const root = openHdf5(new Uint8Array(readFileSync(path)), path);
  const node = (name: string): Hdf5Group => {
    const found = root.get(`node/nodes/${name}`);
    if (found?.kind !== 'group') throw new Error(`no node ${name}`);
    return found;
  };
  const edges = root.get('node/edges');
  if (edges?.kind !== 'dataset') throw new Error('no edges');
  const texts = [...edges.read()].map(String);
  const next = new Map<string, string>();
  for (let e = 0; e < texts.length; e += 2) next.set(texts[e]!, texts[e + 1]!);
  const names: string[] = [];
  for (let at = next.get('input'); at !== undefined && at !== 'output'; at = next.get(at)) names.push(at);
  const shape = [...(datasetOf(node('input'), 'shape')?.read() ?? [])].map(Number);
  const [c = 1, h = 1, w = 1] = shape;
  const resets: (() => void)[] = [];
  const steps = names.map((name): Step => {
    const group = node(name);
    const numbers = (field: string): Float64Array =>
      Float64Array.from([...(datasetOf(group, field)?.read() ?? [])].map(Number));
    const shapeOf = (field: string): readonly number[] => datasetOf(group, field)?.shape ?? [];
    const type = String(datasetOf(group, 'type')?.read()[0]);
    switch (type) {
      case 'Affine':
        return affine(numbers('weight'), numbers('bias'));
      case 'Conv2d':
        return conv(numbers('weight'), shapeOf('weight'), numbers('bias'), numbers('stride'), numbers('padding'));
      case 'SumPool2d':
        return sumPool(numbers('kernel_size'), numbers('stride'));
      case 'Flatten':
        return ({ values }) => ({ c: values.length, h: 1, w: 1, values });
      case 'IF':
      case 'LIF': {
        const v = new Float64Array(numbers('r').length);
        resets.push(() => v.fill(0));
        const [tau, r, leak, threshold] = [numbers('tau'), numbers('r'), numbers('v_leak'), numbers('v_threshold')];
        return (input) => {
          const values = new Float64Array(v.length);
          for (let n = 0; n < v.length; n++) {
            const i = input.values[n]!;
            if (type === 'IF') v[n] = v[n]! + dt * r[n]! * i;
            else v[n] = v[n]! + (dt / tau[n]!) * (leak[n]! - v[n]! + r[n]! * i);
            if (v[n]! > threshold[n]!) {
              values[n] = 1;
              v[n] = 0;
            }
          }
          return { ...input, values };
        };
      }
      default:
        throw new Error(`no ${type}`);
    }
  });
  return {
    names,
    step: (frame) => {
      let value: Feature = { c, h, w, values: frame };
      return new Map(names.map((name, k) => [name, (value = steps[k]!(value)).values]));
    },
    reset: () => resets.forEach((reset) => reset()),
  };
}

function affine(weight: Float64Array, bias: Float64Array): Step {
  return ({ values }) => {
    const out = new Float64Array(bias.length);
    for (let o = 0; o < out.length; o++) {
      let sum = bias[o]!;
      for (let i = 0; i < values.length; i++) sum += weight[o * values.length + i]! * values[i]!;
      out[o] = sum;
    }
    return { c: out.length, h: 1, w: 1, values: out };
  };
}

function conv(
  weight: Float64Array,
  [nOut = 0, nIn = 0, kh = 0, kw = 0]: readonly number[],
  bias: Float64Array,
  [sy = 1, sx = 1]: Float64Array,
  [py = 0, px = 0]: Float64Array,
): Step {
  return ({ h, w, values }) => {
    const oh = Math.floor((h + 2 * py - kh) / sy) + 1;
    const ow = Math.floor((w + 2 * px - kw) / sx) + 1;
    const out = new Float64Array(nOut * oh * ow);
    for (let o = 0; o < nOut; o++) {
      for (let y = 0; y < oh; y++) {
        for (let x = 0; x < ow; x++) {
          let sum = bias[o]!;
          for (let i = 0; i < nIn; i++) {
            for (let ky = 0; ky < kh; ky++) {
              const iy = y * sy + ky - py;
              if (iy < 0 || iy >= h) continue;
              for (let kx = 0; kx < kw; kx++) {
                const ix = x * sx + kx - px;
                if (ix < 0 || ix >= w) continue;
                sum += weight[((o * nIn + i) * kh + ky) * kw + kx]! * values[(i * h + iy) * w + ix]!;
              }
            }
          }
          out[(o * oh + y) * ow + x] = sum;
        }
      }
    }
    return { c: nOut, h: oh, w: ow, values: out };
  };
}

function sumPool([kh = 1, kw = 1]: Float64Array, [sy = 1, sx = 1]: Float64Array): Step {
  return ({ c, h, w, values }) => {
    const oh = Math.floor((h - kh) / sy) + 1;
    const ow = Math.floor((w - kw) / sx) + 1;
    const out = new Float64Array(c * oh * ow);
    for (let k = 0; k < out.length; k++) {
      const [i, y, x] = [Math.floor(k / (oh * ow)), Math.floor(k / ow) % oh, k % ow];
      for (let t = 0; t < kh * kw; t++) {
        out[k]! += values[(i * h + y * sy + Math.floor(t / kw)) * w + x * sx + (t % kw)]!;
      }
    }
    return { c, h: oh, w: ow, values: out };
  };
}
