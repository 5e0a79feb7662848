/**
 * Spikes as text (.sfti, .sfto): a line that names the encoding, a line with the version and the delay of spikes that say
 * none, then one JSON object per spike:
 *
 *   {"class":"SpikeWriter","encoding":"TEXT","nscsVersion":"1.4.0"}
 *   {"version":"sfti1.0","defaultDestinationDelay":1}
 *   {"spike":{"srcTime":0,"destCore":0,"destAxon":14}}
 */
import { Findings } from './findings.js';
import { JsonBytes } from './json-bytes.js';
import { encodeLines } from './lines.js';
import { MAX_SPIKES, MAX_TICK, NOT_NAMED, SpikeBuilder, type SpikeRecords } from './spike-records.js';

const REMEDY = 'a spike is {"spike":{"srcTime":t,"destCore":c,"destAxon":a}}, outputs name srcCore and srcNeuron too';
const INT32 = 2 ** 31;

/** Reads spikes as text. @throws UserError with every bad record and its line */
export function readSpikeText(bytes: Uint8Array, place: string): SpikeRecords {
  const findings = new Findings(bytes, place);
  const json = new JsonBytes(bytes, findings);
  const builder = new SpikeBuilder();
  let defaultDelay = 1;
  // One object serves all spikes: a file has millions.
  const spike = { srcTime: 0, srcCore: 0, srcNeuron: 0, destCore: 0, destAxon: 0, destDelay: 0 };
  const readField = (key: string, position: number): void => {
    const value = json.kind() === 'number' ? json.number() : (json.skip(), Number.NaN);
    switch (key) {
      case 'srcTime':
      case 'srcCore':
      case 'srcNeuron':
      case 'destCore':
      case 'destAxon':
      case 'destDelay':
        if (Number.isInteger(value) && value > -INT32 && value < INT32) spike[key] = value;
        else findings.error('bad-value', position, `${key} is not a whole number of 32 bits`, REMEDY);
        return;
      default:
        findings.warning('unknown-key', position, `unknown key "${key}" of a spike`, 'it is not read');
    }
  };
  const readMember = (key: string): void => {
    if (key === 'spike' && json.kind() === 'object') {
      const start = json.position;
      spike.srcTime = NOT_NAMED;
      spike.srcCore = NOT_NAMED;
      spike.srcNeuron = NOT_NAMED;
      spike.destCore = NOT_NAMED;
      spike.destAxon = NOT_NAMED;
      spike.destDelay = defaultDelay;
      json.members(readField);
      const { srcTime, srcCore, srcNeuron, destCore, destAxon, destDelay } = spike;
      const named = srcCore === NOT_NAMED ? destCore !== NOT_NAMED && destAxon !== NOT_NAMED : srcNeuron !== NOT_NAMED;
      if (srcTime < 0 || srcTime > MAX_TICK || !named || destDelay < 0 || destDelay > 255) {
        findings.error('bad-spike', start, 'a spike without a time, or without source and destination', REMEDY);
      } else if (builder.n >= MAX_SPIKES) {
        findings.fatal('too-many-spikes', start, `more than ${MAX_SPIKES} spikes`, 'split the recording');
      } else builder.add(srcTime, srcCore, srcNeuron, destCore, destAxon, destDelay);
    } else if (key === 'defaultDestinationDelay' && json.kind() === 'number') {
      const position = json.position;
      defaultDelay = json.number();
      if (!Number.isInteger(defaultDelay) || defaultDelay < 0 || defaultDelay > 255) {
        findings.error('bad-value', position, `defaultDestinationDelay is ${defaultDelay}`, 'use 1..15');
        defaultDelay = 1;
      }
    } else json.skip();
  };
  while (json.kind() !== 'end') json.members(readMember);
  findings.finish();
  return builder.build();
}

/** Writes spikes as text; what a spike does not name is left out. */
export function writeSpikeText(spikes: SpikeRecords, version: 'sfti1.0' | 'sfto1.0'): Uint8Array {
  const head =
    '{"class":"SpikeWriter","encoding":"TEXT","nscsVersion":"1.4.0"}\n' +
    `{"version":"${version}","defaultDestinationDelay":1}\n`;
  return encodeLines(head, spikes.n, (i) => {
    const delay = spikes.delay[i]!;
    const source = field('srcCore', spikes.srcCore[i]!) + field('srcNeuron', spikes.srcNeuron[i]!);
    const destination = field('destCore', spikes.destCore[i]!) + field('destAxon', spikes.destAxon[i]!);
    const late = delay === 1 && version === 'sfti1.0' ? '' : `,"destDelay":${delay}`;
    return `{"spike":{"srcTime":${spikes.tick[i]!}${source}${destination}${late}}}`;
  });
}

const field = (key: string, value: number): string => (value === NOT_NAMED ? '' : `,"${key}":${value}`);
