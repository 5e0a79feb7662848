/** The web worker of the page. */
import kernels from 'virtual:kernels';
import { fromBase64 } from '../../common/base64.js';
import { provideBuilt } from '../../common/platform/page.js';
import type { FromWorker, ToWorker } from './messages.js';

/** What a web worker has of its scope, as far as it is needed here. */
declare const self: {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', hear: (event: { readonly data: ToWorker }) => void): void;
};

provideBuilt(Object.entries(kernels.files).map(([path, text]) => [path, fromBase64(text)]));
// Chips may start kernels as they load.
const session = import('./session.js').then(({ openSession }) => openSession(kernels.version));

self.addEventListener('message', ({ data: { id, request } }) => {
  void session.then(async ({ ask }) => {
    const answer = await ask(request, (done, total) => self.postMessage({ id, progress: [done, total] }));
    self.postMessage({ id, answer });
  });
});
