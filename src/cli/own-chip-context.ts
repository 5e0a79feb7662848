import { CHIPS } from '../chips/installed.js';
import type { CliContext } from './context.js';
import { loadOwnChip } from './own-chip.js';
import { ALLOW_CODE } from './own-chip-words.js';

/** What a command knows whose words name a chip of a user. @throws UserError as {@link loadOwnChip} does */
export async function withOwnChip(
  given: string,
  args: readonly string[],
  { chips = CHIPS, allowsCode = false }: CliContext,
): Promise<Pick<CliContext, 'chips' | 'ownChip'>> {
  const chip = await loadOwnChip(given, allowsCode || args.includes(ALLOW_CODE));
  return { chips: [...chips, chip], ownChip: { chip, given } };
}
