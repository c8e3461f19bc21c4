'use strict';
(async () => {
const data = JSON.parse(document.getElementById('data').textContent);

/* numbers: 24 bits each, as differences, in three planes of bytes; see packing.py */
async function whole(text, waves, shift) {
  const bytes = await bytesOf(text), count = bytes.length / (3 * waves), found = new Uint32Array(waves * count);
  for (let w = 0; w < waves; w++) {
    const base = 3 * w * count;
    let sum = 0;
    for (let n = 0; n < count; n++) {
      sum = (sum + (bytes[base + n] << 16) + (bytes[base + count + n] << 8) + bytes[base + 2 * count + n]) & 0xffffff;
      found[w * count + n] = sum << shift;
    }
  }
  return found;
}
const floats = async (text, waves) => new Float32Array((await whole(text, waves, 8)).buffer);

const named = axis => axis.scale === 'words' || bare(axis.unit) && axis.unit in { '': 1, 1: 1 } ? axis.label : axis.label + ' (' + printed(axis.unit) + ')';

/* lines: sweeps, distributions, learning */
function drawCurves(figure) {
  const given = data.curves[+figure.dataset.curves], box = figure.querySelector('.plot');
  const x = given.x, y = given.y, words = x.scale === 'words';
  box.textContent = '';
  const used = given.curves.filter(one => one.x.length);
  if (!used.length) return;
  const positive = v => y.scale === 'log' ? v.map(n => n > 0 ? n : null) : v;
  const order = one => { const k = one.x.map((_, n) => n).filter(n => one.x[n] !== null).sort((a, b) => one.x[a] - one.x[b]); return [k.map(n => one.x[n]), positive(k.map(n => one.y[n]))]; };
  const rising = used.every(one => one.x.every((v, n) => n === 0 || v === null || v >= one.x[n - 1]));
  const table = rising || words || used.some(one => one.style !== 'line') ? uPlot.join(used.map(order), used.map(() => [0])) : null;
  const loop = table === null;
  const tall = words && Math.max(...x.places.map(w => w.length)) * x.places.length > 60;
  const series = used.map(one => ({
    label: one.name || y.label, stroke: () => css('--c' + one.colour), width: one.style === 'points' ? 0 : 1.6, spanGaps: true,
    dash: one.style === 'dashed' ? [6, 4] : undefined, paths: one.style === 'steps' ? uPlot.paths.stepped({ align: 1 }) : one.style === 'points' ? () => null : undefined,
    points: { show: one.style === 'points' || one.style === 'both', size: 5, fill: () => css('--c' + one.colour) },
    value: (u, v) => si(v, y.unit, 5) }));
  const xs = { label: x.label, value: (u, v) => v === null ? '–' : words ? x.places[v] ?? '' : si(v, x.unit, 5) };
  const marks = u => { for (const [, at] of given.marks) { const p = u.valToPos(at, 'x', true), c = u.ctx; if (p < u.bbox.left || p > u.bbox.left + u.bbox.width) continue; c.save(); c.strokeStyle = css('--warn'); c.setLineDash([4, 3]); c.beginPath(); c.moveTo(p, u.bbox.top); c.lineTo(p, u.bbox.top + u.bbox.height); c.stroke(); c.restore(); } };
  const xAxis = axisOf(named(x), tall ? 96 : 48, words ? (u, s) => s.map(v => x.places[v] ?? '') : labels(x.unit, x.scale));
  if (words) { xAxis.splits = () => x.places.map((_, n) => n); if (tall) xAxis.rotate = -30; }
  if (x.scale === 'log') onLog(xAxis);
  if (x.ticks.length) { const step = Math.ceil(x.ticks.length / (narrow() ? 5 : 9)); xAxis.splits = () => x.ticks.filter((_, n) => n % step === 0); xAxis.filter = (u, s) => s; }
  const yAxis = axisOf(named(y), 74, labels(y.unit, y.scale));
  if (y.scale === 'log') onLog(yAxis);
  if (loop) { box.append(...figure.still); return; }
  const spread = (a, b) => { const at = given.marks.map(m => m[1]), low = Math.min(a, ...at), high = Math.max(b, ...at), room = (high - low) * 0.02 || Math.abs(high) * 0.1 || 1; return [low - room, high + room]; };
  const xRange = words ? { range: () => [-0.4, x.places.length - 0.6] } : x.scale === 'log' ? { range: (u, a, b) => [a / 1.1, b * 1.1] } : given.marks.length ? { range: (u, a, b) => a === u.data[0][0] ? spread(a, b) : [a, b] } : {};
  chart({ height: tall ? 290 : 250, cursor: { dataIdx: nearest, drag: { x: !words, y: false } }, hooks: { draw: [marks] },
    scales: { x: { time: false, ...scaleOf(words ? '' : x.scale), ...xRange }, y: scaleOf(y.scale) }, axes: [xAxis, yAxis], series: [xs, ...series] }, table, box);
}

/* waves of the cells of an array; those of all results zoom together */
const groups = [];
let zooming = false;
function zoomAll(min, max, but) {
  if (zooming) return;
  zooming = true;
  for (const group of groups) for (const plot of group.plots) if (plot !== but) plot.setScale('x', { min, max });
  zooming = false;
}
async function makeGroup(holder) {
  const given = data.waves[+holder.dataset.waves], group = { holder, given, plots: [], cell: given.cell, maps: [], values: {}, at: {} };
  const kept = Object.entries(given.channels);
  await Promise.all(kept.map(async ([name, one]) => {
    group.values[name] = await floats(one.z, one.n);
    if (one.at) group.at[name] = await whole(one.at, one.n, 0);
  }));
  const pick = name => holder.querySelector(name);
  const typed = () => choose(group, +pick('.row').value, +pick('.col').value);
  pick('.row').onchange = pick('.col').onchange = typed;
  pick('.span').onchange = e => { const s = given.spans[e.target.value]; s ? zoomAll(s.start, s.stop) : zoomAll(...ends()); };
  pick('.reset').onclick = () => { for (const one of groups) one.holder.querySelector('.span').value = ''; zoomAll(...ends()); };
  return group;
}
const ends = () => [Math.min(...groups.map(g => g.given.time[0])), Math.max(...groups.map(g => g.given.time.at(-1)))];
function place(group, channel) {
  const [r, c] = group.cell, wanted = channel.over === 'cell' ? r * group.given.cols + c : channel.over === 'row' ? r : c;
  return channel.lines ? channel.lines.indexOf(wanted) : wanted;
}
/* time and values of one wave; of those that were thinned, the samples that stayed */
function waveOf(group, name) {
  const channel = group.given.channels[name], values = group.values[name], n = place(group, channel);
  if (n < 0) return null;
  const count = values.length / channel.n, own = values.subarray(n * count, (n + 1) * count);
  if (!group.at[name]) return [group.given.time, own];
  const at = group.at[name].subarray(n * count, (n + 1) * count), x = [], y = [];
  for (let k = 0; k < count; k++) if (k === 0 || at[k] !== at[k - 1]) { x.push(group.given.time[at[k]]); y.push(own[k]); }
  return [x, y];
}
function drawGroup(group) {
  const { given, holder } = group, [r, c] = group.cell, old = group.plots[0];
  const zoom = old && [old.scales.x.min, old.scales.x.max], box = holder.querySelector('.plots');
  drop(group.plots);
  group.plots = [];
  box.textContent = '';
  let lacking = false;
  given.panels.forEach((panel, number) => {
    const waves = panel.waves.map(([name, label], colour) => ({ label: label.replace('{row}', r).replace('{col}', c), colour, got: waveOf(group, name) })).filter(w => w.got || !(lacking = true));
    if (!waves.length) return;
    const title = document.createElement('p'), one = document.createElement('div'), last = number === given.panels.length - 1;
    title.className = 'wave-title';
    title.textContent = panel.title + (panel.scale === 'log' ? ', magnitude' : '');
    one.className = 'wave';
    one.setAttribute('role', 'group');
    one.setAttribute('aria-label', panel.title + ' against time, cell (' + r + ', ' + c + ')');
    box.append(title, one);
    const same = waves.every(w => w.got[0] === waves[0].got[0]);
    const log = panel.scale === 'log', shown = w => Array.from(w.got[1], v => log ? v === 0 ? null : Math.abs(v) : Number.isNaN(v) ? null : v);
    const table = same ? [waves[0].got[0], ...waves.map(shown)] : uPlot.join(waves.map(w => [w.got[0], shown(w)]));
    const spans = u => { for (const s of given.spans) { const a = Math.max(u.valToPos(s.start, 'x', true), u.bbox.left), b = Math.min(u.valToPos(s.stop, 'x', true), u.bbox.left + u.bbox.width); if (b <= a) continue; u.ctx.save(); u.ctx.fillStyle = s.kind === 'write' ? 'rgba(213,94,0,.13)' : s.kind === 'wait' ? 'rgba(128,128,128,.05)' : 'rgba(0,114,178,.08)'; u.ctx.fillRect(a, u.bbox.top, Math.max(b - a - 1, 1), u.bbox.height); u.ctx.restore(); } };
    const yAxis = axisOf(null, 74, labels(panel.unit, panel.scale));
    if (log) onLog(yAxis);
    const exact = w => (u, v, s, at) => { if (at === null || at === undefined || v === undefined) return '–'; if (!log) return si(v, panel.unit, 5); const k = w.got[0].indexOf(u.data[0][at]); return si(k < 0 ? v : w.got[1][k], panel.unit, 5); };
    group.plots.push(chart({ height: narrow() ? 150 : 180, cursor: { dataIdx: nearest, sync: { key: 'time', setSeries: false, scales: ['x', null] }, drag: { x: true, y: false, setScale: true } },
      hooks: { drawClear: [spans], setScale: [(u, key) => { if (key === 'x' && u.ready) zoomAll(u.scales.x.min, u.scales.x.max, u); }], ready: [u => { u.ready = true; }] },
      scales: { x: { time: false }, y: scaleOf(panel.scale) },
      axes: [axisOf(last ? 'time' : null, last ? 46 : 26, labels('s')), yAxis],
      series: [{ label: 'time', value: (u, v) => si(v, 's', 6) }, ...waves.map(w => ({ label: w.label, stroke: () => css('--c' + w.colour), width: 1.5, spanGaps: !same, points: { show: false }, value: exact(w) }))] }, table, one));
  });
  if (zoom) { zooming = true; for (const plot of group.plots) plot.setScale('x', { min: zoom[0], max: zoom[1] }); zooming = false; }
  holder.querySelector('.row').value = r;
  holder.querySelector('.col').value = c;
  holder.querySelector('.which').textContent = 'Cell (' + r + ', ' + c + ')' + (lacking ? ': the page lacks some of its waves, the result has them' : '');
  for (const map of group.maps) map.paint();
}
function choose(from, row, col) {
  for (const group of groups) {
    if (group !== from && (row >= group.given.rows || col >= group.given.cols)) continue;
    const within = (n, most) => Math.min(most - 1, Math.max(0, Math.round(n) || 0));
    group.cell = [within(row, group.given.rows), within(col, group.given.cols)];
    drawGroup(group);
  }
}

/* maps: the same colours as the still picture, values under the pointer, a click shows the waves */
async function makeMap(figure) {
  const given = data.maps[+figure.dataset.map], values = await floats(given.z, 1), { rows, cols } = given;
  const group = given.cells && given.waves >= 0 ? groups[given.waves] : null, picture = figure.querySelector('img');
  const read = figure.querySelector('.read'), canvas = document.createElement('canvas');
  const side = Math.max(1, Math.min(32, Math.floor(640 / Math.max(rows, cols)))), table = data.colours[given.colours];
  canvas.width = cols * side;
  canvas.height = rows * side;
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', picture.alt + '. Arrow keys move' + (group ? ', Enter shows the waves of the cell' : ''));
  canvas.style.cssText = picture.style.cssText;
  const stops = [];
  for (let n = 0; n <= 16; n++) stops.push('#' + table.substr(6 * Math.round(n * 255 / 16), 6));
  figure.querySelector('.bar').style.background = 'linear-gradient(90deg,' + stops + ')';
  await picture.decode();
  let at = null;
  const frame = (context, [r, c], colour, width) => { context.strokeStyle = colour; context.lineWidth = width; context.strokeRect(c * side + width / 2, r * side + width / 2, side - width, side - width); };
  const paint = () => {
    const context = canvas.getContext('2d'), width = Math.max(1, side / 10);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (given.aim) frame(context, given.aim, '#000', width);
    if (group) { const lines = given.coarse; frame(context, group.cell.map(n => Math.floor(n / lines)), '#D55E00', Math.max(2, side / 7)); }
    if (at) { frame(context, at, '#000', 3); frame(context, at, '#fff', 1.5); }
  };
  const name = (side_, n) => given.places[side_][n] ?? (side_ ? given.col : given.row) + ' ' + (given.coarse > 1 ? n * given.coarse + '…' : n);
  const show = (r, c) => {
    if (r < 0 || c < 0 || r >= rows || c >= cols) return;
    at = [r, c];
    read.textContent = name(0, r) + ', ' + name(1, c) + ': ' + si(values[r * cols + c], given.unit, 5);
    paint();
  };
  const under = e => { const b = canvas.getBoundingClientRect(); return [Math.floor((e.clientY - b.top) / b.height * rows), Math.floor((e.clientX - b.left) / b.width * cols)]; };
  const take = ([r, c]) => { if (group) choose(group, r * given.coarse, c * given.coarse); };
  canvas.onpointermove = e => show(...under(e));
  canvas.onpointerleave = () => { at = null; read.textContent = ''; paint(); };
  canvas.onclick = e => { show(...under(e)); take(under(e)); };
  canvas.onkeydown = e => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key], from = at || given.aim || [0, 0];
    if (move) { e.preventDefault(); show(from[0] + move[0], from[1] + move[1]); }
    else if (e.key === 'Enter' && at) take(at);
  };
  picture.replaceWith(canvas);
  paint();
  if (group) group.maps.push({ paint });
}

for (const holder of document.querySelectorAll('.waves')) groups.push(await makeGroup(holder));
for (const group of groups) drawGroup(group);
/* a page of a sweep has many: each is drawn when it comes into sight, and is a still picture before */
const seen = new IntersectionObserver(entries => { for (const one of entries) if (one.isIntersecting) { seen.unobserve(one.target); drawCurves(one.target); } }, { rootMargin: '300px' });
for (const figure of document.querySelectorAll('.curves')) { figure.still = [...figure.querySelector('.plot').childNodes]; seen.observe(figure); }
await Promise.all([...document.querySelectorAll('figure.map')].map(makeMap));
follow();
root.dataset.ready = performance.now().toFixed(0);
})().catch(error => {
  const told = document.getElementById('fail');
  told.textContent = 'The figures stand still, since the script of this page did not start: ' + error.message;
  told.hidden = false;
  throw error;
});
