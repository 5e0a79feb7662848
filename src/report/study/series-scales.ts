import type { SeriesStyle } from './series-style.js';

/** Encodings of colour, dash and marker by the field `series`, whose values are "0", "1", ...; legends are drawn apart. */
export function seriesScales(styles: readonly SeriesStyle[]) {
  const domain: string[] = styles.map((_, i) => `${i}`);
  const base = { field: 'series', type: 'nominal', legend: null } as const;
  return {
    colour: { ...base, scale: { domain, range: styles.map((look) => look.colour) } },
    dash: {
      ...base,
      scale: { domain, range: styles.map((look) => (look.dash.length === 0 ? [1, 0] : [...look.dash])) },
    },
    shape: { ...base, scale: { domain, range: styles.map((look) => look.shape) } },
  };
}
