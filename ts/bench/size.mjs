// How many bytes a page loads for one service: the runtime and the generated code, bundled
// and minified by esbuild, and gzipped. Beside connect-es with the same service.
//
//	npm run size
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const most = 20 * 1024; // of a page that calls one service

// Each makes one call, and is all that its page has.
const pages = {
  'gridc, calls': `
    import { connect } from '@gridc/runtime';
    import { EchoClient } from './gen/echo/echo_grid.ts';
    const session = connect({ url: 'wss://x/grid/v1', name: 'page', node: 'server' });
    console.log(await new EchoClient(session.caller).call({ text: 'x', data: new Uint8Array(1) }));`,
  'gridc, calls and serves': `
    import { connect } from '@gridc/runtime';
    import { EchoClient, EchoServer } from './gen/echo/echo_grid.ts';
    const session = connect({ url: 'wss://x/grid/v1', name: 'page', node: 'server' });
    session.serve(EchoServer, { call: (r) => r });
    console.log(await new EchoClient(session.caller).call({ text: 'x', data: new Uint8Array(1) }));`,
  'gridc, the same with all kinds of fields': `
    import { connect } from '@gridc/runtime';
    import * as codec from '@gridc/runtime/codec';
    import { EchoClient, EchoServer } from './gen/echo/echo_grid.ts';
    const session = connect({ url: 'wss://x/grid/v1', name: 'page', node: 'server' });
    session.serve(EchoServer, { call: (r) => r });
    console.log(await new EchoClient(session.caller).call({ text: 'x', data: new Uint8Array(1) }), { ...codec });`,
  'connect-es, calls': `
    import { createClient } from '@connectrpc/connect';
    import { createConnectTransport } from '@connectrpc/connect-web';
    import { Echo } from './pb/service_pb.ts';
    const transport = createConnectTransport({ baseUrl: 'https://x', useBinaryFormat: true });
    console.log(await createClient(Echo, transport).call({ text: 'x', data: new Uint8Array(1) }));`,
};

console.log('| one service | minified | and gzipped |\n| --- | ---: | ---: |');
for (const [name, contents] of Object.entries(pages)) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here('.'), loader: 'ts' }, bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, logLevel: 'warning',
    alias: { '@gridc/runtime/codec': here('../src/codec/index.ts'), '@gridc/runtime': here('../src/index.ts') },
  });
  const bytes = outputFiles[0].contents, gzipped = gzipSync(bytes, { level: 9 }).length;
  console.log(`| ${name} | ${bytes.length.toLocaleString('en')} | ${gzipped.toLocaleString('en')} |`);
  if (name === 'gridc, calls' && gzipped > most) {
    console.log(`\n${name}: more than ${most} bytes`);
    process.exitCode = 1;
  }
}
