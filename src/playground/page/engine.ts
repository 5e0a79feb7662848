/** The web worker, as the page asks it. */
import type { Answer, FromWorker, Request, ToWorker } from '../engine/messages.js';

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly onProgress: (done: number, total: number) => void;
}

const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module' });
const waiting = new Map<number, Waiting>();
let nAsked = 0;

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  const asked = waiting.get(data.id);
  if (asked === undefined) return;
  if ('progress' in data) return asked.onProgress(...data.progress);
  waiting.delete(data.id);
  asked.resolve(data.answer);
});

/** Asks for one thing. */
export function ask(request: Request, onProgress: Waiting['onProgress'] = () => undefined): Promise<Answer> {
  const message: ToWorker = { id: nAsked++, request };
  return new Promise((resolve) => {
    waiting.set(message.id, { resolve, onProgress });
    worker.postMessage(message);
  });
}
