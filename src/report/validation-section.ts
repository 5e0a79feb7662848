import { match } from 'ts-pattern';
import type { ValidationRow } from '../ir/trace/validation-row.js';
import { significant, unitSign } from '../common/format.js';
import { html, type Html } from './html.js';

/** "within 5 %", "at least", ... */
export function toleranceText(row: ValidationRow): string {
  return match(row.tolerance)
    .with({ kind: 'absolute' }, ({ value }) => (value === 0 ? 'equal' : `\u00b1 ${value} ${unitSign(row.unit)}`))
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

/** Published numbers next to ours. */
export function validationSection(rows: readonly ValidationRow[]): Html {
  return html`<section aria-labelledby="validation">
    <h2 id="validation">Against published numbers</h2>
    <p class="lead">
      Validated: an independent number that ours must meet. Fitted: our constants come from it. Predicted: by a model
      fitted elsewhere, met or not. Reported: shown, nothing claimed.
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
    <td class="number">${row.ours === null ? 'not computed' : significant(row.ours, 4)}</td>
    <td>${unitSign(row.unit)}</td>
    <td>${toleranceText(row)}</td>
    <td class="${row.ok === null ? 'muted' : row.ok ? 'good' : 'bad'}">${verdictText(row)}</td>
    <td>${row.status}</td>
    <td class="small">${row.source}${row.note === undefined ? '' : `. ${row.note}`}</td>
  </tr>`;
