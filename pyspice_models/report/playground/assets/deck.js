'use strict';
/* A deck as the package writes it: its text in pieces, and between them places that follow the sliders. A place is
   [constant, {slider: factor}, digits, width]: constant + sum of factor times slider, written as Python's :.12g writes
   it, filled up with spaces to a width; or [slider, texts] for one that moves in steps. */
function general(v, digits) {
  if (v === 0) return '0';
  const [mantissa, power] = v.toExponential(digits - 1).split('e'), short = s => s.includes('.') ? s.replace(/\.?0+$/, '') : s;
  if (+power < -4 || +power >= digits) return short(mantissa) + 'e' + (power < 0 ? '-' : '+') + String(Math.abs(power)).padStart(2, '0');
  return short(v.toFixed(digits - 1 - power));
}
function filled(template, values, steps) {
  const number = ([first, second, digits, width]) => digits === undefined ? second[steps[first].indexOf(values[first])]
    : general(Object.entries(second).reduce((sum, [key, factor]) => sum + factor * values[key], first), digits).padEnd(width);
  return template.map(piece => typeof piece === 'string' ? piece : number(piece)).join('');
}
/* what runs in the page: ngspice's own loop does what the control block would, and .control could do more */
function uncontrolled(deck) {
  return deck.replace(/^\.control[\s\S]*?^\.endc[^\n]*\n?/gim, '');
}
