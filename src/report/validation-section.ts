import { match } from 'ts-pattern';
import type { ValidationRow } from '../ir/trace/validation-row.js';
import { significant, unitSign } from '../common/format.js';
import { html, type Html } from './html.js';

/** "within 5 %", "at least", ... */
export function toleranceText(row: ValidationRow): string {
  return match(row.tolerance)
    .with({ kind: 'absolute' }, ({ value }) =>
      value === 0 ? 'equal' : `\u00b1 ${significant(value)} ${unitSign(row.unit)}`,
    )
    .with({ kind: 'relative' }, ({ value }) => `\u00b1 ${significant(value * 100, 2)} %`)
    .with({ kind: 'atLeast' }, () => 'at least')
    .with({ kind: 'atMost' }, () => 'at most')
    .with({ kind: 'none' }, () => 'no claim')
    .exhaustive();
}

/** "yes", "no", "not computed" or a dash where nothing is claimed. */
export function verdictText(row: ValidationRow): string {
  if (row.ours === null) return 'not computed';
  if (row.ok === null) return '\u2013';
  return row.ok ? 'yes' : 'no';
}

/** "fitted: core.idle, ...": the status, with the constants that were fitted on the number. */
export const statusText = ({ status, fits = [] }: ValidationRow): string =>
  fits.length === 0 ? status : `${status}: ${fits.join(', ')}`;

/** "66.2 (59.9 - 73.1)": ours with its band, or "not computed". */
export function oursText({ ours, band }: ValidationRow): string {
  if (ours === null) return 'not computed';
  return band === undefined
    ? significant(ours, 4)
    : `${significant(ours, 4)} (${significant(band.low)} \u2013 ${significant(band.high)})`;
}

/** Published numbers next to ours. */
export function validationSection(rows: readonly ValidationRow[]): Html {
  return html`<section aria-labelledby="validation">
    <h2 id="validation">Against published numbers</h2>
    <p class="lead">
      Validated: an independent number that ours must meet. Fitted: our constants come from it. Predicted: by a model
      fitted elsewhere, met or not. Reported: shown, nothing claimed. Misses: not met, for the reason in the note. A
      range beside ours is the band of its cost model.
    </p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">number</th>
            <th scope="col" class="number">published</th>
            <th scope="col" class="number">ours</th>
            <th scope="col">unit</th>
            <th scope="col">tolerance</th>
            <th scope="col">met</th>
            <th scope="col">status</th>
            <th scope="col">source</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(validationRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

const validationRow = (row: ValidationRow): Html =>
  html`<tr>
    <th scope="row">${row.id}</th>
    <td class="number">${significant(row.published, 4)}</td>
    <td class="number">${oursText(row)}</td>
    <td>${unitSign(row.unit)}</td>
    <td>${toleranceText(row)}</td>
    <td class="${row.ok === null ? 'muted' : row.ok ? 'good' : 'bad'}">${verdictText(row)}</td>
    <td>${statusText(row)}</td>
    <td class="small long">${row.source}${row.note === undefined ? '' : `. ${row.note}`}</td>
  </tr>`;
