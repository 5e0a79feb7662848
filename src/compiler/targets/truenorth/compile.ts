/** The TrueNorth target: integer network -> chip layers -> cores -> placed and verified program. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../../common/diagnostics.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { PassObserver, PassReport } from '../../passes/pass.js';
import { PassLog } from '../../passes/pass-log.js';
import type { TrueNorthOptions, WindowChoice } from './choose-mapping.js';
import { edgeWarnings } from './edge-warnings.js';
import type { PlacementGain } from './emit.js';
import { chipLayers, mapCores, placeCores } from './passes.js';
import { unsupportedLayers } from './supported.js';

export type { Objective, TrueNorthOptions, WindowChoice } from './choose-mapping.js';

export interface TrueNorthCompilation {
  readonly program: TrueNorthProgram;
  readonly windows: readonly WindowChoice[];
  readonly placement: PlacementGain;
  readonly warnings: readonly Diagnostic[];
  /** The passes that ran, with their statistics. */
  readonly passes: readonly PassReport[];
}

/**
 * Compiles an integer network; `observe` sees what every pass made.
 * @throws UserError with every layer that does not fit and every limit of the chip that is exceeded.
 */
export function compileTrueNorth(
  graph: NetworkGraph,
  options: TrueNorthOptions,
  observe?: PassObserver,
): TrueNorthCompilation {
  throwIfErrors([...checkSpec(options.spec), ...unsupportedLayers(graph)]);
  const log = new PassLog(observe);
  const chain = log.run(chipLayers, graph);
  const request = { name: graph.name, chain, options };
  const { mapped, windows } = log.run(mapCores, request);
  const { program, placement, traffic } = log.run(placeCores, { mapped, windows, request });
  const warnings = [...log.warnings, ...edgeWarnings(program, traffic)];
  return { program, windows, placement, warnings, passes: log.reports };
}

/** What the lowering relies on. */
function checkSpec(spec: TrueNorthSpec): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const need = (ok: boolean, field: string, message: string, remedy: string): void => {
    if (!ok) found.push(errorAt('unsupported-chip', `chip "${spec.name}": ${field}`, message, remedy));
  };
  need(spec.axonTypes === 4, 'axonTypes', `the compiler needs 4 axon types, the chip has ${spec.axonTypes}`, 'use 4');
  need(
    spec.axonsPerCore >= 8 && spec.axonsPerCore <= 256,
    'axonsPerCore',
    `${spec.axonsPerCore} is outside 8..256`,
    'use 8..256',
  );
  need(
    spec.neuronsPerCore >= 8 && spec.neuronsPerCore <= 256,
    'neuronsPerCore',
    `${spec.neuronsPerCore} is outside 8..256`,
    'use 8..256',
  );
  need(spec.maxDelay >= 2, 'maxDelay', 'delays of 2 ticks are needed to balance splitters', 'use at least 2');
  need(
    spec.positiveComparison === 'atLeast',
    'positiveComparison',
    'the compiler lowers thresholds to "at least"',
    'set positiveComparison to atLeast',
  );
  return found;
}
