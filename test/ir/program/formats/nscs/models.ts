/** Small CPE models of our own, written as the vendor's tools write them. */

const PARAMETERS = {
  ...{ sigma0: 1, sigma1: -1, sigma2: 1, sigma3: 1, s0: 1, s1: 1, s2: 0, s3: 0 },
  ...{ b0: false, b1: false, b2: false, b3: false, sigma_lambda: 1, lambda: 0, c_lambda: false, epsilon: false },
  ...{ alpha: 1, beta: 0, TM: 0, gamma: 0, kappa: true, sigma_VR: 1, VR: 0, V: 0 },
};

/** A neuron type; parameters that are not given are those of a relay. */
export const typeText = (
  number: number,
  parameters: Readonly<Record<string, number | boolean | null>> = {},
): string => {
  const name = `N${number.toString(16).toUpperCase().padStart(8, '0')}`;
  return JSON.stringify({ name, class: 'NeuronGeneral', ...PARAMETERS, ...parameters }, (_, value: unknown) =>
    value === null ? undefined : value,
  );
};

const EMPTY = Array.from({ length: 32 }, () => '00').join(' ');
/** 256 rows; row i is `given[i]` or empty of type S0. */
export const rowsText = (given: Readonly<Record<number, readonly [string, string]>> = {}): string => {
  const rows = Array.from({ length: 256 }, (_, axon) => {
    const [type, synapses] = given[axon] ?? ['S0', ''];
    return `{"type":"${type}","synapses":"${synapses + EMPTY.slice(synapses.length)}"}`;
  });
  return `{ /* Row parameters */ "rows":[\n${rows.join(',\n')} ]}`;
};

/** What a core of {@link modelText} may say; every text is JSON. */
export interface CoreText {
  readonly id: number;
  readonly crossbar?: string;
  readonly dendrites?: string;
  readonly types?: string;
  readonly destCores?: string;
  readonly destAxons?: string;
  readonly destDelays?: string;
  readonly more?: string;
}

/** A core: by default 256 unused, unconnected neurons and no synapses. */
export const coreText = (core: CoreText): string => `"core":{
  "metadata":{"coreletClass":"test","coreNumber":0},
  "id":${core.id}, "timeScaleExponent":0, "rngSeed":4294967295, ${core.more ?? ''}
  "neurons":{
    /* Parameters */
    "dendrites":[${core.dendrites ?? '"0:255"'}],
    "types":[${core.types ?? '"0x256"'}],
    "destCores":[${core.destCores ?? '"-1x256"'}],
    "destAxons":[${core.destAxons ?? '"0x256"'}],
    "destDelays":[${core.destDelays ?? '"1x256"'}]
  },
  "crossbar":${core.crossbar ?? rowsText()}
}`;

/** A whole model file. */
export const modelText = (types: readonly string[], cores: readonly string[], more = ''): string => `{
/* General model parameters */
"model":{"coreCount":${cores.length},"neuronclass":"NeuronGeneral","crossbarSize":256,"crossbarclass":"CrossbarBinary"},
${more}
"neuronTypes":[${types.join(',\n')}],
/* Core parameters */
${cores.join(',\n/* Core parameters */\n')}
}
`;

/**
 * Two cores with ids 7 and 3: axon 0 of core 7 drives neuron 0 (type 1, a relay with delay 2 to axon 1 of core 3) and neuron
 * 1 (type 13: counts to 2, linear, to the host pin -33, 5). Axon 1 of core 3 drives neuron 2, on host pin -32, 0. Neuron 3 of
 * core 3 sends to axon 1 of its own core.
 */
export const TWO_CORES = modelText(
  [typeText(1), typeText(13, { alpha: 2, gamma: 1, kappa: false })],
  [
    coreText({
      id: 7,
      crossbar: rowsText({ 0: ['S0', 'C0'], 4: ['S1', '80'] }),
      types: '1,13,"0x254"',
      destCores: '3,-33,"-2x254"',
      destAxons: '1,5,"-1x254"',
      destDelays: '2,"1x255"',
    }),
    coreText({
      id: 3,
      crossbar: rowsText({ 1: ['S0', '20'], 2: ['S0', '10'] }),
      types: '0,0,1,1,"0x252"',
      destCores: '-1,-1,-32,3,"-1x252"',
      destAxons: '0,0,0,1,"0x252"',
    }),
  ],
);

/** Bytes of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
