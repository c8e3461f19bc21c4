'use strict';
/* The twin: the law of cells/ag2s/law.py on the numbers of a deck. Lines are ideal: no resistance, no capacitance of
   their own, no driver; every line is driven, so that each cell sees the difference of two sources. */

/* ---- what a deck says: parameters, temperature, cells, sources, and what it measures */
function readDeck(text) {
  const lines = text.replace(/\n\+ ?/g, ' ').split('\n'), pairs = s => Object.fromEntries([...s.matchAll(/(\w+)=(\S+)/g)].map(m => [m[1], +m[2]]));
  const deck = { common: {}, celsius: 27, cells: [], word: [], bit: [], stop: 0, steps: [] };
  for (const line of lines) {
    let m;
    if (m = line.match(/^\.subckt ag2s_cell te be params:(.*)$/)) deck.common = pairs(m[1]);
    else if (m = line.match(/^x_(\d+)_(\d+) \S+ \S+ ag2s_cell(.*)$/)) deck.cells.push({ row: +m[1], col: +m[2], own: pairs(m[3]) });
    else if (m = line.match(/^v([wb])s_(\d+) \S+ 0 (?:pwl\(([^)]*)\)|(\S+))$/)) {
      const numbers = (m[3] ?? `0 ${m[4]}`).trim().split(/\s+/).map(Number), corners = [];
      for (let n = 0; n < numbers.length; n += 2) corners.push([numbers[n], numbers[n + 1]]);
      deck[m[1] === 'w' ? 'word' : 'bit'][+m[2]] = corners;
    }
    else if (m = line.match(/^\.options .*\btemp=(\S+)/)) deck.celsius = +m[1];
    else if (m = line.match(/^\.tran \S+ (\S+)/)) deck.stop = +m[1];
    else if (m = line.match(/^echo step \d+: (.*)$/)) deck.steps.push({ title: m[1], asked: [] });
    else if (m = line.match(/^meas tran (\S+) find (\S+) at=(\S+)$/)) deck.steps.at(-1).asked.push({ name: m[1], vector: m[2], at: +m[3] });
  }
  return deck;
}
function valueAt(corners, time) {
  if (time <= corners[0][0]) return corners[0][1];
  for (let n = 1; n < corners.length; n++) {
    const [t0, v0] = corners[n - 1], [t1, v1] = corners[n];
    if (time <= t1) return v0 + (v1 - v0) * (time - t0) / (t1 - t0);
  }
  return corners.at(-1)[1];
}

/* ---- the law, as in law.py, and its constants, as in equations.py */
const BOLTZMANN = 1.380649e-23, CHARGE = 1.602176634e-19, EPSILON = 8.8541878128e-12;
function bounded(v, top) { const inside = Math.min(Math.max(v, -top), top), e = (v - inside) / (0.2 * top); return inside + 0.2 * top * e / Math.sqrt(1 + e * e); }
const clipped = (s, width) => 0.5 * (1 + Math.sqrt(s * s + width * width) - Math.sqrt((s - 1) ** 2 + width * width));
const softBound = (s, exponent, width) => s * (s * s + width * width) ** (0.5 * (exponent - 1));
const reduction = (mag, nuc, growth) => Math.exp(-nuc / mag) * Math.sinh(growth);
function constants(p, kelvin) {
  const vt = BOLTZMANN * kelvin / CHARGE, nominal = BOLTZMANN * p.t_nom / CHARGE, warm = 1 / nominal - 1 / vt, ratio = p.area / p.area_ref;
  const ref = Math.hypot(bounded(p.v_ref, p.v_linear), p.v_smooth), growth = p.alpha * ref / nominal, free = Math.exp(p.e_act * warm) / (1 - 1 / p.rate_limit);
  const r = p.r_ion / ratio ** p.r_ion_exponent, scale = ratio * Math.exp(p.e_int * warm);
  return { ...p, lever: (p.thickness / p.thickness_ref) ** p.thickness_exponent, steep: p.alpha / vt, steepLimit: p.alpha_limit / vt,
    limit: p.rate_limit * Math.exp(p.e_limit * warm) * Math.exp(-p.alpha_limit * ref / nominal),
    perInt: free / reduction(ref, p.v_nuc_int, growth), perFil: free / reduction(ref, p.v_nuc_fil, growth),
    nucInt: p.v_nuc_int * p.t_nom / kelvin, nucFil: p.v_nuc_fil * p.t_nom / kelvin, low: p.g_int_min * scale, high: p.g_int_max * scale,
    gain: Math.log(p.g_fil_max / (p.g_fil_min * (1 + p.tcr_fil * (kelvin - p.t_nom)))), cGeo: EPSILON * p.eps_r * p.area / p.thickness, rIon: r, tau: r * p.c_ion * ratio };
}
/* direction of the voltage, and the factors of both paths */
function kinetics(v, k) {
  const u = bounded(k.lever * v, k.v_linear), mag = Math.hypot(u, k.v_smooth), most = k.limit * Math.exp(k.steepLimit * mag);
  const factor = (per, nuc) => { const f = per * reduction(mag, nuc, k.steep * mag); return f / (1 + f / most); };
  return [u / mag, factor(k.perInt, k.nucInt), factor(k.perFil, k.nucFil)];
}
const rate = (factor, direction, s, set, reset, exponent, width) => factor / 2 * (set * (1 + direction) * softBound(1 - s, exponent, width) - reset * (1 - direction) * softBound(s, exponent, width));
function slopes(v, y, k, found) {
  const [direction, int, fil] = kinetics(v, k);
  found[0] = rate(int, direction, y[0], k.rate_int_set, k.rate_int_reset, k.p_int, k.s_smooth);
  found[1] = rate(fil, direction, y[1], k.rate_fil_set, k.rate_fil_reset, k.p_fil, k.s_smooth);
}
function current(v, y, k, rise) {
  const z = Math.hypot(bounded(v, k.v_bend), k.v_smooth) / k.v_int;
  const g = (k.low + (k.high - k.low) * clipped(y[0], k.s_clip)) * Math.sinh(z) / z + k.g_fil_min * Math.exp(k.gain * clipped(y[1], k.s_clip));
  return v * g + (v - y[2]) / k.rIon + k.cGeo * rise;
}

/* ---- time: each state depends on itself and the voltage alone, so a linearly implicit step needs no matrix; the ionic
   branch is solved exactly.
   Rosenbrock 2(3) of Shampine and Reichelt, SIAM J. Sci. Comput. 18 (1997) 1; one step for all cells. */
const D = 1 / (2 + Math.SQRT2), E32 = 6 + Math.SQRT2, NUDGE = 1e-7, TOLERANCE = 2e-6, SHARES = 24, MOST_STEPS = 200000;
function simulate(text) {
  const deck = readDeck(text), kelvin = deck.celsius + 273.15, kinds = new Map(), of = {};
  for (const cell of deck.cells) {
    const word = deck.word[cell.row], bit = deck.bit[cell.col], key = JSON.stringify([word, bit, cell.own]);
    if (!kinds.has(key)) {
      const p = { ...deck.common, ...cell.own };
      kinds.set(key, { word, bit, k: constants(p, kelvin), y: [p.w0, p.x0, valueAt(word, 0) - valueAt(bit, 0)], w: [], x: [], v: [], i: [] });
    }
    of[cell.row + '_' + cell.col] = kinds.get(key);
  }
  const every = [...kinds.values()], times = new Set([0, deck.stop]);
  for (const one of every) for (const [t] of [...one.word, ...one.bit]) if (t < deck.stop) times.add(t);
  for (const step of deck.steps) for (const asked of step.asked) times.add(asked.at);
  const corners = [...times].sort((a, b) => a - b), time = [];
  const keep = (t, since, length) => {
    time.push(t);
    for (const one of every) {
      const v = one.from + one.rise * since;
      one.w.push(clipped(one.y[0], one.k.s_clip)); one.x.push(clipped(one.y[1], one.k.s_clip)); one.v.push(v); one.i.push(current(v, one.y, one.k, one.rise));
    }
  };
  const f0 = [0, 0], f1 = [0, 0], f2 = [0, 0], ft = [0, 0], fy = [0, 0], at = [0, 0], k1 = [0, 0], k2 = [0, 0];
  let steps = 0;
  for (let n = 1; n < corners.length; n++) {
    const t0 = corners[n - 1], length = corners[n] - t0, volts = (one, t) => valueAt(one.word, t) - valueAt(one.bit, t);
    for (const one of every) { one.from = volts(one, t0); one.rise = (volts(one, corners[n]) - one.from) / length; }
    keep(n > 1 ? t0 + 1e-6 * length : t0, 0, length);
    let since = 0, h = length / SHARES;
    while (since < length) {
      if (++steps > MOST_STEPS) throw new Error('the twin does not get on at ' + (t0 + since).toExponential(3) + ' s');
      h = Math.min(h, length / SHARES, length - since);
      if (length - since - h < 1e-9 * length) h = length - since;
      let worst = 0;
      for (const one of every) {
        const { k, y, rise } = one, v = one.from + rise * since;
        slopes(v, y, k, f0);
        slopes(v, [y[0] + NUDGE, y[1] + NUDGE], k, fy);
        slopes(v + rise * h * 1e-4, y, k, ft);
        for (let j = 0; j < 2; j++) { fy[j] = 1 / (1 - h * D * (fy[j] - f0[j]) / NUDGE); ft[j] = h * D * (ft[j] - f0[j]) / (h * 1e-4); k1[j] = fy[j] * (f0[j] + ft[j]); at[j] = y[j] + h / 2 * k1[j]; }
        slopes(v + rise * h / 2, at, k, f1);
        const lag = rise * k.tau;
        one.next = [0, 0, v + rise * h - lag + (y[2] - v + lag) * Math.exp(-h / k.tau)];
        for (let j = 0; j < 2; j++) { k2[j] = fy[j] * (f1[j] - k1[j]) + k1[j]; one.next[j] = y[j] + h * k2[j]; }
        slopes(v + rise * h, one.next, k, f2);
        for (let j = 0; j < 2; j++) { const k3 = fy[j] * (f2[j] - E32 * (k2[j] - f1[j]) - 2 * (k1[j] - f0[j]) + ft[j]); worst = Math.max(worst, Math.abs(h / 6 * (k1[j] - 2 * k2[j] + k3))); }
      }
      const better = Math.min(4, Math.max(0.2, 0.8 * Math.cbrt(TOLERANCE / (worst || 1e-30))));
      if (worst > TOLERANCE || !Number.isFinite(worst)) { h *= Number.isFinite(worst) ? better : 0.2; continue; }
      since = h === length - since ? length : since + h;
      for (const one of every) one.y = one.next;
      keep(since === length ? corners[n] : t0 + since, since, length);
      h *= better;
    }
  }
  const columns = deck.bit.map((_, col) => { const sum = new Array(time.length).fill(0); for (const cell of deck.cells) if (cell.col === col) { const i = of[cell.row + '_' + col].i; for (let n = 0; n < sum.length; n++) sum[n] += i[n]; } return sum; });
  return { deck, time, steps, wave: name => {
    let m;
    if (m = name.match(/^v\(x_(\d+_\d+)\.([wx])\)$/)) return of[m[1]]?.[m[2]];
    if (m = name.match(/^v_cell\((\d+_\d+)\)$/)) return of[m[1]]?.v;
    if (m = name.match(/^i\(vbs_(\d+)\)$/)) return columns[+m[1]];
  } };
}
/* a wave's value at a moment, between two samples by a straight line, as `meas find at` */
function sampled(time, values, at) {
  let low = 0, high = time.length - 1;
  while (high - low > 1) { const middle = (low + high) >> 1; if (time[middle] < at) low = middle; else high = middle; }
  const share = Math.min(1, Math.max(0, (at - time[low]) / (time[high] - time[low])));
  return values[low] + share * (values[high] - values[low]);
}
