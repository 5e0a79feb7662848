import type { EnergyParts, RunResult } from '../ir/trace/run-result.js';
import { integer, percent, significant, unitSign } from './format.js';
import { html, type Html } from './html.js';
import { categoryColour } from './palette.js';

const PARTS: readonly { readonly key: keyof EnergyParts; readonly text: string; readonly colour: string }[] = [
  { key: 'leakage', text: 'leakage of the cores in use', colour: 'var(--timer)' },
  { key: 'rows', text: 'neuron updates', colour: categoryColour(0) },
  { key: 'synapticOperations', text: 'synaptic operations', colour: categoryColour(1) },
  { key: 'hops', text: 'spikes on the mesh', colour: categoryColour(2) },
];

/** Where the energy of each run goes, with the source of the numbers. */
export function energySection(results: readonly RunResult[]): Html {
  return html`<section aria-labelledby="energy">
    <h2 id="energy">Energy per sample</h2>
    <p class="lead">Counted events times a cost table. The counts are exact, the costs are not: see the source.</p>
    ${results.map((result, i) => energyOf(result, `energy-${i}`))}
  </section>`;
}

function energyOf(result: RunResult, id: string): Html {
  const energy = result.energyUj;
  if ('unknown' in energy)
    return html`<h3>${result.name}</h3>
      <p>Not known: ${energy.reason}</p>`;
  const unit = unitSign(energy.unit);
  const parts = energy.parts;
  return html`<h3>${result.name}: ${significant(energy.value)} ${unit} <span class="badge">${energy.status}</span></h3>
    ${parts === undefined ? undefined : stackedBar(parts, result.name, unit, id)}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">part</th>
            <th scope="col" class="number">${unit} per sample</th>
            <th scope="col" class="number">share</th>
            <th scope="col" class="number">events per sample</th>
          </tr>
        </thead>
        <tbody>
          ${parts === undefined ? undefined : PARTS.map((part) => partRow(part, parts, result))}
        </tbody>
      </table>
    </div>
    <p class="small">Source: ${energy.source}</p>`;
}

function partRow(part: (typeof PARTS)[number], parts: EnergyParts, result: RunResult): Html {
  const events: Record<keyof EnergyParts, string> = {
    leakage: `${significant(result.counters.coreTicks / result.samples)} core-ticks`,
    rows: `${integer(result.counters.rows / result.samples)} rows`,
    synapticOperations: `${integer(result.counters.synapticOperations / result.samples)} operations`,
    hops: `${integer(result.counters.hops / result.samples)} hops`,
  };
  return html`<tr>
    <th scope="row"><span class="swatch" style="background:${part.colour}"></span>${part.text}</th>
    <td class="number">${significant(parts[part.key])}</td>
    <td class="number">${percent(parts[part.key] / total(parts), 1)}</td>
    <td class="number">${events[part.key]}</td>
  </tr>`;
}

const total = (parts: EnergyParts): number => PARTS.reduce((sum, { key }) => sum + parts[key], 0);

function stackedBar(parts: EnergyParts, name: string, unit: string, id: string): Html {
  const width = 1000;
  let start = 0;
  const pieces = PARTS.map(({ key, text, colour }) => {
    const length = (parts[key] / total(parts)) * width;
    const piece = html`<g>
      <title>${text}: ${significant(parts[key])} ${unit}</title>
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
  const words = PARTS.map(({ key, text }) => `${text} ${percent(parts[key] / total(parts), 1)}`).join(', ');
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
