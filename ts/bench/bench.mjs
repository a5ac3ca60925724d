// The Node client beside connect-es and grpc-js, each against its Go server, in rounds
// that take turns, on one machine. Prints medians and ratios.
//
//	npm run bench              four cells, five rounds; a minute and a half
//	npm run bench -- 3 400     three rounds of 400 ms
//	npm run bench -- 5 700 2   one cell alone: 1 MiB, 1 in flight
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [rounds = 5, time = 700, only] = process.argv.slice(2).map(Number);
const cells = [
  { name: '512 B, 1 in flight', size: 512, flight: 1 },
  { name: '512 B, 256 in flight', size: 512, flight: 256 },
  { name: '1 MiB, 1 in flight', size: 1 << 20, flight: 1 },
  { name: '1 MiB, 16 in flight', size: 1 << 20, flight: 16 },
].filter((_, i) => only === undefined || i === only);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

async function clients(at) {
  const runtime = { '@gridc/runtime/codec': here('../src/codec/index.ts'), '@gridc/runtime': here('../src/index.ts') };
  await build({ entryPoints: [here('clients.ts')], outfile: here('build/clients.mjs'), bundle: true, platform: 'node', format: 'esm', packages: 'external', alias: runtime, logLevel: 'warning' });
  const make = await import(here('build/clients.mjs'));
  const all = [await make.gridc(at.gridc, 'gridc', make.sockets.ws), await make.connectES(at.connect), await make.grpcJS(at['grpc-go'], here('pb'))];
  return all;
}

/** Starts the servers, and returns where they listen. */
async function servers() {
  mkdirSync(here('build'), { recursive: true });
  const built = spawnSync('go', ['build', '-o', here('build/tsserver'), './tsserver'], { cwd: here('../../bench'), stdio: 'inherit' });
  if (built.status !== 0) process.exit(1);
  const server = spawn(here('build/tsserver'), { stdio: ['pipe', 'pipe', 'inherit'] }), at = {};
  for await (const line of createInterface({ input: server.stdout })) {
    const [name, address] = line.split(' ');
    if (name === 'pid') break;
    at[name] = address;
  }
  return { at, stop: () => server.kill() };
}

/** Calls a second, each answer compared with what was sent. */
async function measure(client, { size, flight }, milliseconds) {
  const data = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536))), sent = new Uint8Array(size);
  for (let at = 0; at < size; at += data.length) sent.set(data.subarray(0, size - at), at);
  const start = performance.now(), until = start + milliseconds;
  let calls = 0;
  const caller = async (n) => {
    for (let i = 0; performance.now() < until; i++) {
      const text = `${n} ${i}`, answer = await client.call(text, sent);
      if (answer.text !== text || answer.data.length !== size || answer.data[size - 1] !== sent[size - 1]) throw new Error(`${client.name}: a wrong answer`);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: flight }, (_, n) => caller(n)));
  return calls / ((performance.now() - start) / 1000);
}

/** The same, or undefined where a client fails: that is told, and the others are measured. */
async function tried(client, cell, milliseconds) {
  try {
    return await measure(client, cell, milliseconds);
  } catch (error) {
    faults.set(`${client.name}, ${cell.name}`, String(error));
    return undefined;
  }
}
const faults = new Map();

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

const { at, stop } = await servers();
const all = await clients(at);
const rates = cells.map(() => all.map(() => []));
for (const cell of cells) for (const client of all) await tried(client, cell, time / 2); // warm
for (let round = 0; round < rounds; round++) {
  for (const [c, cell] of cells.entries()) {
    for (let i = 0; i < all.length; i++) {
      const p = (i + round) % all.length; // nobody is always first
      rates[c][p].push((await tried(all[p], cell, time)) ?? 0);
    }
  }
}
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load ${loadavg().map((l) => l.toFixed(1)).join(' ')}, ${rounds} rounds of ${time} ms\n`);
console.log(`| calls a second | ${all.map((c) => c.name).join(' | ')} | ${all.slice(1).map((c) => `gridc / ${c.name}`).join(' | ')} |`);
console.log(`| --- |${' ---: |'.repeat(2 * all.length - 1)}`);
for (const [c, cell] of cells.entries()) {
  const figures = rates[c].map((r) => Math.round(median(r)).toLocaleString('en'));
  const ratios = all.slice(1).map((_, i) => median(rates[c][0].map((r, round) => r / rates[c][i + 1][round])).toFixed(2));
  console.log(`| ${cell.name} | ${[...figures, ...ratios].join(' | ')} |`);
}
for (const [where, error] of faults) console.log(`\n${where}: ${error}`);
for (const client of all) await client.close();
stop();
process.exit(0);
