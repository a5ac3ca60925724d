// The page: a session for each node, whose stream it shows, and whose calls it serves.
import { connect } from '@gridc/runtime';
import { NodeClient, NoSuchDisk, PageServer, State } from './disks_grid.js';

const token = decodeURIComponent(location.hash.slice(1));
const notices = document.getElementById('notices');
let shown = 0;

// label is what this tab calls itself at a node: drawn anew for each page load.
function label() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

function element(name, className, text) {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

// What the nodes call.
const pageServer = {
  diskOffline({ node, disk }) {
    const item = element('li');
    const time = element('time', '', new Date().toLocaleTimeString());
    item.append(element('b', '', `${node}: ${disk.name} is offline. `), disk.problem, ' ', time);
    notices.prepend(item);
    while (notices.children.length > 20) notices.lastChild.remove();
    document.getElementById('quiet').hidden = true;
    return { notices: ++shown };
  },
};

const size = (bytes) => `${(Number(bytes) / 1024).toFixed(0)} KiB`;

class NodeView {
  #state = element('p', 'state', 'connecting');
  #disks = element('div', 'disks');
  #cards = new Map();
  #client;

  constructor({ name, url }) {
    this.section = element('section', 'node');
    this.section.id = name;
    this.section.append(element('h2', '', name), this.#state, this.#disks);
    const session = connect({ url, name: label(), node: name, token, waitForReady: true });
    session.serve(PageServer, pageServer);
    session.watch((state) => this.#show(state));
    this.#client = new NodeClient(session.caller);
    this.#follow();
  }

  #show({ phase, error }) {
    const reason = error ? `: ${error.text}` : '';
    this.#state.textContent = phase === 'connected' ? '● connected' : `○ ${phase}${reason}`;
    this.#state.className = `state ${phase}`;
    this.section.classList.toggle('stale', phase !== 'connected');
  }

  // Watches for as long as the page is open: a stream ends with its connection.
  async #follow() {
    for (;;) {
      try {
        for await (const { disks } of this.#client.watch()) for (const disk of disks) this.#card(disk);
      } catch {
        // The state says why. waitForReady waits for the next connection.
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  #card(disk) {
    let card = this.#cards.get(disk.name);
    if (!card) {
      card = this.#newCard(disk.name);
      this.#cards.set(disk.name, card);
      this.#disks.append(card.root);
    }
    const online = disk.state === State.online;
    card.root.className = online ? 'disk' : 'disk offline';
    card.mark.textContent = online ? '● online' : '✕ offline';
    card.fill.style.width = `${Math.min(100, Number(disk.bytes) / (40 * 40 * 1024) * 100)}%`;
    card.files.textContent = online ? `${disk.files} files, ${size(disk.bytes)}` : 'nothing to be read';
    card.writes.textContent = `${disk.writes} writes`;
    card.problem.textContent = disk.problem;
    card.button.textContent = online ? 'Pull it out' : 'Put it back';
    card.button.disabled = false;
    card.back = !online;
  }

  #newCard(name) {
    const card = { root: element('article'), mark: element('span', 'mark'), fill: element('i'), files: element('span'), writes: element('span'),
      problem: element('div', 'problem'), button: element('button'), back: false };
    const head = element('header'), bar = element('div', 'bar'), figures = element('div', 'figures');
    head.append(element('b', '', name), card.mark);
    bar.append(card.fill);
    figures.append(card.files, card.writes);
    card.button.onclick = () => this.#pull(name, card);
    card.root.append(head, bar, figures, card.problem, card.button);
    return card;
  }

  async #pull(disk, card) {
    card.button.disabled = true;
    try {
      await this.#client.pull({ disk, back: card.back });
    } catch (error) {
      card.problem.textContent = error instanceof NoSuchDisk ? `there is no ${error.fields.disk}` : error.message;
    }
  }
}

const nodes = await (await fetch('nodes.json')).json();
document.getElementById('nodes').append(...nodes.map((n) => new NodeView(n).section));
