'use strict';
/* ngspice in a worker, a new one for each run: where a deck cannot be read, the circuit of the run before would be run
   again, and where a transient is given up, its waves would come back. A run counts only if the log says that a binary
   raw file was written, with as many rows as came back, that nothing was aborted, and tells no error; and if the waves
   reach the end of the transient and are finite. */
const IN_WORKER = `
let engine;
self.onmessage = async ({ data }) => {
  try {
    if (data.wasm) {
      self.SPICE_WASM = new Uint8Array(data.wasm);
      engine = new self['EEcircuit-engine'].Simulation();
      await engine.start();
      self.postMessage({ ready: true, version: (engine.getInitInfo().match(/ngspice-[0-9.+]+/) || ['ngspice'])[0] });
    } else {
      /* whatever lies there from before is gone: a run that writes nothing gives this back */
      engine.__getSpiceModuleForTests().FS.writeFile('out.raw', 'Title: nothing\\nFlags: real\\nNo. Variables: 1\\nNo. Points: 0\\nVariables:\\n\\t0\\ttime\\ttime\\nBinary:\\n');
      engine.setNetList(data.deck);
      const found = await engine.runSim();
      self.postMessage({ found, info: engine.getInfo(), errors: engine.getError() });
    }
  } catch (error) { self.postMessage({ failed: String(error && error.message || error) }); }
};
console.error = () => {};
console.warn = () => {};
console.info = () => {};`;
class Ngspice {
  constructor(parts) { this.parts = parts; this.worker = null; this.fail = null; this.version = ''; }
  /* the next word of the worker, or an error after so many milliseconds, or when it is stopped */
  answer(message, patience, transfer = []) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => this.stop('no answer within ' + patience / 1000 + ' s: it was stopped'), patience);
      this.fail = reason => { clearTimeout(timer); fail(new Error(reason)); };
      this.worker.onmessage = ({ data }) => { clearTimeout(timer); this.fail = null; data.failed ? fail(new Error(data.failed)) : done(data); };
      this.worker.onerror = event => { event.preventDefault(); clearTimeout(timer); this.fail = null; fail(new Error(event.message || 'the worker did not start')); };
      this.worker.postMessage(message, transfer);
    });
  }
  stop(reason = 'stopped') {
    if (this.worker) this.worker.terminate();
    this.worker = null;
    const fail = this.fail;
    this.fail = null;
    if (fail) fail(reason);
  }
  async start(patience) {
    this.stop();
    const { wasm, glue } = await this.parts(), address = URL.createObjectURL(new Blob([glue, '\n', IN_WORKER], { type: 'text/javascript' }));
    this.worker = new Worker(address);
    const copy = wasm.slice().buffer;
    try { this.version = (await this.answer({ wasm: copy }, patience, [copy])).version; } finally { URL.revokeObjectURL(address); }
  }
  /* the waves of a deck by name, or an error that says why there are none */
  async run(deck, stop, patience = 60000) {
    try {
      await this.start(patience);
      const { found, info, errors } = await this.answer({ deck: uncontrolled(deck) }, patience);
      const told = () => [...errors, ...info.split('\n')].map(s => s.trim()).filter(s => /error|abort|too small|singular|fail|unknown|undefined|no such/i.test(s)).slice(0, 3).join('; ');
      const refuse = what => { throw new Error(what + (told() ? ': ' + told() : '')); };
      const rows = +(info.match(/No\. of Data Rows : (\d+)/)?.[1] ?? -1);
      const wrong = [...errors, ...info.split('\n')].find(s => /^\s*(fatal )?error\b/i.test(s));
      if (/aborted/i.test(info) || errors.some(e => /aborted/i.test(e))) refuse('ngspice gave the transient up');
      if (!/binary raw file/.test(info)) refuse('ngspice wrote no waves');
      if (!found?.data || rows !== found.numPoints) refuse('the waves are not those of this run');
      const waves = Object.fromEntries(found.data.map(one => [one.name.toLowerCase(), one.values])), time = waves.time;
      if (!time || time.length !== rows || !(Math.abs(time.at(-1) - stop) <= 1e-6 * stop)) refuse('the waves end early');
      if (found.data.some(one => one.values.some(v => !Number.isFinite(v)))) refuse('the waves are not finite');
      if (wrong) refuse('ngspice told of an error');
      return { time, waves, rows };
    } finally { this.stop(); }
  }
}
