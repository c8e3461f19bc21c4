'use strict';
(async () => {
const data = JSON.parse(document.getElementById('data').textContent), $ = name => document.querySelector(name);
const variants = JSON.parse(new TextDecoder().decode(await bytesOf(data.variants)));
const part = async name => bytesOf(document.getElementById(name).textContent, 'gzip');
const engine = $('#wasm') ? new Ngspice(async () => ({ wasm: await part('wasm'), glue: new TextDecoder().decode(await part('glue')) })) : null;

/* ---- what is set */
const values = {}, chosen = {}, steps = {}, COARSE = 1000;
for (const one of data.sliders) { values[one.key] = one.value; if (one.steps.length) steps[one.key] = one.steps; }
for (const one of data.choices) chosen[one.key] = one.chosen;
/* where a value lies on its slider, from 0 to 1, and the value that lies there: three digits, or a step */
const share = (one, v) => one.steps.length ? one.steps.indexOf(v) / (one.steps.length - 1) : one.log ? Math.log(v / one.low) / Math.log(one.high / one.low) : (v - one.low) / (one.high - one.low);
const valueOf = (one, s) => one.steps.length ? one.steps[Math.round(s * (one.steps.length - 1))] : Number((one.log ? one.low * (one.high / one.low) ** s : one.low + s * (one.high - one.low)).toPrecision(3));
const field = one => document.getElementById(one.key), most = one => one.steps.length ? one.steps.length - 1 : COARSE;
function show(one) { const text = si(values[one.key], one.unit, 4); field(one).setAttribute('aria-valuetext', text); field(one).previousElementSibling.querySelector('output').textContent = text; }
function put(one, v) { values[one.key] = v; field(one).max = most(one); field(one).value = Math.round(most(one) * share(one, v)); show(one); }
const deckText = () => data.head.concat(variants[data.choices.map(one => chosen[one.key]).join(',')]);
const deck = () => filled(deckText(), values, steps);

/* ---- what is seen */
let cell = data.cell, twin = null, spice = null, plots = [], running = false;
const word = (text, kind = '') => { const told = $('#told'); told.textContent = text; told.className = kind || 'note'; };
const differs = (a, b) => { if (!(Math.abs(b) > 0)) return a === b ? '0 %' : '–'; const d = 100 * (a - b) / Math.abs(b); if (Math.abs(d) < 1e-9) return '0 %'; return (d > 0 ? '+' : '') + plain(d, 2) + ' %'; };
const labelOf = asked => { let m; if (m = asked.name.match(/_state_(\w+)$/)) return 'state w ' + m[1]; if (m = asked.name.match(/_sense_(\d+)$/)) return 'current of bit line ' + m[1]; return asked.name; };
function drawMeasures() {
  const body = $('#measures tbody');
  body.textContent = '';
  for (const step of twin.deck.steps) for (const asked of step.asked) {
    const unit = asked.vector.startsWith('i(') ? 'A' : '', mine = sampled(twin.time, twin.wave(asked.vector), asked.at);
    const its = spice ? sampled(spice.time, spice.waves[asked.vector], asked.at) : null, row = body.insertRow(), head = document.createElement('th');
    head.scope = 'row';
    head.textContent = labelOf(asked) + ' (' + step.title.replace(/cell (\d+) (\d+)/, 'cell ($1, $2)').replace(/(\S+) V\b/, (all, v) => si(+v, 'V')) + ')';
    row.append(head);
    for (const text of [si(mine, unit, 5), its === null ? '–' : si(its, unit, 5), its === null ? '–' : differs(mine, its)]) { const one = row.insertCell(); one.className = 'n'; one.textContent = text; }
  }
}
const ink = hex => { const light = [0, 2, 4].map(n => parseInt(hex.substr(n, 2), 16) / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] < 0.18 ? '#fff' : '#000'; };
function drawMap() {
  for (const button of document.querySelectorAll('#map button')) {
    const { row, col } = button.dataset, w = twin.wave(`v(x_${row}_${col}.w)`).at(-1), colour = data.colours.substr(6 * Math.round(255 * Math.min(1, Math.max(0, w))), 6);
    button.textContent = w.toFixed(3);
    button.setAttribute('aria-label', `cell (${row}, ${col}): ${w.toFixed(3)}`);
    button.style.cssText = `background:#${colour};color:${ink(colour)}`;
    button.setAttribute('aria-pressed', +row === cell[0] && +col === cell[1]);
  }
}
const panels = [
  { title: 'cell voltage', unit: 'V', twin: (r, c) => twin.wave(`v_cell(${r}_${c})`), spice: (r, c) => spice.waves[`v(wl_${r}_${c})`].map((v, n) => v - spice.waves[`v(bl_${r}_${c})`][n]) },
  { title: 'state w', unit: '', twin: (r, c) => twin.wave(`v(x_${r}_${c}.w)`), spice: (r, c) => spice.waves[`v(x_${r}_${c}.w)`] },
  { title: 'current out of its bit line, magnitude', unit: 'A', log: true, twin: (r, c) => twin.wave(`i(vbs_${c})`), spice: (r, c) => spice.waves[`i(vbs_${c})`] }];
function tableOf(panel) {
  const sized = wave => panel.log ? Array.from(wave, v => Math.abs(v) || null) : wave, [r, c] = cell;
  const joined = uPlot.join([[twin.time, sized(panel.twin(r, c))], ...(spice ? [[spice.time, sized(panel.spice(r, c))]] : [])]);
  return spice ? joined : [...joined, joined[0].map(() => undefined)];
}
let zooming = false;
function zoom(u) { if (zooming) return; zooming = true; for (const one of plots) if (one !== u) one.setScale('x', { min: u.scales.x.min, max: u.scales.x.max }); zooming = false; }
function drawWaves() {
  $('#which').textContent = `Cell (${cell[0]}, ${cell[1]})`;
  if (plots.length) { zooming = true; plots.forEach((plot, n) => plot.setData(tableOf(panels[n]))); zooming = false; return; }
  panels.forEach((panel, n) => {
    const title = document.createElement('p'), box = document.createElement('div'), last = n === panels.length - 1, yAxis = axisOf(null, 74, labels(panel.unit, panel.log ? 'log' : ''));
    title.className = 'wave-title';
    title.textContent = panel.title;
    box.className = 'wave';
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', panel.title + ' against time');
    $('#plots').append(title, box);
    if (panel.log) onLog(yAxis);
    const value = (u, v) => v === null || v === undefined ? '–' : si(v, panel.unit, 5);
    plots.push(chart({ height: narrow() ? 140 : 165, cursor: { dataIdx: nearest, sync: { key: 'play', setSeries: false, scales: ['x', null] }, drag: { x: true, y: false } },
      hooks: { setScale: [(u, key) => { if (key === 'x' && u.ready) zoom(u); }], ready: [u => { u.ready = true; }] },
      scales: { x: { time: false }, y: scaleOf(panel.log ? 'log' : '') }, axes: [axisOf(last ? 'time' : null, last ? 46 : 26, labels('s')), yAxis],
      series: [{ label: 'time', value: (u, v) => si(v, 's', 6) }, { label: 'twin', stroke: () => css('--c0'), width: 1.6, spanGaps: true, points: { show: false }, value },
        { label: 'ngspice', stroke: () => css('--c1'), width: 1.6, dash: [7, 4], spanGaps: true, points: { show: false }, value }] }, tableOf(panel), box));
  });
}
function draw() { drawMeasures(); drawMap(); drawWaves(); $('#deck').textContent = twin.text; }

/* ---- what happens */
function play() {
  spice = null;
  const text = deck(), began = performance.now();
  twin = simulate(text);
  twin.text = text;
  word(`twin: ${Math.round(performance.now() - began)} ms, ${twin.steps} steps`);
  draw();
}
let waiting = false;
function soon() {
  if (running) { engine.stop('stopped, since something was changed'); }
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; try { play(); } catch (error) { lost(error); } });
}
/* nothing old is left to be taken for the answer */
function lost(error) { spice = null; if (twin) draw(); word('No result: ' + error.message, 'warning'); }
async function run(text = null, patience = data.patience) {
  if (!engine || running) return null;
  const asked = text ?? deck(), began = performance.now();
  running = true;
  spice = null;
  draw();
  $('#run').disabled = true;
  $('#stop').disabled = false;
  word('ngspice is running in this page…');
  try {
    const found = await engine.run(asked, twin.deck.stop, patience);
    if (text === null && asked !== twin.text) throw new Error('something was changed meanwhile');
    spice = found;
    draw();
    word(`${engine.version}, in this page: ${found.rows} points, ${((performance.now() - began) / 1000).toPrecision(2)} s`);
    return found;
  } catch (error) { lost(error); return null; } finally { running = false; $('#run').disabled = false; $('#stop').disabled = true; }
}
for (const one of data.sliders) field(one).oninput = e => { values[one.key] = valueOf(one, e.target.value / most(one)); show(one); soon(); };
for (const one of data.choices) document.getElementById(one.key).onchange = e => { chosen[one.key] = +e.target.value; soon(); };
for (const button of document.querySelectorAll('#map button')) button.onclick = () => { cell = [+button.dataset.row, +button.dataset.col]; drawMap(); drawWaves(); };
$('#settings').onsubmit = e => { e.preventDefault(); run(); };
$('#back').onclick = () => { for (const one of data.sliders) put(one, one.value); for (const one of data.choices) { chosen[one.key] = one.chosen; document.getElementById(one.key).value = one.chosen; } soon(); };
$('#save').onclick = () => { const link = document.createElement('a'); link.href = URL.createObjectURL(new Blob([twin.text], { type: 'text/plain' })); link.download = data.name + '.cir'; link.click(); URL.revokeObjectURL(link.href); };
if (engine) $('#stop').onclick = () => engine.stop();
for (const one of data.sliders) put(one, one.value);
play();
follow();
window.playground = { values, chosen, deck, simulate, run, set: (key, v) => { put(data.sliders.find(one => one.key === key), v); play(); }, choose: (key, n) => { chosen[key] = n; document.getElementById(key).value = n; play(); }, shown: () => ({ twin, spice }), engine, filled };
root.dataset.ready = performance.now().toFixed(0);
})().catch(error => {
  const told = document.getElementById('fail');
  told.textContent = 'The page did not start: ' + error.message;
  told.hidden = false;
  throw error;
});
