/** Which option a field of a fault request is: checks name fields, the command line names what was typed. */
import { type Diagnostic, UserError } from '../common/diagnostics.js';
import { type FaultName, isFaultName } from '../ir/faults/catalogue.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import { SCOPE_FLAGS } from './options.js';

/** What was asked for on a command line. */
export interface NamedRequest {
  readonly scope?: FaultScope | undefined;
  /** The option with its value that a level comes from. */
  readonly optionOf: (fault: FaultName) => string;
}

/** `--noise ber=0.1`. */
export const noiseOption =
  (noise: NoiseSpec) =>
  (fault: FaultName): string =>
    `--noise ${fault}=${noise[fault]}`;

/** What `run` gives; the places of its findings are options where they were fields of the request. */
export async function namingOptions<T>(request: NamedRequest, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.diagnostics.map((one) => withOption(one, request)));
  }
}

function withOption(diagnostic: Diagnostic, { scope = {}, optionOf }: NamedRequest): Diagnostic {
  const [, fault = ''] = /^noise\.(\w+)$/.exec(diagnostic.place) ?? [];
  if (isFaultName(fault)) return { ...diagnostic, place: optionOf(fault) };
  const [, field = '', index] = /^scope\.(\w+)(?:\[(\d+)\])?$/.exec(diagnostic.place) ?? [];
  if (!isScopePart(field)) return diagnostic;
  const value = scope[field];
  const named = Array.isArray(value) && index !== undefined ? [value[Number(index)]] : value;
  const text = named === undefined || typeof named === 'boolean' ? '' : ` ${named.join(',')}`;
  return { ...diagnostic, place: `${SCOPE_FLAGS[field]}${text}` };
}

const isScopePart = (field: string): field is keyof FaultScope => Object.hasOwn(SCOPE_FLAGS, field);
