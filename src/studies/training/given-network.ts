/** Networks that were trained before: read as their entry says, and changed as their variant says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { sha256 } from '../../common/sha256.js';
import { checkDistortable, distortWeights } from '../../compiler/passes/distort-weights.js';
import { pathFrom } from '../../data/model-file.js';
import { readBounded } from '../../data/files/bounded.js';
import { encodeNetwork } from '../../ir/network/file.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { digestOf } from '../../experiments/points/digest.js';
import { type ModelFile, readModel } from '../../experiments/read-model.js';
import { type StudyFolder, writeWhole } from '../files.js';
import type { PlannedNetwork } from '../networks.js';
import { quantisedAfter } from '../../training/post/quantised-after.js';

type Given = Extract<PlannedNetwork, { kind: 'given' }>;

/** The network of an entry with its digest. What takes a quantisation is kept in `folder`, if there is one. @throws UserError */
export async function readGiven(plan: Given, folder?: StudyFolder): Promise<ModelFile> {
  await checkDigests(plan);
  const { variantOf: change = {} } = plan;
  const isPlain = change.project === undefined && change.quantise === undefined;
  const file = await readModel(plan.path, plan);
  if (isPlain) return file;
  const { project, quantise } = change;
  const read = file.network;
  const place = `network "${plan.name}"`;
  if (project !== undefined)
    throwIfErrors(checkDistortable(read).map((one) => ({ ...one, place: `${place}: ${one.place}` })));
  const projected = project === undefined ? read : distortWeights(read, project, 0);
  const network = project === undefined ? read : { ...projected, name: plan.name };
  if (quantise === undefined) return fileOf(network);
  const made = digestOf(encodeNetwork(network), JSON.stringify([quantise, plan.data]));
  const known = folder === undefined ? undefined : await madeBefore(plan, made, folder);
  if (known !== undefined) return known;
  const quantised = await quantisedAfter({ network, place, data: plan.data }, quantise);
  const result = fileOf({ ...quantised, name: plan.name });
  if (folder !== undefined) {
    await writeWhole(folder.model(plan.name), encodeNetwork(result.network));
    await writeWhole(madePath(folder, plan.name), `${made} ${result.digest}\n`);
  }
  return result;
}

/** What is measured with is what would be read from a file of ours. */
const fileOf = (network: NetworkGraph): ModelFile => ({ network, digest: digestOf(encodeNetwork(network)) });

const madePath = (folder: StudyFolder, name: string): string => join(folder.work, 'made', `${name}.txt`);

async function madeBefore(plan: Given, made: string, folder: StudyFolder): Promise<ModelFile | undefined> {
  try {
    const [of, digest] = (await readFile(madePath(folder, plan.name), 'utf8')).trim().split(' ');
    if (of !== made) return undefined;
    const file = await readModel(folder.model(plan.name));
    return file.digest === digest ? file : undefined;
  } catch {
    // Missing or damaged: it is made again.
    return undefined;
  }
}

/** @throws UserError for every file that is another than the specification says */
async function checkDigests({ files = {}, folder, place }: Given): Promise<void> {
  const found: Diagnostic[] = [];
  for (const [file, wanted] of Object.entries(files)) {
    if (wanted === undefined) continue;
    const digest = sha256(await readBounded(pathFrom(folder, file)));
    if (digest === wanted) continue;
    const message = `${pathFrom(folder, file)} has the SHA-256 ${digest}, not ${wanted}`;
    found.push(
      errorAt('other-file', `${place}.sha256`, message, 'get the file from its source, or correct the digest'),
    );
  }
  throwIfErrors(found);
}
