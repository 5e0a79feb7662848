import { type Html, trusted } from '../html.js';

/**
 * What the page does in a browser, without any library and any request: the plot of two measures with a brush, the table and the parallel
 * coordinates that follow it, and the point that is chosen with the mouse or the keyboard. It reads the data of the page and nothing else.
 */
export const PAGE_SCRIPT: Html = trusted(`
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = (id) => document.getElementById(id);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const rows = data.rows;
  const objectives = data.measures.map((m, i) => ({ ...m, i })).filter((m) => m.better);
  const state = { group: '', x: 0, y: 0, brush: null, chosen: null, sort: null, up: true };
  const said = (v) => v === null || v === undefined ? '-' : typeof v === 'number' ? String(Number(v.toPrecision(4))) : String(v);
  const option = (text, value) => Object.assign(document.createElement('option'), { textContent: text, value });

  const groups = [...new Set(rows.map((r) => r.group))];
  for (const g of groups) byId('group').append(option(g, g));
  for (const id of ['x', 'y']) data.measures.forEach((m, i) => byId(id).append(option(m.unit ? m.name + ' [' + m.unit + ']' : m.name, i)));
  const first = objectives[0] ? objectives[0].i : 0;
  const second = objectives[1] ? objectives[1].i : first;
  state.group = groups[0] || '';
  state.x = second; state.y = first;
  byId('x').value = state.x; byId('y').value = state.y;

  const own = () => rows.filter((r) => r.group === state.group && r.measures[state.x] !== null && r.measures[state.y] !== null);
  const box = { left: 64, right: 16, top: 12, bottom: 40, width: 900, height: 420 };
  const range = (values) => {
    let low = Infinity, high = -Infinity;
    for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
    if (!(low <= high)) return [0, 1];
    const pad = high > low ? 0.04 * (high - low) : Math.abs(high) * 0.05 || 1;
    return [low - pad, high + pad];
  };
  const scale = ([low, high], a, b) => (v) => a + ((v - low) / (high - low)) * (b - a);
  const ticks = ([low, high]) => {
    const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const out = [];
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) out.push(Number(v.toPrecision(12)));
    return out;
  };
  const svgNode = (name, attributes, text) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const canvasOf = (id, width, height) => {
    const canvas = byId(id), ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio; canvas.height = height * ratio;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio); context.clearRect(0, 0, width, height);
    return context;
  };
  const sized = (id) => { const r = byId(id).getBoundingClientRect(); return [Math.max(300, r.width), Math.max(200, r.height)]; };

  let toX, toY;
  function drawPlot() {
    const points = own();
    [box.width, box.height] = sized('plot');
    const rx = range(points.map((r) => r.measures[state.x])), ry = range(points.map((r) => r.measures[state.y]));
    toX = scale(rx, box.left, box.width - box.right); toY = scale(ry, box.height - box.bottom, box.top);
    const context = canvasOf('dots', box.width, box.height);
    context.strokeStyle = css('--line');
    for (const v of ticks(rx)) { context.beginPath(); context.moveTo(toX(v), box.top); context.lineTo(toX(v), box.height - box.bottom); context.stroke(); }
    for (const v of ticks(ry)) { context.beginPath(); context.moveTo(box.left, toY(v)); context.lineTo(box.width - box.right, toY(v)); context.stroke(); }
    for (const r of points) {
      if (r.isOnFront) continue;
      context.fillStyle = r.isFeasible ? css('--muted') : css('--idle');
      context.globalAlpha = inBrush(r) ? 0.9 : 0.25;
      context.beginPath(); context.arc(toX(r.measures[state.x]), toY(r.measures[state.y]), 3, 0, 7); context.fill();
    }
    context.globalAlpha = 1;
    const svg = byId('overlay');
    svg.replaceChildren();
    svg.setAttribute('viewBox', '0 0 ' + box.width + ' ' + box.height);
    for (const v of ticks(rx)) svg.append(svgNode('text', { x: toX(v), y: box.height - box.bottom + 16, 'text-anchor': 'middle' }, said(v)));
    for (const v of ticks(ry)) svg.append(svgNode('text', { x: box.left - 6, y: toY(v) + 4, 'text-anchor': 'end' }, said(v)));
    const named = (i) => data.measures[i].name + (data.measures[i].unit ? ' [' + data.measures[i].unit + ']' : '');
    svg.append(svgNode('text', { x: (box.left + box.width - box.right) / 2, y: box.height - 6, 'text-anchor': 'middle' }, named(state.x)));
    svg.append(svgNode('text', { x: 12, y: (box.height - box.bottom) / 2, 'text-anchor': 'middle', transform: 'rotate(-90 12 ' + (box.height - box.bottom) / 2 + ')' }, named(state.y)));
    for (const r of points.filter((one) => one.isOnFront)) {
      const circle = svgNode('circle', { cx: toX(r.measures[state.x]), cy: toY(r.measures[state.y]), r: 5.5, tabindex: 0, role: 'button',
        class: 'front' + (state.chosen === r ? ' chosen' : ''), 'aria-label': 'point ' + r.point + ' of the front: ' + wordsOf(r), opacity: inBrush(r) ? 1 : 0.4 });
      circle.append(svgNode('title', {}, wordsOf(r)));
      circle.addEventListener('click', (event) => { event.stopPropagation(); choose(r); });
      circle.addEventListener('pointerdown', (event) => event.stopPropagation());
      circle.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(r); byId('overlay').querySelector('.chosen').focus(); } });
      svg.append(circle);
    }
    if (state.brush) {
      const [x0, x1, y0, y1] = state.brush;
      svg.append(svgNode('rect', { class: 'brush', x: toX(x0), width: Math.max(1, toX(x1) - toX(x0)), y: toY(y1), height: Math.max(1, toY(y0) - toY(y1)) }));
    }
  }
  function wordsOf(r) {
    const set = data.settings.map((name, i) => r.values[i] === null ? '' : name + ' ' + said(r.values[i])).filter(Boolean);
    const got = objectives.map((m) => m.name + ' ' + said(r.measures[m.i]));
    return [r.network + ' on ' + r.chip, ...set, ...got].join(', ');
  }
  function inBrush(r) {
    if (!state.brush) return true;
    const [x0, x1, y0, y1] = state.brush, x = r.measures[state.x], y = r.measures[state.y];
    return x >= x0 && x <= x1 && y >= y0 && y <= y1;
  }

  function drawParallel() {
    const points = own();
    const [width, height] = sized('lines');
    const context = canvasOf('lines', width, height);
    const axes = [
      ...data.settings.map((name, i) => ({ name, of: (r) => r.values[i] })),
      ...objectives.map((m) => ({ name: m.name, of: (r) => r.measures[m.i] })),
    ].map((axis) => {
      const values = points.map(axis.of).filter((v) => v !== null && v !== undefined);
      if (values.every((v) => typeof v === 'number')) return { ...axis, at: scale(range(values), height - 30, 30), ends: [Math.min(...firsts(values)), Math.max(...firsts(values))] };
      const names = [...new Set(values.map(String))];
      return { ...axis, at: (v) => scale([-0.5, names.length - 0.5], height - 30, 30)(names.indexOf(String(v))), ends: [names[0], names.at(-1)] };
    });
    const x = (i) => 50 + (i * (width - 100)) / Math.max(1, axes.length - 1);
    const line = (r) => {
      context.beginPath();
      let pen = false;
      axes.forEach((axis, i) => { const v = axis.of(r); if (v === null || v === undefined) { pen = false; return; } if (pen) context.lineTo(x(i), axis.at(v)); else context.moveTo(x(i), axis.at(v)); pen = true; });
      context.stroke();
    };
    const order = [...points].sort((a, b) => rank(a) - rank(b));
    for (const r of order) {
      const look = rank(r);
      context.strokeStyle = [css('--idle'), css('--muted'), css('--accent'), css('--bad')][look];
      context.globalAlpha = [0.15, 0.3, 0.9, 1][look]; context.lineWidth = look >= 2 ? 1.8 : 1;
      line(r);
    }
    context.globalAlpha = 1; context.lineWidth = 1; context.font = '12px system-ui, sans-serif'; context.textAlign = 'center';
    axes.forEach((axis, i) => {
      context.strokeStyle = css('--line'); context.beginPath(); context.moveTo(x(i), 30); context.lineTo(x(i), height - 30); context.stroke();
      context.fillStyle = css('--ink'); context.fillText(axis.name.split('.').at(-1), x(i), 14);
      context.fillStyle = css('--muted'); context.fillText(said(axis.ends[1]), x(i), 27); context.fillText(said(axis.ends[0]), x(i), height - 12);
    });
  }
  // Spreading a hundred thousand numbers into a call is more than a stack holds.
  const firsts = (values) => { let low = values[0], high = values[0]; for (const v of values) { if (v < low) low = v; if (v > high) high = v; } return [low, high]; };
  const rank = (r) => state.chosen === r ? 3 : !inBrush(r) ? 0 : r.isOnFront ? 2 : 1;

  function fillTable() {
    const inside = own().filter((r) => inBrush(r) && (state.brush || r.isOnFront));
    const columns = [{ name: 'point', of: (r) => r.point }, { name: 'network', of: (r) => r.network }, { name: 'chip', of: (r) => r.chip },
      ...data.settings.map((name, i) => ({ name, of: (r) => r.values[i] })), ...data.measures.map((m, i) => ({ name: m.name, of: (r) => r.measures[i] }))]
      .filter((c) => inside.some((r) => c.of(r) !== null && c.of(r) !== undefined));
    const by = columns.find((c) => c.name === state.sort) || columns.find((c) => objectives.some((m) => m.name === c.name)) || columns[0];
    if (by) inside.sort((a, b) => { const [p, q] = [by.of(a), by.of(b)]; const d = p === q ? a.point - b.point : p > q ? 1 : -1; return state.up ? d : -d; });
    const head = document.createElement('tr');
    for (const c of columns) {
      const th = document.createElement('th'); th.scope = 'col';
      if (by && c.name === by.name) th.setAttribute('aria-sort', state.up ? 'ascending' : 'descending');
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: c.name });
      button.addEventListener('click', () => { state.up = state.sort === c.name ? !state.up : true; state.sort = c.name; fillTable(); });
      th.append(button); head.append(th);
    }
    byId('head').replaceChildren(head);
    byId('body').replaceChildren(...inside.slice(0, 200).map((r) => {
      const tr = document.createElement('tr'); tr.tabIndex = 0;
      tr.setAttribute('aria-selected', String(state.chosen === r));
      for (const c of columns) { const td = document.createElement('td'); td.textContent = said(c.of(r)); tr.append(td); }
      tr.addEventListener('click', () => choose(r));
      tr.addEventListener('keydown', (event) => { if (event.key === 'Enter') choose(r); });
      return tr;
    }));
    byId('shown').textContent = (state.brush ? inside.length + ' points in the rectangle' : inside.length + ' points of the front') + (inside.length > 200 ? ', the first 200 in this order' : '');
  }

  function choose(r) {
    state.chosen = r;
    byId('chosen').textContent = r ? 'Point ' + r.point + ': ' + wordsOf(r) : 'None.';
    for (const node of document.querySelectorAll('[data-mapping]')) node.hidden = !r || node.dataset.mapping !== String(r.point);
    byId('unmapped').hidden = !r || document.querySelector('[data-mapping="' + r.point + '"]') !== null;
    drawPlot(); drawParallel();
    for (const tr of byId('body').children) tr.setAttribute('aria-selected', String(r && tr.firstChild.textContent === String(r.point)));
  }
  const all = () => { drawPlot(); drawParallel(); fillTable(); };
  for (const id of ['group', 'x', 'y']) byId(id).addEventListener('change', (event) => {
    state[id] = id === 'group' ? event.target.value : Number(event.target.value); state.brush = null; all();
  });
  byId('clear').addEventListener('click', () => { state.brush = null; all(); });

  let from = null;
  const place = (event) => { const r = byId('plot').getBoundingClientRect(); return [event.clientX - r.left, event.clientY - r.top]; };
  const back = (f, a, b) => { const v0 = f(0), v1 = f(1); return (p) => (p - v0) / (v1 - v0); };
  byId('plot').addEventListener('pointerdown', (event) => { from = place(event); byId('plot').setPointerCapture(event.pointerId); });
  byId('plot').addEventListener('pointermove', (event) => {
    if (!from) return;
    const to = place(event), ix = back(toX), iy = back(toY);
    const xs = [ix(from[0]), ix(to[0])].sort((a, b) => a - b), ys = [iy(from[1]), iy(to[1])].sort((a, b) => a - b);
    state.brush = [xs[0], xs[1], ys[0], ys[1]];
    drawPlot();
  });
  byId('plot').addEventListener('pointerup', (event) => {
    if (!from) return;
    const to = place(event);
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 4) state.brush = null;
    from = null; all();
  });
  window.addEventListener('resize', () => { drawPlot(); drawParallel(); });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', all);
  choose(null); all();
})();
`);
