/** Which kind of chip a spec belongs to: presets by their names, spec files by the preset that they start from. */
import type { Chip } from '../chips/chip.js';
import { entriesOf } from '../common/parameters/value-tree.js';
import { valueOfYaml } from '../common/parse-yaml.js';

/** What a spec file starts from, unchecked; undefined for a text that is none. */
export const baseOfSpec = (text: string): unknown => entriesOf(valueOfYaml(text)).get('base');

/** The kind of chip that has a preset of this name. */
export const kindOfPreset = (base: unknown, chips: readonly Chip[]): Chip | undefined =>
  chips.find(({ specs }) => typeof base === 'string' && Object.hasOwn(specs.presets, base));

/** Why a spec is none of a chip's, as a sentence, and the kind that has it; undefined for its own and for a base that nobody knows. */
export function specOfAnother(
  { base, isFile }: { readonly base: unknown; readonly isFile: boolean },
  { title, specs }: Pick<Chip, 'title' | 'specs'>,
  chips: readonly Chip[],
): { readonly message: string; readonly other: Chip } | undefined {
  if (typeof base === 'string' && Object.hasOwn(specs.presets, base)) return undefined;
  const other = kindOfPreset(base, chips);
  if (other === undefined) return undefined;
  const what = isFile ? `its base ${String(base)} is a preset` : 'it is a preset';
  return { other, message: `${what} of ${other.title}, and this is for ${title}` };
}
