import { createRequire } from 'node:module';
import { type Diagnostic, throwIfErrors } from '../diagnostics.js';
import { absentPart, missingPart, OPTIONAL_PARTS, type OptionalPart, type PartName } from '../optional-parts.js';

/** Checks that parts are installed, before hours are spent on the way to what needs them. @throws UserError with all that are not */
export function requireParts(parts: readonly PartName[]): void {
  const { resolve } = createRequire(import.meta.url);
  const isMissing = (name: string): boolean => {
    try {
      resolve(name);
      return false;
    } catch (error) {
      // Packages of modules alone are there, and say that they cannot be required.
      return missingPart(error) !== undefined;
    }
  };
  throwIfErrors(
    parts.flatMap((part): readonly Diagnostic[] => {
      const { packages, what }: OptionalPart = OPTIONAL_PARTS[part];
      const first = Object.keys(packages).find(isMissing);
      return first === undefined ? [] : [absentPart({ packages, what }, first)];
    }),
  );
}
