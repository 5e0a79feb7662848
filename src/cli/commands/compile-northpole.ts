import type { PassObserver } from '../../compiler/passes/pass.js';
import { compileNetwork, northPolePerformance, writeProgram } from '../../flow.js';
import { layerRows } from '../../compiler/targets/northpole/table.js';
import { integer, percent, quantityWithBand, significant } from '../../common/format.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { NorthPolePerformance } from '../../ir/trace/run-result.js';
import { loadNorthPoleSpec } from '../load.js';
import type { Compiled } from './compiled.js';

/** Options of `lodestone compile` that only NorthPole-style chips have. */
export interface NorthPoleCommandOptions {
  readonly spec?: string;
  readonly batch?: number;
}

/** Maps a model onto a NorthPole-style chip. @throws UserError with every finding */
export async function compileForNorthPole(
  model: NetworkGraph,
  options: NorthPoleCommandOptions,
  observe: PassObserver,
): Promise<Compiled> {
  const { batch } = options;
  const { spec, warnings } = await loadNorthPoleSpec(options.spec);
  const compilation = compileNetwork(
    model,
    { chip: 'northpole', spec, ...(batch === undefined ? {} : { batch }) },
    observe,
  );
  const performance = northPolePerformance(compilation.program);
  return {
    bytes: writeProgram(compilation),
    table: `${compilation.table.trimEnd()}\n\n${performanceText(performance)}`,
    warnings: [...warnings, ...compilation.warnings],
    passes: compilation.passes,
    summary: { ...performance, layers: layerRows(compilation.program) },
  };
}

const performanceText = (performance: NorthPolePerformance): string =>
  `${performanceLines(performance)
    .map(([name, value]) => `${name.padEnd(20)} ${value}`)
    .join('\n')}\n`;

/** Speed and energy, name and value. */
export function performanceLines(performance: NorthPolePerformance): readonly (readonly [string, string])[] {
  const { batch, bytesMoved, watts } = performance;
  const frames = batch === 1 ? '1 frame' : `${integer(batch)} frames`;
  return [
    ['cycles', `${integer(performance.cycles)} for ${frames} at ${significant(performance.clockMhz)} MHz`],
    ['frames per second', integer(performance.framesPerSecond)],
    ['latency', `${significant(performance.latencyUs)} us`],
    ['utilisation', percent(performance.utilisation, 1)],
    ['power', 'unknown' in watts ? `unknown: ${watts.reason}` : `${quantityWithBand(watts)}, ${watts.status}`],
    [
      'bytes per frame',
      `weights ${integer(bytesMoved.model)}, partial sums ${integer(bytesMoved.partialSum)}, activations ${integer(bytesMoved.activation)}, programs ${integer(bytesMoved.instruction)}, memory ${integer(bytesMoved.memory)}`,
    ],
  ];
}
