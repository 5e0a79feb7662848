/** The worker of one thread of a large chip. */
import { platform } from '#platform';
import { chipThread, type ChipThreadRequest, type ChipThreadSetup } from './chip-threads.js';

const port = platform.threadPort<ChipThreadRequest, ChipThreadSetup>();
const answer = chipThread(port.data);

port.listen((request) => {
  answer(request);
  port.post(true);
});
