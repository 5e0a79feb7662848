/** The example networks: trained by `lodestone train`, weights in examples/models, expected numbers in expected.json. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NetworkGraph, type OriginFile, readNetwork, sha256 } from '../src/index.js';

/** What a run of an example has to give, exactly. */
export interface Expected {
  /** Kind of chip, as in `--chip`. */
  readonly chip: string;
  readonly cores: number;
  /** Ticks or cycles from one sample to the next, and from the first input of one to its last output. */
  readonly perSample: number;
  readonly latency: number;
  /** Correct among the 10,000 MNIST test images. */
  readonly correct: number;
  /** Correct among the first `samples` of them. */
  readonly subset: { readonly samples: number; readonly correct: number };
  /** The bound the example was made to reach: correct among 10,000. */
  readonly atLeast: number;
}

export const EXAMPLES = [
  'mnist-5core',
  'mnist-30core',
  'mnist-mlp',
  'mnist-conv',
  'mnist-resnet-4bit',
  'mnist-resnet-small',
] as const;
export type ExampleName = (typeof EXAMPLES)[number];

/** What is published about an example's structure. */
export const PUBLISHED: Partial<
  Record<ExampleName, { readonly accuracy: number; readonly energyUj: number; readonly source: string }>
> = {
  'mnist-5core': {
    accuracy: 0.927,
    energyUj: 0.268,
    source: 'Esser et al., NIPS 2015 (the proceedings page prints 0.408 uJ)',
  },
};

/** Folder of the package: this file is examples/networks.ts, or dist/examples/networks.js once built. */
export function packageRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith(join('dist', 'examples')) ? join(here, '..', '..') : join(here, '..');
}

/** The trained network. */
export const loadExample = async (name: ExampleName): Promise<NetworkGraph> => (await loadExampleFile(name)).network;

/** The trained network, and the file it is from. */
export async function loadExampleFile(
  name: ExampleName,
): Promise<{ readonly network: NetworkGraph; readonly file: OriginFile }> {
  const path = join(packageRoot(), 'examples', 'models', `${name}.lsn`);
  const bytes = new Uint8Array(await readFile(path));
  return { network: readNetwork(bytes, path), file: { kind: 'model', sha256: sha256(bytes) } };
}

/** The expected numbers of every example. */
export async function loadExpected(): Promise<Record<ExampleName, Expected>> {
  const parsed: Record<ExampleName, Expected> = JSON.parse(
    await readFile(join(packageRoot(), 'examples', 'expected.json'), 'utf8'),
  );
  return parsed;
}
