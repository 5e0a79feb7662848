/**
 * Quantizers that QKeras writes as text, such as `quantized_bits(6,0,alpha=1)`: a name with arguments, read by a grammar of their own. Nothing
 * is evaluated. QKeras reads them likewise (qkeras/safe_eval.py): numbers, True, False, None, texts in quotes.
 */

/** A call: name, arguments in order, arguments by name. */
export interface Call {
  readonly name: string;
  readonly positional: readonly unknown[];
  readonly named: ReadonlyMap<string, unknown>;
}

const MAX_LENGTH = 1000;
const CALL = /^\s*([A-Za-z_][\w.]*)\s*(?:\(([^()]*)\)\s*)?$/;
const ARGUMENT = /^\s*(?:([A-Za-z_]\w*)\s*=\s*)?(.+?)\s*$/;

/** The call that a text is; undefined if it is none. */
export function parseCall(text: string): Call | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [, name, inside] = CALL.exec(text) ?? [];
  if (name === undefined) return undefined;
  const positional: unknown[] = [];
  const named = new Map<string, unknown>();
  for (const part of (inside ?? '').split(',')) {
    if (part.trim() === '') continue;
    const [, key, written = ''] = ARGUMENT.exec(part) ?? [];
    const value = literal(written);
    if (value === undefined) return undefined;
    if (key !== undefined) named.set(key, value.value);
    else if (named.size === 0) positional.push(value.value);
    else return undefined;
  }
  return { name: name.slice(name.lastIndexOf('.') + 1), positional, named };
}

function literal(text: string): { readonly value: unknown } | undefined {
  const names = new Map<string, unknown>([
    ['True', true],
    ['False', false],
    ['None', null],
  ]);
  if (names.has(text)) return { value: names.get(text) };
  const [, quoted] = /^(?:'([^']*)'|"([^"]*)")$/.exec(text)?.filter((part) => part !== undefined) ?? [];
  if (quoted !== undefined) return { value: quoted };
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? { value: Number(text) } : undefined;
}
