// The chip at work: currents of cells, noise, converters. Everything behind the converters is digital, and done by the interpreter.
import { codedBuffer, createInterpreter, encodeCounts, present, sizeOf, withReadNoise } from 'lodestone/chips';

/** Conductances of a crossbar, [columns, rows]: a weight is the difference of two cells. */
const cellsOf = ({ weights, ...crossbar }) => ({
  ...crossbar,
  plus: weights.map((weight) => Math.max(weight, 0)),
  minus: weights.map((weight) => Math.max(-weight, 0)),
  largest: weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
});

/**
 * Currents of the bitlines, in steps of a cell. With noise every cell deviates at every read by `noise` of the largest weight; only the deviation of the
 * whole sum is drawn, which is the same.
 */
function read({ rows, columns, plus, minus, largest }, voltages, currents, at) {
  const squares = voltages.reduce((sum, v) => sum + v * v, 0);
  for (let column = 0; column < columns; column++) {
    let up = 0;
    let down = 0;
    for (let row = 0; row < rows; row++) {
      up += plus[column * rows + row] * voltages[row];
      down += minus[column * rows + row] * voltages[row];
    }
    const place = { layer: at.crossbar, element: column, sample: at.sample, noiseSeed: at.seed, squares };
    currents[column] = at.noise > 0 ? withReadNoise(up - down, at.noise * largest, place) : up - down;
  }
}

/** @param {{ network: any, crossbars: any[], outputs: any, inputShape: number[], inputCode: any }} program */
export function openMemristor(program, measures) {
  const crossbars = program.crossbars.map(cellsOf);
  const at = { sample: 0, seed: 0, noise: 0, crossbar: 0 };
  const wordlines = new Map(crossbars.map(({ wordlines: id }) => [id, new Float64Array(0)]));
  const byBitlines = new Map(crossbars.map((one, crossbar) => [one.bitlines, { one, crossbar }]));
  const interpreter = createInterpreter(program.network, (id, value) => {
    if (wordlines.has(id)) wordlines.set(id, value.slice());
    const found = byBitlines.get(id);
    if (found === undefined) return;
    // What the interpreter computed there is replaced by what the cells give.
    value.fill(Number.NaN);
    read(found.one, present(wordlines.get(found.one.wordlines), 'voltages'), value, {
      ...at,
      crossbar: found.crossbar,
    });
  });
  const nPixels = sizeOf(program.inputShape);
  const counts = codedBuffer(program.inputCode, nPixels);
  const { nClasses } = program.outputs;

  const run = async (data, { noise, seed, limit, signal, onProgress }) => {
    const started = performance.now();
    const nSamples = Math.min(limit ?? Infinity, data.labels.length);
    const scores = new Int32Array(nSamples * nClasses);
    at.seed = seed;
    at.noise = noise.read_noise;
    for (let sample = 0; sample < nSamples; sample++) {
      if (sample % 50 === 0) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        onProgress?.(sample, nSamples);
      }
      at.sample = sample;
      encodeCounts(
        program.inputCode,
        data.images.subarray(sample * nPixels, (sample + 1) * nPixels),
        sample,
        seed,
        counts,
      );
      scores.set(interpreter.run(counts), sample * nClasses);
    }
    const seconds = (performance.now() - started) / 1000;
    return { engine: 'crossbars', nSamples, nClasses, scores, measures, seconds };
  };
  // One run at a time: the crossbars are shared.
  let last = Promise.resolve();
  return {
    run: (data, request) => {
      const result = last.then(() => run(data, request));
      last = result.then(
        () => undefined,
        () => undefined,
      );
      return result;
    },
    close: async () => undefined,
  };
}
