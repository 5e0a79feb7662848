/** The networks of a study: the recipes of its variants, and the files of models that are trained already. */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { parseYaml } from '../common/parse-yaml.js';
import { DATASET_NAMES } from '../data/index.js';
import { parseRecipe, type Recipe } from '../training/recipe.js';
import type { GivenEntry, SpecText, TrainedEntry, Variant } from './spec-schema.js';

/** A network that is trained by the study, or was before. */
export type PlannedNetwork = NetworkName &
  (
    | {
        readonly kind: 'trained';
        readonly recipe: Recipe;
        /** Model file that the recipe starts from. */
        readonly start?: string;
        /** Only the first images of the training split. */
        readonly trainingImages?: number;
      }
    | { readonly kind: 'given'; readonly path: string }
  );

/** How a network is called. */
interface NetworkName {
  /** family-dataset-variant. */
  readonly name: string;
  readonly family: string;
  readonly variant: string;
  /** Name of the data set; for own data the last part of its path. */
  readonly dataset: string;
  /** Name or path to load the data set by. */
  readonly data: string;
}

/** Reads text files; the paths are relative to where the program runs. */
export type ReadText = (path: string) => Promise<string>;

/** The longest name of a recipe. */
const MAX_NAME = 64;

/**
 * All networks of a specification at `specPath`, in its order, and what is wrong with them. Paths of a specification are relative to
 * its folder.
 */
export async function planNetworks(
  spec: SpecText,
  specPath: string,
  readText: ReadText,
): Promise<{ readonly networks: readonly PlannedNetwork[]; readonly problems: readonly Diagnostic[] }> {
  const networks: PlannedNetwork[] = [];
  const problems: Diagnostic[] = [];
  const folder = dirname(specPath);
  for (const [index, entry] of spec.networks.entries()) {
    const place = `${specPath}: networks.${index}`;
    await collect(problems, async () => {
      const path = inFolder(folder, entry.recipe);
      const text = await readText(path);
      for (const dataset of entry.datasets) {
        for (const [variant, changes] of Object.entries(entry.variants)) {
          await collect(problems, () => {
            networks.push(trainedNetwork({ entry, dataset, variant, changes }, { path, text, folder, place }));
          });
        }
      }
    });
  }
  for (const [index, entry] of spec.models.entries()) {
    networks.push(...givenNetworks(entry, folder, `${specPath}: models.${index}`, problems));
  }
  if (networks.length === 0 && problems.length === 0) {
    problems.push(errorAt('no-networks', specPath, 'it names no network', 'add an entry to networks or models'));
  }
  const seen = new Set<string>();
  for (const { name } of networks) {
    if (seen.has(name)) {
      const message = `two networks would be called "${name}"`;
      problems.push(errorAt('duplicate-network', specPath, message, 'give one of their entries another family'));
    }
    seen.add(name);
  }
  return { networks, problems };
}

async function collect(problems: Diagnostic[], action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Variants of one recipe share its mistakes.
    const isNew = (one: Diagnostic): boolean =>
      !problems.some(({ place, message }) => place === one.place && message === one.message);
    problems.push(...error.diagnostics.filter(isNew));
  }
}

const inFolder = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path));

/** A name of a data set stays, a path is one from the folder of the specification. */
function dataOf(dataset: string, folder: string): Pick<NetworkName, 'data' | 'dataset'> {
  if (DATASET_NAMES.includes(dataset)) return { data: dataset, dataset };
  const isPath = /[/\\.]/.test(dataset);
  return {
    data: isPath ? inFolder(folder, dataset) : dataset,
    dataset: nameFrom(basename(resolve(dataset)).replace(/\.[^.]*$/, '')),
  };
}

const nameFrom = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

interface VariantPlan {
  readonly entry: TrainedEntry;
  readonly dataset: string;
  readonly variant: string;
  readonly changes: Variant;
}

interface RecipeSource {
  readonly path: string;
  readonly text: string;
  readonly folder: string;
  readonly place: string;
}

/** As much of a recipe as a variant changes. */
const outline = z.looseObject({
  layers: z.array(z.looseObject({ kind: z.string() })),
  training: z.looseObject({}),
  start: z.string().optional(),
});

/** Layers whose weights a variant replaces. */
const WEIGHTED: readonly string[] = ['dense', 'conv2d', 'residual'];

function trainedNetwork({ entry, dataset, variant, changes }: VariantPlan, source: RecipeSource): PlannedNetwork {
  const names = dataOf(dataset, source.folder);
  const name = `${entry.family}-${names.dataset}-${variant}`;
  const value = parseYaml(source.text, source.path);
  const found = outline.safeParse(value);
  // What is no recipe at all is reported by the check of the whole.
  if (!found.success) parseRecipe(source.text, source.path);
  const recipe = found.success ? found.data : { layers: [], training: {}, start: undefined };
  if (name.length > MAX_NAME) {
    const message = `the name "${name}" has ${name.length} characters, at most ${MAX_NAME}`;
    throw new UserError([errorAt('long-name', source.place, message, 'shorten family or variant')]);
  }
  const changed = {
    ...recipe,
    name,
    dataset: names.data,
    ...(changes.seed === undefined ? {} : { seed: changes.seed }),
    layers: recipe.layers.map((layer) =>
      changes.weights !== undefined && WEIGHTED.includes(layer.kind) ? { ...layer, weights: changes.weights } : layer,
    ),
    training: { ...recipe.training, ...entry.training, ...changes.training },
  };
  const checked = parseRecipe(stringify(changed), `${source.path} (variant "${variant}" of ${source.place})`);
  return {
    kind: 'trained',
    name,
    family: entry.family,
    variant,
    ...names,
    recipe: checked,
    ...(checked.start === undefined ? {} : { start: join(dirname(source.path), checked.start) }),
    ...(entry.trainingImages === undefined ? {} : { trainingImages: entry.trainingImages }),
  };
}

function givenNetworks(
  { family, files, dataset }: GivenEntry,
  folder: string,
  place: string,
  problems: Diagnostic[],
): readonly PlannedNetwork[] {
  const names = dataOf(dataset, folder);
  return files.flatMap((file): readonly PlannedNetwork[] => {
    const variant = nameFrom(basename(file).replace(/\.lsn$/, ''));
    if (variant === '') {
      problems.push(errorAt('bad-name', place, `"${file}" gives no name`, 'rename the file'));
      return [];
    }
    const name = `${family}-${names.dataset}-${variant}`;
    return [{ kind: 'given', name, family, variant, ...names, path: inFolder(folder, file) }];
  });
}
