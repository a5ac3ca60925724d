// A Node program that draws a ticket: node tool.js ws://127.0.0.1:8080/grid/guest Ann
import { connect } from '@gridc/runtime';
import { WebSocket } from 'ws'; // Node 20 has none of its own; newer ones need neither this nor the option
import { DeskClient } from './gen/desk/desk_grid.ts';

const [url = '', name = ''] = process.argv.slice(2);
const session = connect({ url, token: 'visitor-tool', WebSocket });
try {
  await session.ready({ timeout: 5000 });
  const ticket = await new DeskClient(session.caller).take({ name });
  console.log(`number ${ticket.number}`);
} finally {
  await session.close();
}
