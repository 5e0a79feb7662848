/** A program for RANC in lines, for models in another process. */
import { crossbarLines } from '../../crossbar-lines.js';
import type { RancProgram } from '../program.js';
import type { ForeignForm } from '../../kit.js';

const PAGE = `chip CORES AXONS NEURONS WEIGHTS MAXTICKOFFSET RESETTYPE POTENTIALBITS BUSX BUSY LINES
  sizes of all cores; RESETTYPE 0: the negative rule acts at V < threshold, 1: at V <= threshold; the place of the bus and its lines
core CORE X Y LISTED
  the place of a core, and how many of its neurons are listed
axon CORE AXON TYPE N NEURON*N
  type of an axon and the N neurons that it is connected to; axons without a line have no connections
neuron CORE NEURON LEAK POSITIVE NEGATIVE RESET MODE V0 DX DY AXON OFFSET WEIGHT*WEIGHTS
  MODE 0 to RESET, 1 minus the threshold; DX, DY to the destination; AXON there, or the line of the bus`;

/** The form. */
export const RANC_FOREIGN: ForeignForm<RancProgram> = {
  page: PAGE,
  *lines({ spec, cores, outputBus }) {
    const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
    const sizes = [cores.nCores, nA, nN, nWeights, spec.maxTickOffset, spec.resetType, spec.potentialBits];
    yield ['chip', ...sizes, outputBus.x, outputBus.y, outputBus.nOutputs].join(' ');
    for (let c = 0; c < cores.nCores; c++) yield `core ${c} ${cores.x[c]} ${cores.y[c]} ${cores.listedNeurons[c]}`;
    yield* crossbarLines(cores, nA, nN);
    for (let n = 0; n < cores.nCores * nN; n++) {
      const core = Math.floor(n / nN);
      if (n % nN >= cores.listedNeurons[core]!) continue;
      const values = [
        ...[cores.leak[n], cores.positiveThreshold[n], cores.negativeThreshold[n], cores.resetPotential[n]],
        ...[cores.resetMode[n], cores.initialPotential[n], cores.dx[n], cores.dy[n]],
        ...[cores.targetAxon[n], cores.tickOffset[n], ...cores.weights.subarray(n * nWeights, (n + 1) * nWeights)],
      ];
      yield ['neuron', core, n % nN, ...values].join(' ');
    }
  },
};
