/** What NIR cannot say about a network, as our exporter writes it into the metadata of the graph and our importer reads it, where no option says otherwise. */
import { z } from 'zod';
import { present } from '../../../common/assert.js';
import { transformsSchema } from '../../../ir/network/preprocess.js';
import { inputCodeSchema } from '../../../ir/network/schema.js';
import type { NetworkGraph } from '../../../ir/network/types.js';

/** Name of the entry of the graph's metadata: JSON. */
export const OWN_METADATA = 'lodestone';

const schema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Seconds. */
  timeStep: z.number().positive(),
  neuronReset: z.enum(['value', 'subtract']),
  /** The layer behind the input. */
  code: z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/), code: inputCodeSchema }),
  preprocessing: transformsSchema.exactOptional(),
});

/** What the metadata say. */
export type OwnMetadata = z.infer<typeof schema>;

type Loose = Omit<OwnMetadata, 'preprocessing'> & { readonly preprocessing: OwnMetadata['preprocessing'] | undefined };

/** The entry for a network with time. */
export function writeOwnMetadata({ name, nodes, time, preprocessing }: NetworkGraph, isSubtracting: boolean): string {
  const encode = nodes.find((node) => node.kind === 'encode');
  const { id, code } = present(encode, 'input code');
  const timeStep = present(time, 'time').step;
  const neuronReset = isSubtracting ? 'subtract' : 'value';
  return JSON.stringify({ name, timeStep, neuronReset, code: { id, code }, preprocessing } satisfies Loose);
}

/** Reads the entry; undefined for files of other tools, and for what is none of ours. */
export function readOwnMetadata(text: string | undefined): OwnMetadata | undefined {
  if (text === undefined) return undefined;
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
