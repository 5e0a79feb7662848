/** The page: what is chosen goes to the worker, what it answers is shown. */
import type { ProgramView, ViewSteps, ViewTable } from '../../ir/trace/program-view.js';
import type { Answer, AskedFault, CompiledAnswer, PageData, WatchedAnswer } from '../engine/messages.js';
import { canvasOf, element, inputOf, offer, penOf, save, selectOf, withText } from './elements.js';
import { ask } from './engine.js';
import { createPad } from './pad.js';
import { createPlan } from './plan.js';
import { linkOf, stateOf } from './state.js';

interface Manifest {
  readonly examples: readonly { readonly name: string; readonly text: string }[];
  readonly data?: Omit<PageData, 'images' | 'labels'> & { readonly count: number };
}

const $ = (id: string): HTMLElement => element(id, HTMLElement);
const state = stateOf(location.hash);
let view: ProgramView | undefined;
let faults: CompiledAnswer['faults'] = [];
let watched: WatchedAnswer | undefined;
let data: PageData | undefined;
let shape: readonly number[] = [28, 28, 1];
let core = 0;
let timer: ReturnType<typeof setInterval> | undefined;

const pad = createPad(canvasOf('pad'), () => {
  $('label').textContent = 'your drawing';
  void watch();
});
const plan = createPlan(canvasOf('plan'), (chosen) => chooseCore(chosen));

/** The answer of the kind that was asked for; everything else is said. */
function expected<K extends Answer['kind']>(answer: Answer, kind: K): Extract<Answer, { kind: K }> | undefined {
  if (isOf(answer, kind)) {
    $('errors').replaceChildren();
    return answer;
  }
  if (answer.kind === 'failed') {
    const texts = answer.diagnostics.map(
      ({ code, place, message, remedy }) => `${place}: ${message} [${code}]. ${remedy}.`,
    );
    $('errors').replaceChildren(...texts.map((text) => withText('p', text)));
    say('');
  }
  return undefined;
}
const isOf = <K extends Answer['kind']>(answer: Answer, kind: K): answer is Extract<Answer, { kind: K }> =>
  answer.kind === kind;
const say = (text: string): void => {
  $('status').textContent = text;
};

/** The seed, where it is not that at first: as on the command line, a seed that nobody gave is the chip's own. */
function seedGiven(): number | undefined {
  const { seed } = askedFault();
  return seed === 1 ? undefined : seed;
}

function askedFault(): AskedFault {
  const fault = selectOf('fault').value;
  const limit = faults.find(({ name }) => name === fault)?.limit ?? 1;
  const position = inputOf('level').valueAsNumber;
  // Four decades up to the limit of the fault: errors are rare things.
  const level = position === 0 ? 0 : Number((Math.min(1, limit) * 10 ** (4 * (position / 100 - 1))).toPrecision(2));
  $('level-text').textContent = String(level);
  const seed = inputOf('seed').valueAsNumber;
  return { fault, level, seed: Number.isSafeInteger(seed) && seed >= 0 ? seed : 1 };
}

async function open(bytes: Uint8Array, place: string): Promise<void> {
  say(`reading ${place}`);
  const opened = expected(await ask({ kind: 'open', bytes, place }), 'opened');
  if (opened === undefined) return;
  shape = opened.shape;
  const chips = selectOf('chip');
  const wanted = chips.value || state.chip;
  offer(
    chips,
    opened.chips.map(({ name }) => [name, name]),
  );
  if (opened.chips.some(({ name }) => name === wanted)) chips.value = wanted;
  chips.disabled = false;
  await compile();
}

async function compile(): Promise<void> {
  const chip = selectOf('chip').value;
  say(`compiling for ${chip}`);
  stop();
  const made = expected(await ask({ kind: 'compile', chip, seed: seedGiven() }), 'compiled');
  [view, watched] = [made?.view, undefined];
  if (made === undefined) return draw();
  faults = made.faults;
  const fault = selectOf('fault');
  const wanted = fault.value || state.fault;
  offer(
    fault,
    faults.map(({ name, text }) => [name, `${name}: ${text}`]),
  );
  if (faults.some(({ name }) => name === wanted)) fault.value = wanted;
  $('lead').textContent = made.view.lead;
  showTable(made.view.layers);
  $('warnings').replaceChildren(...made.warnings.map(({ place, message }) => withText('li', `${place}: ${message}`)));
  const cores = made.view.floorPlan?.x ?? [];
  offer(
    selectOf('core'),
    cores.map((x, i) => [String(i), `${i} at ${x}, ${made.view.floorPlan?.y[i] ?? 0}`]),
  );
  core = 0;
  say(`${made.view.name} on ${made.view.chip}: ${made.view.cores} cores`);
  await watch();
}

async function watch(): Promise<void> {
  if (view === undefined) return;
  const image = pad.image();
  const channels = shape[2] ?? 1;
  const values =
    channels === 1
      ? image
      : Uint8Array.from({ length: image.length * channels }, (_, i) => image[Math.floor(i / channels)] ?? 0);
  const found = expected(await ask({ kind: 'watch', image: values, fault: askedFault() }), 'watched');
  remember();
  if (found === undefined) return;
  watched = found;
  const tick = inputOf('tick');
  const count = found.trace?.steps ?? view.steps?.steps.length ?? 1;
  tick.max = String(count - 1);
  for (const id of ['tick', 'back', 'forward', 'play']) $(id).toggleAttribute('disabled', count < 2);
  $('core-row').hidden = found.trace === undefined;
  showScores(found);
  draw();
}

function showScores({ expected: network, scores, expectedClass, decidedClass }: WatchedAnswer): void {
  const low = Math.min(...scores);
  const span = Math.max(1, Math.max(...scores) - low);
  const isSame = network.every((score, k) => score === scores[k]);
  const verdict = $('verdict');
  verdict.textContent = isSame
    ? `${decidedClass}, bit for bit`
    : `${decidedClass}; the network says ${expectedClass}, scores differ`;
  verdict.className = isSame ? 'good' : 'bad';
  const rows = [...scores].map((score, k) => {
    const row = document.createElement('tr');
    if (k === decidedClass) row.className = 'decided';
    const differs = network[k] !== score;
    const bar = withText('div', '', 'bar');
    bar.style.width = `${(100 * (score - low)) / span}%`;
    const head = withText('th', String(k));
    head.setAttribute('scope', 'row');
    const cell = document.createElement('td');
    cell.append(bar);
    row.append(
      head,
      withText('td', String(network[k])),
      withText('td', `${differs ? '≠ ' : ''}${score}`, differs ? 'differs' : ''),
      cell,
    );
    return row;
  });
  element('scores', HTMLTableElement).tBodies[0]?.replaceChildren(...rows);
}

function showTable({ columns, rows }: ViewTable): void {
  const head = document.createElement('tr');
  head.append(...columns.map(({ title, align }) => Object.assign(withText('th', title, align), { scope: 'col' })));
  const body = rows.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map((text, i) => withText(i === 0 ? 'th' : 'td', text, columns[i]?.align ?? '')));
    return row;
  });
  const thead = document.createElement('thead');
  thead.append(head);
  const tbody = document.createElement('tbody');
  tbody.append(...body);
  $('layers').replaceChildren(thead, tbody);
}

function draw(): void {
  const step = inputOf('tick').valueAsNumber;
  const trace = watched?.trace;
  const canvas = canvasOf('plan');
  if (view?.steps !== undefined) return drawSteps(view.steps, step);
  plan.show(view?.floorPlan, trace, step, core);
  const spikes = trace === undefined ? 0 : sum(trace.counts.subarray(step * trace.nCores, (step + 1) * trace.nCores));
  const text = trace === undefined ? 'no spikes to show' : `tick ${step} of ${trace.steps}: ${spikes} spikes`;
  $('now').textContent = text;
  canvas.setAttribute('aria-label', `Floor plan of ${view?.cores ?? 0} cores in use, ${text}`);
  drawNeurons(step);
}

/** Cores that change their work: those of one layer. */
function drawSteps(steps: ViewSteps, index: number): void {
  const nCores = plan.showSteps(steps, index);
  const { label = '', text = '' } = steps.steps[index] ?? {};
  const length = steps.use.lengths[index] ?? 0;
  $('now').textContent = `${label}: ${nCores} cores, ${length} ${steps.use.timeUnit}`;
  canvasOf('plan').setAttribute('aria-label', `Cores that work on ${label}: ${nCores}. ${text}`);
}
const sum = (values: Uint16Array): number => values.reduce((a, b) => a + b, 0);

function drawNeurons(step: number): void {
  const canvas = canvasOf('neurons');
  const pen = penOf(canvas);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const trace = watched?.trace;
  const floor = view?.floorPlan;
  if (trace?.fired === undefined || floor === undefined) {
    $('core-text').textContent = '';
    return;
  }
  const { neuronsPerCore, nCores, fired } = trace;
  const across = Math.ceil(Math.sqrt(neuronsPerCore));
  const cell = canvas.width / across;
  const at = (step * nCores + core) * neuronsPerCore;
  let nFired = 0;
  for (let i = 0; i < neuronsPerCore; i++) {
    const isFiring = fired[at + i] === 1;
    if (isFiring) nFired++;
    pen.fillStyle = isFiring ? '#fde725' : '#2b3440';
    pen.fillRect((i % across) * cell + 0.5, Math.floor(i / across) * cell + 0.5, cell - 1, cell - 1);
  }
  const layer = floor.layers[floor.layer[core] ?? -1] ?? 'no layer';
  $('core-text').textContent = `Core ${core}, ${layer}: ${nFired} of ${neuronsPerCore} neurons fire in this tick.`;
  canvas.setAttribute('aria-label', `Neurons of core ${core}: ${nFired} of ${neuronsPerCore} fire`);
}

function chooseCore(chosen: number): void {
  core = chosen;
  selectOf('core').value = String(chosen);
  draw();
}

async function measure(): Promise<void> {
  if (data === undefined || view === undefined) return;
  const limit = Math.max(1, Math.min(data.labels.length, Math.floor(inputOf('limit').valueAsNumber) || 1));
  const bar = element('progress', HTMLProgressElement);
  const asked = ask({ kind: 'measure', data, limit, fault: askedFault() }, (done, total) => {
    bar.value = done / total;
  });
  remember();
  const found = expected(await asked, 'measured');
  if (found === undefined) return;
  bar.value = 1;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const [low, high] = found.interval;
  $('accuracy').textContent =
    `${percent(found.accuracy)} of ${found.samples} images (95 %: ${percent(low)} to ${percent(high)}); ` +
    `network ${percent(found.accuracyInteger)}; ${found.mismatches} differ from the network`;
}

function step(by: number): void {
  const tick = inputOf('tick');
  const count = Number(tick.max) + 1;
  tick.value = String((tick.valueAsNumber + by + count) % count);
  draw();
}
function stop(): void {
  clearInterval(timer);
  timer = undefined;
  $('play').setAttribute('aria-pressed', 'false');
  $('play').textContent = 'Play';
}
function play(): void {
  if (timer !== undefined) return stop();
  $('play').setAttribute('aria-pressed', 'true');
  $('play').textContent = 'Pause';
  timer = setInterval(() => step(1), 1000 / Math.max(1, Math.min(60, inputOf('speed').valueAsNumber || 8)));
}

function showImage(): void {
  if (data === undefined) return;
  const index = Math.max(0, Math.min(data.labels.length - 1, Math.floor(inputOf('index').valueAsNumber) || 0));
  const side = data.shape[0] ?? 28;
  pad.set(data.images.subarray(index * side * side, (index + 1) * side * side), side);
  $('label').textContent = `${data.name} test image, labelled ${data.labels[index]}`;
  void watch();
}

function remember(): void {
  const { fault, level, seed } = askedFault();
  const position = inputOf('level').value;
  const link = { example: selectOf('example').value, chip: selectOf('chip').value, image: inputOf('index').value };
  history.replaceState(
    null,
    '',
    linkOf({ ...link, fault: level > 0 ? fault : '', level: level > 0 ? position : '', seed: String(seed) }),
  );
}

async function exportAs(what: 'program' | 'result' | 'report'): Promise<void> {
  const made = expected(await ask({ kind: 'export', what }), 'exported');
  if (made !== undefined) save(new Blob([made.bytes.slice()]), made.name);
}

const fetched = async (path: string): Promise<Uint8Array> => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
};
const openExample = async (): Promise<void> => {
  const name = selectOf('example').value;
  await open(await fetched(`./examples/${name}.lsn`), `${name}.lsn`);
};
const openFile = async (file: File): Promise<void> => {
  if (file.size > 1 << 28) {
    $('errors').replaceChildren(withText('p', `${file.name}: ${file.size} bytes are more than this page reads`));
    return;
  }
  await open(new Uint8Array(await file.arrayBuffer()), file.name);
};

function listen(): void {
  const on = (id: string, type: string, then: () => unknown): void => $(id).addEventListener(type, () => void then());
  on('example', 'change', openExample);
  on('chip', 'change', compile);
  on('clear', 'click', () => {
    pad.set(new Uint8Array(pad.image().length), data?.shape[0] ?? 28);
    $('label').textContent = 'draw a digit';
  });
  on('index', 'change', showImage);
  on('back', 'click', () => step(-1));
  on('forward', 'click', () => step(1));
  on('play', 'click', play);
  on('tick', 'input', draw);
  on('core', 'change', () => chooseCore(Number(selectOf('core').value)));
  on('level', 'input', askedFault);
  for (const id of ['level', 'fault']) on(id, 'change', async () => Promise.all([watch(), measure()]));
  on('seed', 'change', compile);
  on('measure', 'click', measure);
  on('export-program', 'click', () => exportAs('program'));
  on('export-result', 'click', () => exportAs('result'));
  on('export-report', 'click', () => exportAs('report'));
  on('export-plan', 'click', () =>
    canvasOf('plan').toBlob((blob) => {
      if (blob !== null) save(blob, 'floor-plan.png');
    }),
  );
  on('file', 'change', async () => {
    const [file] = inputOf('file').files ?? [];
    if (file !== undefined) await openFile(file);
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  document.addEventListener('dragleave', () => document.body.classList.remove('dropping'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    document.body.classList.remove('dropping');
    const [file] = event.dataTransfer?.files ?? [];
    if (file !== undefined) void openFile(file);
  });
}

async function start(): Promise<void> {
  listen();
  const manifest: Manifest = await (await fetch('./manifest.json')).json();
  offer(
    selectOf('example'),
    manifest.examples.map(({ name, text }) => [name, text]),
  );
  if (manifest.examples.some(({ name }) => name === state.example)) selectOf('example').value = state.example;
  inputOf('seed').value = state.seed;
  inputOf('index').value = state.image;
  inputOf('level').value = state.level;
  if (manifest.data !== undefined) {
    const { count, ...kind } = manifest.data;
    const bytes = await fetched('./data.bin');
    data = { ...kind, images: bytes.slice(count), labels: bytes.slice(0, count) };
    inputOf('index').max = String(count - 1);
    inputOf('limit').max = String(count);
  }
  showImage();
  await openExample();
  if ('serviceWorker' in navigator)
    await navigator.serviceWorker.register('./service-worker.js').catch(() => undefined);
}
void start();
