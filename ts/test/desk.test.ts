// docs/desk, the example of docs/typescript.md: its page and its tool run as they are, against its node. The
// page gets a stand-in for the few things that it uses of a document.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from './lab.ts';

const built = process.env['GRIDC_TEST_DESK']!;

/** Starts the node, and returns its address and the lines that it prints. */
async function startDesk(t: TestContext): Promise<{ address: string; lines: AsyncIterator<string> }> {
  const process = spawn(`${built}/desk`, ['-listen', '127.0.0.1:0', '-each', '300ms'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(async () => {
    if (process.exitCode !== null) return;
    process.kill('SIGKILL');
    await once(process, 'exit');
  });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  return { address: ((await lines.next()).value as string).replace('open http://', ''), lines };
}

class Element {
  value = '';
  #text = '';
  readonly #changes: (() => void)[] = [];
  click: () => void = () => undefined;
  set textContent(text: string) {
    this.#text = text;
    for (const wake of this.#changes.splice(0)) wake();
  }
  addEventListener(_: string, listener: () => void): void {
    this.click = listener;
  }
  async shows(what: RegExp): Promise<void> {
    while (!what.test(this.#text)) await new Promise<void>((resolve) => this.#changes.push(resolve));
  }
}

test('the page draws a ticket, is told how many wait, and is called', async (t) => {
  const { address, lines } = await startDesk(t), elements = new Map<string, Element>();
  const element = (id: string): Element => elements.get(id) ?? elements.set(id, new Element()).get(id)!;
  Object.assign(globalThis, { document: { getElementById: element }, location: { protocol: 'http:', host: address }, WebSocket });
  void import(`${built}/page.js`); // it loops for ever
  await element('state').shows(/^connected$/);
  await element('waiting').shows(/^0 are waiting$/);
  element('take').click();
  await element('ticket').shows(/^closed until when you say your name$/);
  element('name').value = 'Ann';
  element('take').click();
  await element('ticket').shows(/^number 1: go to counter 2$/);
  assert.equal((await lines.next()).value, '1 is coming');
  element('leave').click();
  element('take').click();
  await element('ticket').shows(/^number 2: /);
  assert.equal((await lines.next()).value, '2 has changed his mind');
});

test('the tool draws a ticket, and its page does not answer', async (t) => {
  const { address, lines } = await startDesk(t);
  const { stdout } = await promisify(execFile)(process.execPath, [`${built}/tool.mjs`, `ws://${address}/grid/guest`, 'Ann']);
  assert.equal(stdout, 'number 1\n');
  assert.match((await lines.next()).value as string, /^1 does not answer: /);
});
