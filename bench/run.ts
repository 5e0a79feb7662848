/**
 * `npm run bench -- NAME [options]`: runs one benchmark. Run `npm run build` first. All have `--json` and `--quick` (bench/harness.ts).
 *
 *   truenorth    core-ticks per second of the fast engine on random networks; options in bench/truenorth.ts
 *   batch        data sets on the batch engine and on the fast engine
 *   northpole    the functional engine of NorthPole-style chips on layers of ResNet-50 and on the network
 *   float-network  float networks: the interpreter against the batch engine
 *   truenorth-faults  runs of TrueNorth-style chips with each kind of fault against runs without
 *   faults       drawing the faults of a chip, and runs that draw at every use
 *   noc          the mesh between cores
 *   placement    the placer
 *   compile      the compiler of TrueNorth-style chips on networks that grow
 *   search       searches over designs on functions with known fronts
 */
const NAMES = [
  'truenorth',
  'batch',
  'northpole',
  'float-network',
  'truenorth-faults',
  'faults',
  'noc',
  'placement',
  'compile',
  'search',
];

const [name] = process.argv.splice(2, 1);
if (name === undefined || !NAMES.includes(name)) {
  console.error(`usage: npm run bench -- ${NAMES.join(' | ')} [options]`);
  process.exitCode = 2;
} else {
  await import(`./${name}.js`);
}
