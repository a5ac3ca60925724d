// The page of docs/typescript.md: it calls the node, and is called by it.
import { GridError, connect } from '@gridc/runtime';
import { Closed, DeskClient, PageServer } from './gen/desk/desk_grid.ts';

const element = (id: string): HTMLElement => document.getElementById(id)!;
const show = (id: string, text: string): void => {
  element(id).textContent = text;
};

const session = connect({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/grid/guest`,
  token: 'visitor-ann', // what the page got when its user signed in
});
const desk = new DeskClient(session.caller);

session.watch(({ phase, error }) => show('state', error ? `${phase}: ${error.text}` : phase));

let leaving = false;
element('leave').addEventListener('click', () => {
  leaving = true;
});

session.serve(PageServer, {
  call(turn) {
    show('ticket', `number ${turn.number}: go to ${turn.counter}`);
    return { coming: !leaving };
  },
});

element('take').addEventListener('click', async () => {
  const { value: name } = element('name') as HTMLInputElement;
  try {
    const ticket = await desk.take({ name }, { timeout: 3000 });
    show('ticket', `you have number ${ticket.number}`);
  } catch (error) {
    if (error instanceof Closed) show('ticket', `closed until ${error.fields.opens}`);
    else if (error instanceof GridError && error.outcome === 'may have run') show('ticket', 'perhaps you have a number: nobody knows');
    else show('ticket', String(error));
  }
});

for (;;) {
  try {
    for await (const queue of desk.watch({ waitForReady: true })) show('waiting', `${queue.waiting} are waiting`);
  } catch (error) {
    show('waiting', `nobody knows how many are waiting: ${String(error)}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
