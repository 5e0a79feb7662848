/** The verifier: every limit of the spec of a program for RANC, all at once, one finding per rule with the first place and the number of places. */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { RANC_SPECS, widthsOf } from '../../hw-models/ranc/chip-spec.js';
import { widthProblems } from '../../hw-models/ranc/widths.js';
import { type RancProgram, rancSpecOf } from './program.js';

/** Everything that is wrong with a program whose arrays have the right lengths. */
export function verifyRanc(program: RancProgram): readonly Diagnostic[] {
  const { name, spec, cores, outputBus } = program;
  const place = `${name} on "${spec.name}"`;
  const found = new Map<string, { first: string; message: string; remedy: string; count: number }>();
  const report = (code: string, at: string, message: string, remedy: string): void => {
    const known = found.get(code);
    if (known === undefined) found.set(code, { first: at, message, remedy, count: 1 });
    else known.count++;
  };
  const taken = new Set<string>();
  const here = (x: number, y: number): string => `(${x}, ${y})`;
  const inGrid = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < spec.gridWidth && y < spec.gridHeight;
  const gridText = `${spec.gridWidth} x ${spec.gridHeight}`;
  const stand = (x: number, y: number, what: string): void => {
    if (!inGrid(x, y))
      report('core-off-grid', what, `stands on ${here(x, y)}, the grid is ${gridText}`, 'use a larger grid');
    if (taken.has(here(x, y))) report('core-overlap', what, `${here(x, y)} is taken`, 'place the network again');
    taken.add(here(x, y));
  };
  for (let c = 0; c < cores.nCores; c++) stand(cores.x[c]!, cores.y[c]!, `core ${c}`);
  stand(outputBus.x, outputBus.y, 'output bus');
  if (outputBus.nOutputs > spec.busLines) {
    const message = `${outputBus.nOutputs} outputs, the bus has ${spec.busLines} lines`;
    report('bus-too-narrow', 'output bus', message, 'use a network with fewer outputs, or a wider bus');
  }
  const nN = spec.neuronsPerCore;
  for (let c = 0; c < cores.nCores; c++) {
    for (let j = 0; j < cores.listedNeurons[c]!; j++) {
      const n = c * nN + j;
      const at = `core ${here(cores.x[c]!, cores.y[c]!)} neuron ${j}`;
      const x = cores.x[c]! + cores.dx[n]!;
      const y = cores.y[c]! + cores.dy[n]!;
      if (!inGrid(x, y))
        report('target-off-grid', at, `sends to ${here(x, y)}, the grid is ${gridText}`, 'use a larger grid');
      const hop = Math.max(Math.abs(cores.dx[n]!), Math.abs(cores.dy[n]!));
      if (hop > spec.maxHop) {
        report('hop-range', at, `${hop} hops to the target, at most ${spec.maxHop}`, 'place the cores closer');
      }
      const isBus = x === outputBus.x && y === outputBus.y;
      const most = isBus ? outputBus.nOutputs : spec.axonsPerCore;
      const axon = cores.targetAxon[n]!;
      if (axon < 0 || axon >= most) {
        const what = isBus ? 'line of the bus' : 'target axon';
        report(
          isBus ? 'bus-line' : 'target-axon',
          at,
          `${what} ${axon} is not in 0..${most - 1}`,
          'use an existing one',
        );
      }
    }
  }
  return [
    ...RANC_SPECS.check(spec, `chip "${spec.name}"`),
    ...Array.from(found, ([code, { first, message, remedy, count }]) =>
      errorAt(code, `${place}: ${first}${count > 1 ? ` and ${count - 1} more` : ''}`, message, remedy),
    ),
    ...widthProblems({ spec: rancSpecOf(program), cores }, widthsOf(spec)).map((finding) => ({
      ...finding,
      place: `${place}: ${finding.place}`,
    })),
  ];
}
