/** Elements of the page, by their ids. */

/** An element of a kind that has to be there. */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${kind.name} #${id}`);
  return found;
}
export const canvasOf = (id: string): HTMLCanvasElement => element(id, HTMLCanvasElement);
export const inputOf = (id: string): HTMLInputElement => element(id, HTMLInputElement);
export const selectOf = (id: string): HTMLSelectElement => element(id, HTMLSelectElement);

/** What draws on a canvas. */
export function penOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser draws nothing');
  return pen;
}

/** Sets what a list offers. */
export function offer(list: HTMLSelectElement, options: readonly (readonly [value: string, text: string])[]): void {
  list.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

/** An element with a text. */
export function withText(tag: string, text: string, className = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

/** Hands a file to whoever looks at the page. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
