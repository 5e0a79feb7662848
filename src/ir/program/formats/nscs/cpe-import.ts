/** From a CPE model file to a program that any engine runs. */
import type { Diagnostic } from '../../../../common/diagnostics.js';
import { unusedCores } from '../../core-arrays.js';
import { sharedAxons } from '../../core-arrays.js';
import {
  type CoreArrays,
  NO_TARGET,
  OUTPUT_PIN_BASE,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../truenorth.js';
import {
  CORE_SHAPE,
  CORE_SIZE,
  type CpeModel,
  FIRST_HOST_CORE,
  MAX_CORES,
  MAX_DELAY,
  typeNumber,
  UNUSED_TYPE,
  coreIndexOf,
} from './cpe-model.js';
import { type CoreDraft, type CpeDraft, finishDraft, parseCpe } from './cpe-parse.js';
import { setNeuron, UNUSED_VALUES } from './neuron-values.js';

/** A model file as a program. */
export interface CpeImport {
  readonly program: TrueNorthProgram;
  readonly model: CpeModel;
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads a CPE model. Cores stand in ascending order of their ids, row by row on the grid of `spec`, or on the smallest square
 * that holds them if there are more; nothing in the format says where a core was placed. A neuron whose destination is a pin
 * of the host drives an output pin of its own, in the order of cores and neurons.
 * @throws UserError with every violation and its line
 */
export function importCpe(bytes: Uint8Array, place: string, spec: TrueNorthSpec): CpeImport {
  const draft = parseCpe(bytes, place);
  const drafts = [...draft.cores].sort((a, b) => a.id - b.id);
  const linker = new Linker(draft, drafts);
  const model = linker.link();
  const warnings = finishDraft(draft);
  const cores = linker.cores;
  place2d(cores, gridFor(cores.nCores, spec).gridWidth);
  return { program: toProgram(cores, model, gridFor(cores.nCores, spec), nameOf(place)), model, warnings };
}

/** The chip's own grid, or the smallest square that holds the cores. */
function gridFor(nCores: number, spec: TrueNorthSpec): TrueNorthSpec {
  const side = Math.ceil(Math.sqrt(nCores));
  if (nCores <= spec.gridWidth * spec.gridHeight) return spec;
  return { ...spec, name: `${spec.name}-${side}x${side}`, gridWidth: side, gridHeight: side };
}

function place2d(cores: CoreArrays, gridWidth: number): void {
  // A small model stays compact: the smallest square, row by row.
  const width = Math.min(gridWidth, Math.ceil(Math.sqrt(cores.nCores)));
  for (let core = 0; core < cores.nCores; core++) {
    cores.x[core] = core % width;
    cores.y[core] = Math.floor(core / width);
  }
}

/** Looks up names and ids, and writes cores. */
class Linker {
  readonly cores: CoreArrays;
  readonly #draft: CpeDraft;
  readonly #drafts: readonly CoreDraft[];
  readonly #coreIds: Int32Array;
  readonly #byName = new Map<string, number>();
  readonly #byNumber = new Map<number, number>();
  #nLeaving = 0;
  #firstLeaving: { readonly position: number; readonly at: string } | undefined;

  constructor(draft: CpeDraft, drafts: readonly CoreDraft[]) {
    this.#draft = draft;
    this.#drafts = drafts;
    this.#coreIds = Int32Array.from(drafts, (core) => core.id);
    this.cores = unusedCores(Math.min(drafts.length, MAX_CORES), CORE_SHAPE);
    draft.neuronTypes.forEach(({ name, position }, index) => {
      if (this.#byName.has(name)) {
        draft.findings.error(
          'duplicate-name',
          position,
          `neuron type "${name}" is there twice`,
          'give each its own name',
        );
      }
      this.#byName.set(name, index);
      const number = typeNumber(name);
      if (number !== undefined) this.#byNumber.set(number, index);
    });
  }

  link(): CpeModel {
    const nNeurons = this.cores.nCores * CORE_SIZE;
    const typeIndex = new Int32Array(nNeurons).fill(-1);
    const destCore = new Int32Array(nNeurons);
    const destAxon = new Int16Array(nNeurons);
    const pins: number[] = [];
    this.#drafts.forEach((core, coreIdx) => {
      if (coreIdx > 0 && this.#coreIds[coreIdx - 1] === core.id) {
        this.#error('duplicate-core', core, `core ${core.id} is there twice`, 'give every core its own id');
      }
      this.#linkCrossbar(core, coreIdx);
      for (let neuron = 0; neuron < CORE_SIZE; neuron++) {
        const i = coreIdx * CORE_SIZE + neuron;
        typeIndex[i] = this.#linkType(core, neuron, i);
        destCore[i] = core.destCores[neuron]!;
        destAxon[i] = core.destAxons[neuron]!;
        this.#linkTarget(core, neuron, i, pins);
      }
    });
    if (this.#firstLeaving !== undefined) {
      const { position, at } = this.#firstLeaving;
      const message = `${this.#nLeaving} neurons send to cores that are not there, first ${at}: their spikes leave the model`;
      this.#draft.findings.warning('dest-core-absent', position, message, 'pass the whole model if they matter');
    }
    return {
      header: this.#draft.header,
      coreIds: this.#coreIds,
      rngSeeds: Uint32Array.from(this.#drafts, (core) => core.rngSeed),
      metadata: this.#drafts.map((core) => core.metadata),
      crossbarNames: this.#drafts.map(({ crossbar }) => (typeof crossbar === 'string' ? crossbar : '')),
      neuronTypes: this.#draft.neuronTypes.map(({ name, values }) => ({ name, values })),
      typeIndex,
      destCore,
      destAxon,
      pinNeuron: Int32Array.from(pins),
    };
  }

  #linkCrossbar(core: CoreDraft, coreIdx: number): void {
    const crossbar = typeof core.crossbar === 'string' ? this.#draft.prototypes.get(core.crossbar) : core.crossbar;
    if (crossbar === undefined) {
      const message = `core ${core.id} has crossbar "${String(core.crossbar)}", which is not there`;
      this.#error('unknown-crossbar', core, message, 'add it to crossbarTypes');
      return;
    }
    this.cores.axonType.set(crossbar.axonType, coreIdx * CORE_SIZE);
    this.cores.synapses.set(crossbar.synapses, coreIdx * crossbar.synapses.length);
  }

  #linkType(core: CoreDraft, neuron: number, i: number): number {
    const number = core.types[neuron]!;
    if (number === UNUSED_TYPE) {
      setNeuron(this.cores, i, UNUSED_VALUES);
      return -1;
    }
    const name = number < 0 ? core.typeNames[-1 - number]! : undefined;
    const index = name === undefined ? this.#byNumber.get(number) : this.#byName.get(name);
    if (index === undefined) {
      const what = name === undefined ? `${number}` : `"${name}"`;
      this.#error(
        'unknown-neuron-type',
        core,
        `core ${core.id} neuron ${neuron} has type ${what}`,
        'add it to neuronTypes',
      );
      return -1;
    }
    setNeuron(this.cores, i, this.#draft.neuronTypes[index]!.values);
    return index;
  }

  #linkTarget(core: CoreDraft, neuron: number, i: number, pins: number[]): void {
    const { target, targetAxon, delay } = this.cores;
    const id = core.destCores[neuron]!;
    const axon = core.destAxons[neuron]!;
    const ticks = core.destDelays[neuron]!;
    const at = `core ${core.id} neuron ${neuron}`;
    target[i] = NO_TARGET;
    if (id === -1 || id === -2) return;
    if (id < 0 && id > FIRST_HOST_CORE) {
      this.#error(
        'dest-core',
        core,
        `${at} has destCore ${id}`,
        'use a core id, -1, -2, or -32 and below for the host',
      );
      return;
    }
    if (axon < 0) this.#error('dest-axon', core, `${at} has destAxon ${axon}`, `use 0..${CORE_SIZE - 1}`);
    if (ticks < 1 || ticks > MAX_DELAY) {
      this.#error('dest-delay', core, `${at} has destDelay ${ticks}`, `use 1..${MAX_DELAY}`);
    }
    delay[i] = ticks;
    if (id <= FIRST_HOST_CORE) {
      target[i] = OUTPUT_PIN_BASE - pins.length;
      pins.push(i);
      return;
    }
    const index = coreIndexOf({ coreIds: this.#coreIds }, id);
    if (index < 0 && this.#draft.isExcerpt) {
      this.#nLeaving++;
      this.#firstLeaving ??= { position: core.position, at: `${at} (destCore ${id})` };
      return;
    }
    if (index < 0) {
      this.#error('dest-core', core, `${at} has destCore ${id}, which is not there`, 'pass the whole model');
      return;
    }
    target[i] = index;
    targetAxon[i] = Math.max(axon, 0);
  }

  #error(code: string, core: CoreDraft, message: string, remedy: string): void {
    this.#draft.findings.error(code, core.position, message, remedy);
  }
}

function toProgram(cores: CoreArrays, model: CpeModel, spec: TrueNorthSpec, name: string): TrueNorthProgram {
  const nPins = model.pinNeuron.length;
  return {
    kind: 'truenorth',
    name,
    spec,
    cores,
    coreLayer: new Int32Array(cores.nCores),
    coreRole: new Array<'layer'>(cores.nCores).fill('layer'),
    layers: [
      {
        ...{ name: 'model', scheme: 'direct', fanIn: CORE_SIZE, nIn: 0, nOut: nPins, cores: cores.nCores },
        ...{ partialCores: 0, splitterCores: 0, copies: 0, window: 1, ticks: 1 },
        ...{ axonUse: 0, neuronUse: 0, limitedBy: 'the model file' },
      },
    ],
    inputShape: [1],
    inputCode: { kind: 'threshold', level: 1 },
    inputs: {
      nElements: 1,
      rowStart: new Int32Array(2),
      core: new Int32Array(0),
      axon: new Uint16Array(0),
      maxCount: 1,
    },
    // The format lets neurons share an axon, whose spikes of one tick are one.
    mergedAxons: sharedAxons(cores, CORE_SIZE),
    timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 },
    outputs: {
      nClasses: 1,
      pinClass: new Int32Array(nPins),
      pinCoefficient: new Int32Array(nPins).fill(1),
      constant: new Int32Array(1),
      scale: Float64Array.of(1),
      offset: new Float64Array(1),
    },
  };
}

/** models/net.json -> net */
const nameOf = (place: string): string => (place.split('/').at(-1) ?? place).replace(/\.json$/i, '');
