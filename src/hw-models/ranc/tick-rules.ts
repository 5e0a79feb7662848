/** The rules of a tick of RANC, each with its source: what another implementation has to do to fire the same spikes. SOURCES.md has the tests. */

const SIMULATOR = 'github.com/UA-RCL/RANC, sim/';
const RTL = 'github.com/UA-RCL/RANC, rtl/';

/** The rules in the order of a tick. */
export const RANC_TICK_RULES = [
  {
    id: 'entering',
    text: 'Packets of entry 0 enter before tick 1, those of entry t in tick t, after the rings moved.',
    source: `${SIMULATOR}rancgrid.cpp`,
  },
  {
    id: 'ring',
    text: 'A scheduler is a ring of max_tick_offset words of one bit per axon; before tick 1 the last word is the current one.',
    source: `${SIMULATOR}schedulersram.cpp`,
  },
  {
    id: 'offset',
    text: 'A packet of offset d is stored d + 1 words ahead of the current one.',
    source: `${SIMULATOR}schedulersram.cpp`,
  },
  {
    id: 'largest-offset',
    text: 'A packet that meets the current word, one of offset max_tick_offset - 1, is dropped.',
    source: `${SIMULATOR}schedulersram.cpp`,
  },
  {
    id: 'same-axon',
    text: 'Two packets to one axon in one tick are one.',
    source: `${SIMULATOR}schedulersram.cpp`,
  },
  {
    id: 'integrate',
    text: 'V grows by the weight that the neuron has for the type of each active axon that it is connected to.',
    source: `${SIMULATOR}corecontroller.cpp`,
  },
  {
    id: 'leak',
    text: 'V grows by the leak after the weights.',
    source: `${SIMULATOR}corecontroller.cpp`,
  },
  {
    id: 'wrap',
    text: 'V keeps the low bits of its width: 32 in the simulator, 9 by default in the Verilog.',
    source: `${SIMULATOR}neuronblock.h; ${RTL}Adder.v`,
  },
  {
    id: 'fire',
    text: 'A neuron fires when V >= its positive threshold.',
    source: `${SIMULATOR}neuronblock.cpp`,
  },
  {
    id: 'reset',
    text: 'A neuron that fires goes to its reset potential (mode 0), or loses the positive threshold (mode 1).',
    source: `${SIMULATOR}neuronblock.cpp`,
  },
  {
    id: 'negative-rule',
    text: 'One that does not, with V below its negative threshold (reset type 0) or at most there (type 1), goes to minus its reset potential (mode 0), or loses the negative threshold (mode 1).',
    source: `${SIMULATOR}neuronblock.cpp`,
  },
  {
    id: 'silent',
    text: 'Neurons that are not listed never fire: threshold 1, everything else 0.',
    source: `${SIMULATOR}decode.hpp, csramrow.cpp`,
  },
  {
    id: 'bus',
    text: 'The bus shows the spikes of tick t in row t, ignores their offsets and forgets them; two on one line are one.',
    source: `${SIMULATOR}outputbus.cpp`,
  },
  {
    id: 'nowhere',
    text: 'A packet to a place without a core vanishes.',
    source: `${SIMULATOR}router.cpp`,
  },
] as const;

/** The name of a rule. */
export type RancRuleId = (typeof RANC_TICK_RULES)[number]['id'];

/** Hears of every rule that decided something; the neuron is -1 where it is the core's, the core where it is the chip's. */
export type NoteRule = (rule: RancRuleId, coreIdx: number, neuron: number) => void;
