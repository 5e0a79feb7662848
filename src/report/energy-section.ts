import type { RunResult } from '../ir/trace/run-result.js';
import { percent, quantityWithBand, significant, unitSign } from '../common/format.js';
import { html, type Html } from './html.js';
import { partColour } from './palette.js';

/** One part of an energy as the section shows it. */
interface Part {
  readonly text: string;
  readonly colour: string;
  /** In the unit of the whole. */
  readonly value: number;
  readonly events: string;
}

/** The parts of a run's energy, none if its cost model does not say. What is drawn whatever the chip does has the colour of idleness. */
function partsOf({ energyParts }: RunResult): readonly Part[] {
  const dynamic = energyParts.filter(({ fixed }) => !fixed);
  return energyParts.map((part) => ({
    text: part.name,
    colour: part.fixed ? 'var(--timer)' : partColour(dynamic.indexOf(part)),
    value: part.value,
    events: part.events,
  }));
}

/** Where the energy of each run goes, with the source of the numbers. */
export function energySection(results: readonly RunResult[]): Html {
  return html`<section aria-labelledby="energy">
    <h2 id="energy">Energy per sample</h2>
    <p class="lead">
      Counted events times a cost table. The counts are exact, the costs are not: the range is the band of the sum, and
      the source says what it is made of.
    </p>
    <div class="beside">${results.map((result, i) => energyOf(result, `energy-${i}`))}</div>
  </section>`;
}

function energyOf(result: RunResult, id: string): Html {
  const energy = result.energyUj;
  const title = `${result.name} on ${result.chip}`;
  if ('unknown' in energy)
    return html`<div>
      <h3>${title}</h3>
      <p>Not known: ${energy.reason}</p>
    </div>`;
  const unit = unitSign(energy.unit);
  const parts = partsOf(result);
  const hasEvents = parts.some(({ events }) => events !== '');
  return html`<div>
    <h3>${title}: ${quantityWithBand(energy)} <span class="badge">${energy.status}</span></h3>
    ${parts.length === 0 ? undefined : stackedBar(parts, result.name, unit, id)}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">part</th>
            <th scope="col" class="number">${unit} per sample</th>
            <th scope="col" class="number">share</th>
            ${hasEvents ? html`<th scope="col" class="number">events per sample</th>` : undefined}
          </tr>
        </thead>
        <tbody>
          ${parts.map((part) => partRow(part, { whole: total(parts), hasEvents }))}
        </tbody>
      </table>
    </div>
    <p class="small">Source: ${energy.source}</p>
  </div>`;
}

const partRow = (part: Part, { whole, hasEvents }: { readonly whole: number; readonly hasEvents: boolean }): Html =>
  html`<tr>
    <th scope="row"><span class="swatch" style="background:${part.colour}"></span>${part.text}</th>
    <td class="number">${significant(part.value)}</td>
    <td class="number">${percent(part.value / whole, 1)}</td>
    ${hasEvents ? html`<td class="number">${part.events}</td>` : undefined}
  </tr>`;

const total = (parts: readonly Part[]): number => parts.reduce((sum, { value }) => sum + value, 0);

function stackedBar(parts: readonly Part[], name: string, unit: string, id: string): Html {
  const width = 1000;
  let start = 0;
  const pieces = parts.map(({ value, text, colour }) => {
    const length = (value / total(parts)) * width;
    const piece = html`<g>
      <title>${text}: ${significant(value)} ${unit}</title>
      <rect
        x="${start.toFixed(2)}"
        y="0"
        width="${Math.max(0, length - 1.5).toFixed(2)}"
        height="26"
        fill="${colour}"
      />
    </g>`;
    start += length;
    return piece;
  });
  const words = parts.map(({ value, text }) => `${text} ${percent(value / total(parts), 1)}`).join(', ');
  return html`<svg
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${width} 26"
    preserveAspectRatio="none"
    style="width:100%;height:26px;border-radius:5px"
  >
    <title id="${id}-title">Energy of ${name} by part</title>
    <desc id="${id}-desc">${words}</desc>
    ${pieces}
  </svg>`;
}
