/** The networks of a study: the recipes of its variants, and the files of models that are trained already. */
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { parseYaml } from '../common/parse-yaml.js';
import { type NamedData, namedData, nameFrom, placedData } from '../data/named-data.js';
import { type ImportText, pathFrom } from '../data/model-file.js';
import { parseRecipe, type Recipe } from '../training/recipe.js';
import type { GivenEntry, GivenVariant, SpecText, TrainedEntry, Variant } from './spec-schema.js';

/** A network that is trained by the study, or was before. */
export type PlannedNetwork = NetworkName &
  (
    | {
        readonly kind: 'trained';
        readonly recipe: Recipe;
        /** Model file that the recipe starts from, and the folder of the recipe. */
        readonly start?: { readonly path: string; readonly folder: string };
        /** Only the first images of the training split. */
        readonly trainingImages?: number;
      }
    | GivenNetwork
  );

/** A network that was trained before. */
export interface GivenNetwork {
  readonly kind: 'given';
  readonly path: string;
  /** How it is to be read, and the folder of the files that this names. */
  readonly import?: ImportText;
  readonly folder: string;
  /** What is done to it. */
  readonly variantOf?: GivenVariant;
  /** Where it stands in the specification. */
  readonly place: string;
  /** Digests of its files, by their names in `folder`: for those of `--models` only. */
  readonly files?: Readonly<Record<string, string | undefined>>;
}

/** Paths of what is not beside the specification. */
export interface StudyPlaces {
  /** Of the files that `model` names; by default that of the specification. */
  readonly models?: string | undefined;
  /** Of data sets, each in a folder of its name; or, where the specification names one data set only, that one. */
  readonly data?: string | undefined;
}

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
 * All networks of a specification at `path`, in its order, and what is wrong with them. Paths of a specification are relative to
 * its folder, those of `model` to the folder of models.
 */
export async function planNetworks(
  spec: SpecText,
  { path: specPath, models, data: dataPath }: StudyPlaces & { readonly path: string },
  readText: ReadText,
): Promise<{ readonly networks: readonly PlannedNetwork[]; readonly problems: readonly Diagnostic[] }> {
  const networks: PlannedNetwork[] = [];
  const problems: Diagnostic[] = [];
  const folder = dirname(specPath);
  const all = [...spec.networks.flatMap(({ datasets }) => datasets), ...spec.models.map(({ dataset }) => dataset)];
  const data = await namedData(all, dataPath);
  for (const [index, entry] of spec.networks.entries()) {
    const place = `${specPath}: networks.${index}`;
    await collect(problems, async () => {
      const path = pathFrom(folder, entry.recipe);
      const text = await readText(path);
      for (const dataset of entry.datasets) {
        for (const [variant, changes] of Object.entries(entry.variants)) {
          await collect(problems, () => {
            networks.push(trainedNetwork({ entry, dataset, variant, changes }, { path, text, folder, place, data }));
          });
        }
      }
    });
  }
  for (const [index, entry] of spec.models.entries()) {
    const where = { folder, models: models ?? folder, data, place: `${specPath}: models.${index}` };
    networks.push(...givenNetworks(entry, where, problems));
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
  readonly data: NamedData;
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
  const names = placedData(dataset, source.folder, source.data);
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
    ...(checked.start === undefined
      ? {}
      : { start: { path: join(dirname(source.path), checked.start), folder: dirname(source.path) } }),
    ...(entry.trainingImages === undefined ? {} : { trainingImages: entry.trainingImages }),
  };
}

interface GivenPlaces {
  readonly folder: string;
  readonly models: string;
  readonly data: NamedData;
  readonly place: string;
}

function givenNetworks(
  entry: GivenEntry,
  { folder, models, data, place }: GivenPlaces,
  problems: Diagnostic[],
): readonly PlannedNetwork[] {
  const { family, files = [], model, import: text, dataset, variants, sha256 = {} } = entry;
  const names = placedData(dataset, folder, data);
  const reading = { place, ...(text === undefined ? {} : { import: text }) };
  const network = (
    variant: string,
    given: Pick<GivenNetwork, 'path' | 'folder' | 'files' | 'variantOf'>,
  ): PlannedNetwork => {
    const name = `${family}-${names.dataset}-${variant}`;
    return { kind: 'given', name, family, variant, ...names, ...reading, ...given };
  };
  /** The name of a file as that of a variant. */
  const named = (file: string, variant: string): readonly string[] => {
    if (variant !== '') return [variant];
    problems.push(errorAt('bad-name', place, `"${file}" gives no name`, 'rename the file'));
    return [];
  };
  if (model === undefined) {
    return files.flatMap((file) =>
      named(file, nameFrom(basename(file).replace(/\.lsn$/, ''))).map((variant) =>
        network(variant, { path: pathFrom(folder, file), folder }),
      ),
    );
  }
  const needed = [model, text?.inputMean, text?.weights].filter((file) => typeof file === 'string');
  for (const file of Object.keys(sha256).filter((key) => !needed.includes(key))) {
    const message = `"${file}" is none of the files that are read`;
    problems.push(errorAt('unknown-file', `${place}.sha256`, message, `use ${needed.join(', ')}`));
  }
  const digests = Object.fromEntries(needed.map((file) => [file, sha256[file]]));
  const at = { path: pathFrom(models, model), folder: models, files: digests };
  if (variants === undefined) {
    return named(model, nameFrom(basename(model).replace(/\..*$/, ''))).map((variant) => network(variant, at));
  }
  return Object.entries(variants).map(([variant, variantOf]) => network(variant, { ...at, variantOf }));
}
