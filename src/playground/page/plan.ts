/** The floor plan with the spikes of one step, on a canvas. */
import { categoryColour, rampColour } from '../../report/palette.js';
import { hasBit, textToBits } from '../../common/bit-text.js';
import type { FloorPlan, ViewSteps } from '../../ir/trace/program-view.js';
import type { SpikeTrace } from '../engine/messages.js';
import { penOf } from './elements.js';

/** A plan on a canvas. */
export interface PlanCanvas {
  /** The cores of one step; how many. */
  showSteps(steps: ViewSteps, index: number): number;
  show(plan: FloorPlan | undefined, trace: SpikeTrace | undefined, step: number, core: number): void;
}

/** `onCore` hears of cores that are pointed at. */
export function createPlan(canvas: HTMLCanvasElement, onCore: (core: number) => void): PlanCanvas {
  const pen = penOf(canvas);
  let places: readonly (readonly [x: number, y: number])[] = [];
  let side = 1;
  canvas.addEventListener('click', ({ offsetX, offsetY }) => {
    const scale = canvas.width / canvas.clientWidth;
    const [x, y] = [offsetX * scale, offsetY * scale];
    const core = places.findIndex(([x0, y0]) => x >= x0 && x < x0 + side && y >= y0 && y < y0 + side);
    if (core >= 0) onCore(core);
  });
  return {
    showSteps: ({ gridWidth, gridHeight, steps }, index) => {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      places = [];
      side = Math.min(canvas.width / gridWidth, canvas.height / gridHeight);
      const left = (canvas.width - gridWidth * side) / 2;
      const bits = textToBits(steps[index]?.cores ?? '', gridWidth * gridHeight);
      let nCores = 0;
      for (let i = 0; i < gridWidth * gridHeight; i++) {
        const isBusy = bits !== undefined && hasBit(bits, i);
        if (isBusy) nCores++;
        pen.fillStyle = isBusy ? categoryColour(index) : '#7b879455';
        pen.fillRect(left + (i % gridWidth) * side + 1, Math.floor(i / gridWidth) * side + 1, side - 2, side - 2);
      }
      return nCores;
    },
    show: (plan, trace, step, chosen) => {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      if (plan === undefined) return;
      const [x0, y0] = [Math.min(...plan.x), Math.min(...plan.y)];
      const columns = Math.max(...plan.x) - x0 + 1;
      const rows = Math.max(...plan.y) - y0 + 1;
      side = Math.min(90, canvas.width / columns, canvas.height / rows);
      const [left, top] = [(canvas.width - columns * side) / 2, (canvas.height - rows * side) / 2];
      places = plan.x.map((x, core) => [left + (x - x0) * side, top + ((plan.y[core] ?? 0) - y0) * side]);
      const gap = side > 8 ? 2 : 0.5;
      places.forEach(([x, y], core) => {
        const layer = plan.layer[core] ?? -1;
        pen.fillStyle = layer < 0 ? '#7b8794' : categoryColour(layer);
        pen.fillRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
        if (trace === undefined) return;
        const edge = Math.max(1.5, side * 0.09) + gap;
        const share = (trace.counts[step * trace.nCores + core] ?? 0) / trace.neuronsPerCore;
        // Few of the neurons of a core fire at a time: the root shows them.
        pen.fillStyle = share === 0 ? '#10141a' : rampColour(Math.min(1, 0.15 + 0.85 * Math.sqrt(share)));
        pen.fillRect(x + edge, y + edge, side - 2 * edge, side - 2 * edge);
        if (core !== chosen) return;
        pen.strokeStyle = '#ffffff';
        pen.lineWidth = 3;
        pen.strokeRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
      });
    },
  };
}
