/** Tags that must close; a stray or missing one breaks the page silently in a browser. */
export function unbalancedTags(page: string): readonly string[] {
  const void_ = new Set(['meta', 'rect', 'path', 'circle', 'stop', 'line', '!doctype', 'br']);
  const open: string[] = [];
  const problems: string[] = [];
  for (const [whole, closing, name] of page.matchAll(/<(\/?)([!a-zA-Z][\w:-]*)[^>]*?>/g)) {
    if (name === undefined || whole.endsWith('/>')) continue;
    if (closing === '/') {
      if (open[open.length - 1] === name) open.pop();
      else if (!void_.has(name)) problems.push(`${whole} inside <${open[open.length - 1] ?? 'nothing'}>`);
    } else if (!void_.has(name)) open.push(name);
  }
  return [...problems, ...open.map((name) => `<${name}> never closed`)];
}

/** Addresses outside the page that it would fetch or lead to, the names of XML languages left out. */
export const outsideAddresses = (page: string): readonly string[] =>
  [...page.matchAll(/\b(?:https?:)?\/\/[^\s"'<)]+/g)]
    .map(([address]) => address)
    .filter((address) => !address.startsWith('http://www.w3.org/'));
