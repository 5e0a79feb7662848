/**
 * The weight side of a core's memory: lines go out to all cores that need them, when the schedule says.
 *
 * Sources: weights stored once in the distributed memory and streamed during each layer (Modha et al. 2023, P; patent 11521085, S); lines
 * spread over the tiles of a group: assumed (A), see timing.ts. A core that shares with nobody reads past the bus (A).
 */
import { assert } from '../../common/assert.js';
import type { LayerWork } from './layer-work.js';
import type { CoreMemory } from './memory.js';
import type { Segment } from './networks.js';
import { lineStep } from './sequencer.js';
import type { Surroundings } from './surroundings.js';
import { lineAddress } from './timing.js';
import type { Place } from './violation.js';

/** Reads the line this core has to send in a cycle, if any, and puts it on the model network. */
export function sendWeights(place: Place, work: LayerWork, memory: CoreMemory, around: Surroundings): void {
  const { plan, share } = work;
  const step = lineStep(plan, share.inGroup, place.cycle);
  if (step === undefined || plan.weights === undefined) return;
  const { spec } = around.program;
  const { mapping } = plan.layer;
  const { stream } = plan.weights;
  const ob = step.pass % mapping.outBlocks;
  // Lines one after the other lie in tiles one after the other: at most one of these is here.
  const nTiles = mapping.rows * mapping.columns;
  const first = (ob * plan.pass.nK + step.k) * stream.lines + step.firstLine;
  const away = (((share.tile - first) % nTiles) + nTiles) % nTiles;
  for (let i = step.firstLine + away; i < step.endLine; i += nTiles) {
    const { tile, offset } = lineAddress(spec, mapping, stream.lines, plan.pass.nK, { ob, k: step.k, i });
    assert(tile === share.tile, `line ${i} of block ${step.k} lies in tile ${tile}`);
    const { weightPort } = memory;
    weightPort.use(place, weightPort.widthBytes);
    around.events.memoryBytes.weightRead += weightPort.widthBytes;
    const bytes = memory.readBytes(place.cycle, work.weights, offset, weightPort.widthBytes);
    const slot = plan.slotsBefore + step.pass * plan.pass.nK + step.k;
    const line = { slot, line: i, lines: stream.lines, bytes, cores: work.weightCores };
    if (work.weightCores.length === 1) around.model.loop(place, line, stream.latency);
    else around.model.send(place, segmentOf(work), line, stream.latency);
  }
}

/** The segment of a share's out-group. */
function segmentOf({ plan, share }: LayerWork): Segment {
  const at = share.outGroup * 4;
  const [x, y, width, height] = plan.layer.mapping.segments.subarray(at, at + 4);
  const whole = x !== undefined && y !== undefined && width !== undefined && height !== undefined;
  assert(whole, `out-group ${share.outGroup} of ${plan.layer.name} has no segment`);
  return { x, y, width, height };
}
