// Bundles the page of docs/desk and its tool, as a user's build would: npm run desk.
//
//	node scripts/desk.mjs FOLDER   into another folder than that of the page
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const page = here('../../docs/desk/page'), to = process.argv[2] ?? page;
const options = {
  bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning', nodePaths: [here('../node_modules')],
  alias: { '@gridc/runtime/codec': here('../src/codec/index.ts'), '@gridc/runtime': here('../src/index.ts') },
};
await build({ ...options, entryPoints: [join(page, 'page.ts')], outfile: join(to, 'page.js') });
if (to !== page) await build({ ...options, entryPoints: [join(page, 'tool.ts')], outfile: join(to, 'tool.mjs'), platform: 'node', external: ['ws'] });
