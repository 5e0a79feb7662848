import type { Quantity } from '../../../common/quantity.js';

const RACK = 'DeBole et al., arXiv 2511.15950 (2025)';

/** What the language-model performance needs beyond the spec of a card. One constant is fitted, on one published number. */
export const LANGUAGE_MODEL_CONSTANTS = {
  /** From the last step of a card to the first step of the next, beyond the link: host, driver, start of the program. */
  handOverUs: {
    value: 13.32,
    unit: 'us',
    status: 'calibrated',
    source: 'fitted: 3 B model on 16 cards, 28,356 tokens/s (Appuswamy et al., HPEC 2024)',
  },
  /** Bytes per element of the residual stream between cards. */
  residualBytes: { value: 2, unit: 'B', status: 'assumed', source: '16 bits, so that sums of layers lose nothing' },
  /** One more network between two servers (200 Gb Ethernet). */
  serverLinkUs: { value: 5, unit: 'us', status: 'assumed', source: `200 GbE between servers: ${RACK}; time assumed` },
  cardsPerServer: { value: 16, unit: 'cards', status: 'published', source: RACK },
  serversPerRack: { value: 18, unit: 'servers', status: 'published', source: RACK },
} as const satisfies Record<string, Quantity>;
