import { fail } from '../../common/diagnostics.js';
import { emptyEvents, type EventList, TIME_UNITS } from './event-list.js';

const EVENT_BYTES = 5;

/**
 * Reads a recording of N-MNIST: 40 bits an event, most significant bit first (www.garrickorchard.com/datasets/n-mnist; Orchard, Jayawant,
 * Cohen, Thakor, "Converting static image datasets to spiking neuromorphic datasets using saccades", Frontiers in Neuroscience 9:437, 2015):
 *
 * ```
 * bits 39-32 column | bits 31-24 row | bit 23 polarity (1 = on) | bits 22-0 time in microseconds
 * ```
 * @throws UserError for a file that is no whole number of events
 */
export function parseNmnist(bytes: Uint8Array, place: string): EventList {
  const n = Math.floor(bytes.length / EVENT_BYTES);
  if (n * EVENT_BYTES !== bytes.length) {
    const message = `${bytes.length} bytes are no whole number of events of ${EVENT_BYTES} bytes`;
    fail('bad-event-file', place, message, 'use an intact file of 40-bit events, as N-MNIST has them');
  }
  const events = emptyEvents(n, TIME_UNITS.us);
  for (let i = 0, at = 0; i < n; i++, at += EVENT_BYTES) {
    events.x[i] = bytes[at]!;
    events.y[i] = bytes[at + 1]!;
    events.p[i] = bytes[at + 2]! >> 7;
    events.t[i] = ((bytes[at + 2]! & 0x7f) << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
  }
  return events;
}
