/** A kind of chip that computes like another one: its own name and presets, and whatever else its author replaces. */
import { z } from 'zod';
import { present } from '../common/assert.js';
import { fail } from '../common/diagnostics.js';
import type { OtherPreset } from '../common/parameters/spec-definition.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { Chip, ChipKit, ChipSpec, OpenProgram, SpecFamily } from './chip.js';

/** What is another chip's own. */
export interface OtherChip {
  /** As in `--chip`, in files the `kind` of its programs: lower case, no spaces. */
  readonly name: string;
  /** In the middle of a sentence, in the plural. */
  readonly title: string;
  /** By name, the first one is the standard chip; what a preset leaves out is as in the standard chip of `base`. */
  readonly presets: Readonly<Record<string, OtherPreset>>;
}

/**
 * A chip like `base`: programs are those of `base` under another name. Replace more of it by a spread:
 * `{ ...chipLike(base, ...), costs: ... }`. @throws UserError for presets out of range, and for a base that has no others like it
 */
export function chipLike(base: Chip, { name, title, presets }: OtherChip): Chip {
  const specs: SpecFamily =
    base.specs.others?.(title, presets) ??
    fail('no-others', `chip "${base.name}"`, 'its parameters are its own', 'start from another chip');
  const { inner, outer } = programsOf(base.name, name);
  const opened = ({ program, ...file }: OpenProgram): OpenProgram => ({ ...file, program: inner(program) });
  return {
    ...{ name, title, specs },
    ...{ options: base.options, passes: base.passes, optionsSchema: base.optionsSchema, damages: base.damages },
    ...(base.spikingPasses === undefined ? {} : { spikingPasses: base.spikingPasses }),
    ...{ engines: base.engines, realWeights: base.realWeights },
    faults: (spec) => ({ ...base.faults(spec), chip: name, chips: title }),
    format: {
      kind: name,
      schema: z
        // Programs of the base itself are none of this chip.
        .preprocess((value) => (isOfKind(value, name) ? { ...value, kind: base.name } : undefined), base.format.schema)
        .transform(outer),
      check: (program, place, remedy) => base.format.check(inner(program), place, remedy),
    },
    // Program files of other tools are those of the base.
    imports: [],
    ...(base.kit === undefined
      ? {}
      : { kit: async () => kitLike(await asked(base.kit), { inner, outer }, standardOf(specs)) }),

    costs: (spec) => base.costs(spec),
    ...(base.adapt === undefined
      ? {}
      : { adapt: (integer, request) => base.adapt?.(integer, request) ?? unadapted(integer) }),
    compile: (integer, { spec = standardOf(specs), ...request }) => {
      const compiled = base.compile(integer, { ...request, spec });
      return { ...compiled, program: outer(compiled.program) };
    },
    isProgram: (program: ChipProgram): program is ChipProgram => program.kind === name,
    verify: (program) => base.verify(inner(program)),
    deploy: (file, faults) => outer(base.deploy(opened(file), faults)),
    damage: (program, damages) => outer(base.damage(inner(program), damages)),
    scopeProblems: (program, scope) => base.scopeProblems(inner(program), scope),
    open: (program, options) => base.open(inner(program), options),
    measure: (program) => base.measure(inner(program)),
    structure: (program) => base.structure(inner(program)),
    view: (program) => ({ ...base.view(inner(program)), target: name }),
    ...(base.bounds === undefined ? {} : { bounds: (integer, spec) => present(base.bounds, 'bounds')(integer, spec) }),
    ...(base.extent === undefined ? {} : { extent: (program) => present(base.extent, 'extent')(inner(program)) }),
    ...(base.costParameters === undefined ? {} : { costParameters: base.costParameters }),
    ...(base.reprice === undefined
      ? {}
      : { reprice: (program, output, spec) => present(base.reprice, 'prices')(inner(program), output, spec) }),
    ...(base.moves === undefined ? {} : { moves: (before, after) => base.moves?.(inner(before), inner(after)) ?? [] }),
  };
}

/** Programs under both names. Each is the same object every time: who compares programs, or keeps something by them, sees that nothing changed. */
function programsOf(baseName: string, name: string) {
  const inners = new WeakMap<ChipProgram, ChipProgram>();
  const outers = new WeakMap<ChipProgram, ChipProgram>();
  const keep = (inside: ChipProgram, outside: ChipProgram): void => {
    inners.set(outside, inside);
    outers.set(inside, outside);
  };
  return {
    inner: (program: ChipProgram): ChipProgram => {
      const known = inners.get(program);
      if (known !== undefined) return known;
      const made = { ...program, kind: baseName };
      keep(made, program);
      return made;
    },
    outer: (program: ChipProgram): ChipProgram => {
      const known = outers.get(program);
      if (known !== undefined) return known;
      const made = { ...program, kind: name };
      keep(program, made);
      return made;
    },
  };
}

function kitLike(
  kit: ChipKit,
  { inner, outer }: ReturnType<typeof programsOf>,
  standard: ChipSpec | undefined,
): ChipKit {
  const { explain, mutants, reductions, foreign, sampleStimulus, openThreads, probe } = kit;
  return {
    ...kit,
    randomProgram: (seed, spec = standard, wishes) => outer(kit.randomProgram(seed, spec, wishes)),
    randomStimulus: (program, seed, steps) => kit.randomStimulus(inner(program), seed, steps),
    open: (program, stimulus, model, options) => kit.open(inner(program), stimulus, model, options),
    cores: (program) => kit.cores(inner(program)),
    problems: (program, stimulus) => kit.problems(inner(program), stimulus),
    ...(sampleStimulus === undefined
      ? {}
      : { sampleStimulus: (program, sample) => sampleStimulus(inner(program), sample) }),
    ...(probe === undefined
      ? {}
      : { probe: (program, stepper, stimulus, request) => probe(inner(program), stepper, stimulus, request) }),
    ...(openThreads === undefined
      ? {}
      : { openThreads: (program, stimulus, workers) => openThreads(inner(program), stimulus, workers) }),
    ...(explain === undefined ? {} : { explain: (program, stimulus, at) => explain(inner(program), stimulus, at) }),
    ...(mutants === undefined
      ? {}
      : {
          mutants: mutants.map((mutant) => ({
            ...mutant,
            open: (program, stimulus) => mutant.open(inner(program), stimulus),
          })),
        }),
    ...(reductions === undefined
      ? {}
      : {
          *reductions(program, stimulus) {
            for (const smaller of reductions(inner(program), stimulus)) {
              yield { ...smaller, program: outer(smaller.program) };
            }
          },
        }),
    ...(foreign === undefined ? {} : { foreign: { ...foreign, lines: (program) => foreign.lines(inner(program)) } }),
  };
}

const asked = async (kit: Chip['kit']): Promise<ChipKit> =>
  kit?.() ?? fail('no-kit', 'chip', 'it has no kit', 'take a chip that has one');

const isOfKind = (value: unknown, kind: string): value is object =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

const unadapted = (graph: Parameters<NonNullable<Chip['adapt']>>[0]) => ({ graph, warnings: [] });

/** The first preset. */
const standardOf = ({ presets }: SpecFamily) => Object.values(presets)[0];
