'use strict';
/* what all pages have in common: numbers with units, and one look and one behaviour for all charts */
const root = document.documentElement, narrow = () => innerWidth < 640;
const css = name => getComputedStyle(root).getPropertyValue(name).trim();

/* compressed bytes out of base 64 */
async function bytesOf(text, format = 'deflate') {
  const letters = atob(text), packed = new Uint8Array(letters.length);
  for (let n = 0; n < letters.length; n++) packed[n] = letters.charCodeAt(n);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const PREFIXES = [[1e-18, 'a'], [1e-15, 'f'], [1e-12, 'p'], [1e-9, 'n'], [1e-6, 'µ'], [1e-3, 'm'], [1, ''], [1e3, 'k'], [1e6, 'M'], [1e9, 'G']];
const printed = unit => unit.replace('ohm', 'Ω').replace('^2', '²').replace('^3', '³');
const bare = unit => unit === '' || unit === '1' || unit.includes('^') || unit.includes('/');
function plain(v, digits) {
  if (v !== 0 && (Math.abs(v) < 1e-4 || Math.abs(v) >= 1e6)) return v.toExponential(digits - 1).replace(/(\.\d*?)0+e/, '$1e').replace('.e', 'e');
  return String(Number(v.toPrecision(digits)));
}
/* as units.show: a prefix, four digits */
function si(v, unit, digits = 4) {
  if (v === null || v === undefined || Number.isNaN(v)) return '–';
  if (!Number.isFinite(v) || v === 0 || bare(unit)) return (plain(v, digits) + ' ' + (unit === '1' ? '' : printed(unit))).trim();
  const size = Math.abs(v) * (1 + 0.5 * 10 ** -digits);
  let step = PREFIXES[0];
  for (const one of PREFIXES) if (size >= one[0]) step = one;
  return plain(v / step[0], digits) + ' ' + step[1] + printed(unit);
}
const charts = new Set();
function axisOf(label, size, values) {
  return { ...(label ? { label } : {}), size, values, stroke: () => css('--fg'), grid: { stroke: () => css('--rule'), width: 1 }, ticks: { stroke: () => css('--rule'), width: 1 }, font: '12px system-ui', labelFont: '12px system-ui', labelSize: 18 };
}
/* the nearest sample of a line that has none at the pointer, since lines of other times stand beside it */
function nearest(u, series, at) {
  const y = u.data[series], x = u.data[0], there = k => y[k] !== undefined;
  if (series === 0 || there(at)) return at;
  let a = at, b = at;
  while (a > 0 && !there(a)) a--;
  while (b < y.length - 1 && !there(b)) b++;
  if (!there(a)) return b;
  if (!there(b)) return a;
  return x[at] - x[a] <= x[b] - x[at] ? a : b;
}
/* decades alone, as many as fit; 2 and 5 between them where there are few */
function decades(u, n, low, high) {
  const first = Math.floor(Math.log10(low) + 1e-9), last = Math.ceil(Math.log10(high) - 1e-9), step = Math.max(1, Math.ceil((last - first) / 5)), found = [];
  for (let p = first; p <= last; p += step) for (const f of last - first < 2 ? [1, 2, 5] : [1]) { const v = f * 10 ** p; if (v >= low * 0.999 && v <= high * 1.001) found.push(v); }
  return found.length ? found : [low, high];
}
const onLog = axis => { axis.splits = decades; axis.filter = (u, splits) => splits; };
function scaleOf(kind) { return kind === 'log' ? { distr: 3 } : {}; }
function labels(unit, scale) {
  return (u, splits) => {
    const known = splits.filter(v => v !== null), step = known.length > 1 ? Math.abs(known[1] - known[0]) : 1;
    const digits = scale === 'log' ? 3 : Math.max(2, Math.min(7, Math.ceil(Math.log10(Math.max(...known.map(Math.abs), step) / step)) + 1));
    return splits.map(v => v === null ? '' : v === 0 ? '0' : si(v, unit, digits));
  };
}
function chart(options, table, box) {
  const made = new uPlot({ ...options, width: Math.max(box.clientWidth, 200), legend: { live: true, isolate: true } }, table, box);
  charts.add(made);
  made.holder = box;
  return made;
}
function drop(list) { for (const one of list) { charts.delete(one); one.destroy(); } }
let later;
const fit = () => { for (const one of charts) one.setSize({ width: Math.max(one.holder.clientWidth, 200), height: one.height }); };
/* charts follow the window, the light and the printer */
function follow() {
  new ResizeObserver(() => { clearTimeout(later); later = setTimeout(fit, 60); }).observe(document.querySelector('main'));
  matchMedia('(prefers-color-scheme: dark)').onchange = () => { for (const one of charts) one.redraw(); };
  for (const folded of document.querySelectorAll('details')) folded.ontoggle = fit;
  addEventListener('beforeprint', () => { for (const one of charts) one.setSize({ width: Math.min(one.holder.clientWidth, 680), height: one.height }); });
  addEventListener('afterprint', fit);
}
