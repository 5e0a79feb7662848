/** The worker of one thread of a large chip. */
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../common/assert.js';
import { chipThread, type ChipThreadRequest, type ChipThreadSetup } from './chip-threads.js';

const answer = chipThread(present<ChipThreadSetup>(workerData, 'chip thread setup'));
const port = present(parentPort, 'port of a worker');

port.on('message', (request: ChipThreadRequest) => {
  answer(request);
  port.postMessage(true);
});
