/** What the specification did at one neuron or line of the bus in one tick: it runs up to there again and listens. */
import { updateNeuron } from '../../../hw-models/ranc/neuron.js';
import { RANC_RESET_MODE } from '../../../ir/program/formats/ranc/types.js';
import type { FieldPlace, StepExplanation, Stimulus } from '../../kit.js';
import type { RancProgram } from '../program.js';
import { referenceChip } from './steppers.js';

/** The explanation of a value of one of the fields of the models. */
export function explainRanc(program: RancProgram, stimulus: Stimulus, at: FieldPlace): StepExplanation {
  if (at.field !== 'bus') return ofNeuron(program, stimulus, at.step, at.index);
  const { cores, outputBus, spec } = program;
  const drivers = Array.from(cores.targetAxon.keys()).filter((n) => {
    const c = Math.floor(n / spec.neuronsPerCore);
    const isListed = n % spec.neuronsPerCore < cores.listedNeurons[c]!;
    const isBus = cores.x[c]! + cores.dx[n]! === outputBus.x && cores.y[c]! + cores.dy[n]! === outputBus.y;
    return isListed && isBus && cores.targetAxon[n] === at.index;
  });
  const explained = drivers.map((n) => ofNeuron(program, stimulus, at.step, n));
  return {
    place: `line ${at.index} of the bus`,
    inputs: explained.map(({ place, rules }) => [place, rules.includes('fire') ? 'fires' : 'is silent'] as const),
    rules: [...(explained[0]?.rules ?? []), 'bus'],
  };
}

function ofNeuron(program: RancProgram, stimulus: Stimulus, step: number, flat: number): StepExplanation {
  const { spec, cores } = program;
  const nN = spec.neuronsPerCore;
  const core = Math.floor(flat / nN);
  const rules: string[] = [];
  const heard: { seen?: { readonly summed: number; readonly potential: number; readonly spike: boolean } } = {};
  let tick = 0;
  const chip = referenceChip(program, stimulus, {
    update: (all, of, n, summed, note) => {
      const result = updateNeuron(all, of, n, summed, note);
      if (tick === step && n === flat) heard.seen = { summed, ...result };
      return result;
    },
    note: (rule, c, neuron) => {
      if (tick === step && c === core && neuron === flat % nN) rules.push(rule);
    },
  });
  let before = cores.initialPotential[flat]!;
  for (; tick <= step; tick++) {
    before = chip.potentials()[flat]!;
    chip.tick();
  }
  const place = `core ${core} (${cores.x[core]}, ${cores.y[core]}), neuron ${flat % nN}`;
  const { seen } = heard;
  if (seen === undefined) return { place, inputs: [['listed', 'no']], rules: ['silent'] };
  const mode = cores.resetMode[flat] === RANC_RESET_MODE.linear ? 'linear' : 'absolute';
  return {
    place,
    inputs: [
      ['V before', `${before}`],
      ['weights', `${seen.summed - before}`],
      ['leak', `${cores.leak[flat]}`],
      ['positive threshold', `${cores.positiveThreshold[flat]}`],
      ['negative threshold', `${cores.negativeThreshold[flat]}`],
      ['reset', `${mode}, to ${cores.resetPotential[flat]}`],
      ['V after', `${seen.potential}`],
      ['fires', seen.spike ? 'yes' : 'no'],
    ],
    // Where nothing arrives V stays by the same rule.
    rules: rules.length === 0 ? ['integrate'] : [...new Set(rules)],
  };
}
