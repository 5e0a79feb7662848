/** Floor plans of mappings beside each other, all of one scale and with one colour per layer. */
import type { ProgramView } from '../ir/trace/program-view.js';
import { layerPlan, usedRegion } from './floor-plan.js';
import { html, type Html } from './html.js';
import type { LayerColours } from './layer-colours.js';
import { corePixelsOf, type Region } from './plan-drawing.js';
import { layersAlongTime, wholeGrid } from './step-plan.js';

/** A mapping and how it is called here. */
interface Titled {
  readonly program: ProgramView;
  readonly title: string;
}

/** The plans; nothing where fewer than two mappings have one. `id` is unique in the page. */
export function plansBeside(
  mappings: readonly Titled[],
  { id, colours }: { readonly id: string; readonly colours: LayerColours },
): Html | undefined {
  const planned = mappings.flatMap(({ program, title }) => {
    const region = regionOf(program);
    return region === undefined ? [] : [{ program, title, region }];
  });
  if (planned.length < 2) return undefined;
  // As large as the widest one and the width of the screen allow.
  const widest = Math.max(...planned.map(({ region }) => region.columns));
  const most = Math.min(LARGEST, ...planned.map(({ region }) => corePixelsOf(region)));
  const scale = `--core:min(${most}px, (100vw - ${MARGINS}px) / ${widest})`;
  const plans = planned.map(({ program, title }, i) => {
    const look = { id: `${id}-plan-${i}`, colours, coreSide: 'var(--core)' };
    const name = `${program.name} on ${title}`;
    return html`<div>
      <h4>${title}</h4>
      ${program.floorPlan === undefined ? undefined : layerPlan(name, program.floorPlan, look)}
      ${program.floorPlan !== undefined || program.steps === undefined ? undefined : layersAlongTime(name, program.steps, look)}
    </div>`;
  });
  return html`<h3>Floor plans</h3>
    <p class="small">A core is as large in all of them; layers have one colour.</p>
    <div class="scaled" style="${scale}">${plans}</div>`;
}

/** Pixels of a core at most, and of what is beside the plans on a narrow screen. */
const LARGEST = 26;
const MARGINS = 110;

/** What is drawn of a program; undefined where it has no plan. */
const regionOf = ({ floorPlan, steps }: ProgramView): Region | undefined =>
  floorPlan === undefined ? steps && wholeGrid(steps) : usedRegion(floorPlan);
