import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import type { CatalogEntry } from '../../src/data/catalog.js';
import { download, type DownloadTask } from '../../src/data/fetch/download.js';
import { fetchDataset } from '../../src/data/fetch/fetch-dataset.js';
import { parseTar } from '../../src/common/archive/tar.js';
import { dataFolder, problemsOf, tarFile } from './support/files.js';

const folder = dataFolder();
const CONTENT = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** A server on 127.0.0.1; `requests` are the Range headers it saw ('-' for none). */
async function serve(handler: Handler): Promise<{ readonly url: string; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers.range ?? '-');
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/file`, requests };
}

/** Sends the content from the byte that is asked for; with `cut` the answer ends after that many bytes. */
function sendRange(request: IncomingMessage, response: ServerResponse, cut?: number): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(
    from > 0 ? 206 : 200,
    from > 0 ? { 'content-range': `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` } : {},
  );
  response.end(CONTENT.subarray(from, cut === undefined ? undefined : from + cut));
}

let n = 0;
function task(urls: readonly string[], change: Partial<DownloadTask> = {}): DownloadTask {
  return { urls, path: folder.at(`out/${n++}`), bytes: CONTENT.length, sha256: sha256(CONTENT), ...change };
}

function expectWhole({ path }: DownloadTask): void {
  expect(Buffer.compare(readFileSync(path), CONTENT)).toBe(0);
  expect(existsSync(`${path}.part`)).toBe(false);
}

describe('a download', () => {
  it('writes the file, and reports how far it is', async () => {
    const { url, requests } = await serve((request, response) => sendRange(request, response));
    const one = task([url]);
    const seen: number[] = [];
    await download(one, { onProgress: (done) => seen.push(done) });
    expectWhole(one);
    expect(requests).toEqual(['-']);
    expect(seen[seen.length - 1]).toBe(CONTENT.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('says that the place cannot be written, and does not blame the network', async () => {
    const { url } = await serve((request, response) => sendRange(request, response));
    writeFileSync(folder.at('a-file'), '');
    const below = download(task([url], { path: folder.at('a-file/below') }));
    await expect(below).rejects.toThrow(/error\[unwritable-output\].*not a folder[^]*--dir/);
    const taken = task([url]);
    mkdirSync(`${taken.path}.part`, { recursive: true });
    await expect(download(taken)).rejects.toThrow(/error\[unwritable-output\].*it is a folder/);
  });

  it('goes on where a connection broke', async () => {
    const { url, requests } = await serve((request, response, nth) =>
      sendRange(request, response, nth < 3 ? 30_000 : undefined),
    );
    const one = task([url]);
    await download(one);
    expectWhole(one);
    expect(requests).toEqual(['-', 'bytes=30000-', 'bytes=60000-']);
  });

  it('gets over connections that are torn down', async () => {
    const { url, requests } = await serve((request, response, nth) => {
      if (nth === 1) request.socket.destroy();
      else if (nth === 2) response.write(CONTENT.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 20));
      else sendRange(request, response);
    });
    const one = task([url]);
    await download(one);
    expectWhole(one);
    expect(requests.length).toBe(3);
  });

  it('goes on in a later call where an earlier one gave up', async () => {
    const broken = await serve((request, response) => sendRange(request, response, 10_000));
    const one = task([broken.url]);
    expect((await problemsOf(() => download(one)))[0]).toContain('broke after 30000 of 100000 bytes');
    expect(existsSync(one.path)).toBe(false);
    const { url, requests } = await serve((request, response) => sendRange(request, response));
    await download({ ...one, urls: [url] });
    expectWhole(one);
    expect(requests).toEqual(['bytes=30000-']);
  });

  it('starts again where the server does not know ranges', async () => {
    const one = task([(await serve((_, response) => response.writeHead(200).end(CONTENT))).url]);
    folder.write(`${one.path.slice(folder.at('').length)}.part`, CONTENT.subarray(0, 500));
    await download(one);
    expectWhole(one);
  });

  it('starts again where the beginning on disk is of another file, or longer than the file', async () => {
    for (const begun of [new Uint8Array(40_000), new Uint8Array(200_000)]) {
      const { url, requests } = await serve((request, response) => sendRange(request, response));
      const one = task([url]);
      folder.write(`${one.path.slice(folder.at('').length)}.part`, begun);
      await download(one);
      expectWhole(one);
      expect(requests.at(-1)).toBe('-');
    }
  });

  it('starts again where the server refuses the range', async () => {
    const { url, requests } = await serve((request, response) => {
      if (request.headers.range === undefined) sendRange(request, response);
      else response.writeHead(416).end();
    });
    const one = task([url]);
    folder.write(`${one.path.slice(folder.at('').length)}.part`, CONTENT.subarray(0, 500));
    await download(one);
    expectWhole(one);
    expect(requests).toEqual(['bytes=500-', '-']);
  });

  it('does not keep a file with another checksum', async () => {
    const { url } = await serve((_, response) => response.end(new Uint8Array(CONTENT.length)));
    const one = task([url]);
    expect((await problemsOf(() => download(one)))[0]).toContain(`SHA-256 ${sha256(new Uint8Array(CONTENT.length))}`);
    expect([existsSync(one.path), existsSync(`${one.path}.part`)]).toEqual([false, false]);
  });

  it('stops a server that sends more than the file has', async () => {
    const { url } = await serve((_, response) => response.end(new Uint8Array(3 * CONTENT.length)));
    const one = task([url]);
    expect((await problemsOf(() => download(one)))[0]).toContain('more than the 100000 bytes');
    expect(existsSync(one.path)).toBe(false);
  });

  it('says when a server ends too early, whatever it announced', async () => {
    const { url } = await serve((_, response) => response.end(CONTENT.subarray(0, 5)));
    expect((await problemsOf(() => download(task([url]))))[0]).toMatch(/broke after \d+ of 100000/);
  });

  it('follows redirects', async () => {
    const home = await serve((request, response) => sendRange(request, response));
    const { url } = await serve((_, response) => response.writeHead(302, { location: home.url }).end());
    const one = task([url]);
    await download(one);
    expectWhole(one);
  });

  it('does not follow redirects for ever', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
    expect((await problemsOf(() => download(task([url])))).length).toBe(1);
    expect(requests.length).toBeLessThan(30);
  });

  it('tries the next address, and names every one that failed', async () => {
    const missing = await serve((_, response) => response.writeHead(404).end());
    const home = await serve((request, response) => sendRange(request, response));
    const one = task([missing.url, home.url]);
    await download(one);
    expectWhole(one);
    closers.splice(1).forEach((close) => close());
    expect(await problemsOf(() => download(task([missing.url, home.url])))).toEqual([
      `fetch-refused ${missing.url}: the server answers with status 404`,
      `no-network ${home.url}: no connection (ECONNREFUSED)`,
    ]);
  });

  it('says that there is no network', async () => {
    const problems = await problemsOf(() => download(task(['http://lodestone.invalid/file'])));
    expect(problems[0]).toMatch(
      /^no-network http:\/\/lodestone.invalid\/file: no connection \((ENOTFOUND|EAI_AGAIN)\)/,
    );
  });

  it('gives up a server that says nothing', async () => {
    const { url } = await serve(() => undefined);
    expect((await problemsOf(() => download(task([url]), { stallMs: 50 })))[0]).toContain('no byte for 50 ms');
  });

  it('stops when it is aborted, and leaves no file', async () => {
    const { url } = await serve(() => undefined);
    const one = task([url]);
    await expect(download(one, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/abort|timeout/i);
    expect(existsSync(one.path)).toBe(false);
  });
});

describe('fetching an archive', () => {
  const member = Uint8Array.from({ length: 700 }, (_, i) => i & 255);
  const entry = (url: string, archive: Uint8Array, wanted = member): CatalogEntry => ({
    name: 'toy',
    shape: [1, 1, 1],
    classNames: ['a'],
    nTrain: 1,
    nTest: 1,
    reference: '',
    licence: '',
    origin: {
      kind: 'archive',
      archive: { name: 'toy.tar.gz', urls: [url], bytes: archive.length, sha256: sha256(archive) },
      members: [{ path: 'toy/a.bin', bytes: wanted.length, sha256: sha256(wanted) }],
    },
  });
  const archive = Uint8Array.from(
    gzipSync(
      tarFile([
        ['../../evil', member],
        ['toy/link.bin', member, '2'],
        ['toy/a.bin', member],
      ]),
    ),
  );

  it('unpacks the wanted members only, and then needs no network', async () => {
    const { url, requests } = await serve((_, response) => response.end(archive));
    const dir = folder.at('toys');
    expect(await fetchDataset(entry(url, archive), { dir })).toEqual({ folder: `${dir}/toy`, wasThere: false });
    expect(new Uint8Array(readFileSync(`${dir}/toy/a.bin`))).toEqual(member);
    expect([existsSync(`${dir}/toy/toy.tar.gz`), existsSync(folder.at('evil'))]).toEqual([false, false]);
    expect((await fetchDataset(entry(url, archive), { dir })).wasThere).toBe(true);
    expect(requests.length).toBe(1);
  });

  it('refuses a member with other bytes, and writes none', async () => {
    const { url } = await serve((_, response) => response.end(archive));
    const dir = folder.at('bad-toys');
    const problems = await problemsOf(() => fetchDataset(entry(url, archive, member.subarray(1)), { dir }));
    expect(problems[0]).toContain('"toy/a.bin" has 700 bytes');
    expect(existsSync(`${dir}/toy/a.bin`)).toBe(false);
  });
});

describe('the tar reader', () => {
  const tar = tarFile([
    ['a', Uint8Array.of(1, 2, 3)],
    ['folder/', new Uint8Array(0), '5'],
    ['b', new Uint8Array(513).fill(7)],
  ]);

  it('finds the regular files', () => {
    const files = parseTar(tar, 'a.tar').map(({ name, bytes }) => [name, bytes.length, bytes[0]]);
    expect(files).toEqual([
      ['a', 3, 1],
      ['b', 513, 7],
    ]);
  });

  it('refuses every truncation before the closing block', async () => {
    const end = tar.length - 512;
    for (let length = 0; length < end; length += 100) {
      expect((await problemsOf(() => parseTar(tar.subarray(0, length), 'a.tar')))[0]).toContain('truncated');
    }
  });

  it('refuses a damaged header and an impossible size', async () => {
    const damaged = Uint8Array.from(tar);
    damaged[0] = present(damaged[0], 'byte') ^ 1;
    expect((await problemsOf(() => parseTar(damaged, 'a.tar')))[0]).toContain('checksum of a header');
  });
});
