// Decodes each message of a file and encodes what came of it.
//
//   node trial.mjs FOLDER < cases > verdicts
//
// FOLDER has what `gridc gen --lang ts` made of the proof schemas, as modules that node runs. A case is a line: the module,
// the type, the bytes in hexadecimal. A verdict is a line, too: `ok` and the bytes, or `decode` or `encode` with
// the fault and the message of a CodecError, or `thrown` with anything else.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { CodecError } from '@gridc/runtime/codec';

const folder = pathToFileURL(`${process.argv[2]}/`);
const modules = new Map();

async function load(name) {
  if (!modules.has(name)) {
    modules.set(name, await import(new URL(name, folder)));
  }
  return modules.get(name);
}

function attempt(step, run) {
  try {
    return [undefined, run()];
  } catch (error) {
    if (error instanceof CodecError) {
      return [`${step}\t${error.fault}\t${JSON.stringify(error.message)}`];
    }
    return [`thrown\t${step}\t${JSON.stringify(String(error?.stack ?? error))}`];
  }
}

const out = [];
for await (const line of createInterface({ input: process.stdin })) {
  const [name, type, hex] = line.split('\t');
  const module = await load(name);
  const body = `decode${type}` in module ? type : `${type}Fields`; // of an error
  const [refused, value] = attempt('decode', () => module[`decode${body}`](new Uint8Array(Buffer.from(hex, 'hex'))));
  if (refused !== undefined) {
    out.push(refused);
    continue;
  }
  const [unwritable, bytes] = attempt('encode', () => module[`encode${body}`](value));
  out.push(unwritable ?? `ok\t${Buffer.from(bytes).toString('hex')}`);
}
process.stdout.write(out.join('\n') + '\n');
