/** The drawing pad: an image of 8-bit values, drawn with a soft round pen or set from outside. */
import { penOf } from './elements.js';

/** An image of one channel that can be drawn on. */
export interface Pad {
  /** [side, side] values 0..255. */
  image(): Uint8Array;
  set(image: Uint8Array, side: number): void;
}

/** `onDrawn` hears when a line ends. */
export function createPad(canvas: HTMLCanvasElement, onDrawn: () => void): Pad {
  const pen = penOf(canvas);
  let side = 28;
  let values = new Uint8Array(side * side);
  let last: readonly [number, number] | undefined;

  const show = (): void => {
    const cell = canvas.width / side;
    values.forEach((value, i) => {
      pen.fillStyle = `rgb(${value} ${value} ${value})`;
      pen.fillRect((i % side) * cell, Math.floor(i / side) * cell, cell, cell);
    });
  };
  const placeOf = ({ offsetX, offsetY }: PointerEvent): readonly [number, number] => [
    (offsetX / canvas.clientWidth) * side,
    (offsetY / canvas.clientHeight) * side,
  ];
  const dot = (x: number, y: number): void => {
    for (let i = 0; i < values.length; i++) {
      const distance = Math.hypot((i % side) + 0.5 - x, Math.floor(i / side) + 0.5 - y);
      const value = Math.round(255 * Math.max(0, Math.min(1, 1.75 - distance)));
      if (value > (values[i] ?? 0)) values[i] = value;
    }
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = placeOf(event);
    dot(...last);
    show();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last === undefined) return;
    const [x0, y0] = last;
    const [x, y] = placeOf(event);
    const steps = Math.ceil(2 * Math.hypot(x - x0, y - y0));
    for (let k = 1; k <= steps; k++) dot(x0 + ((x - x0) * k) / steps, y0 + ((y - y0) * k) / steps);
    last = [x, y];
    show();
  });
  const end = (): void => {
    if (last === undefined) return;
    last = undefined;
    onDrawn();
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  return {
    image: () => values.slice(),
    set: (image, newSide) => {
      [values, side] = [image.slice(), newSide];
      show();
    },
  };
}
