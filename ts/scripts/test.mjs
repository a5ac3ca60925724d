// Compiles runtime and tests, builds the Go node that they talk to, and runs them.
//
//	npm test                        all
//	npm test -- test/calls.test.ts  only these files
//	GRIDC_NODE=path npm test        with another Node
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (program, args, options = {}) => {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

mkdirSync(join(root, 'build'), { recursive: true });
const node = join(root, 'build', 'node');
run('go', ['build', '-o', node, '.'], { cwd: join(root, 'test', 'node') });
for (const project of ['tsconfig.test.json', 'tsconfig.docs.json']) run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project]);
const desk = join(root, 'build', 'desk');
run('go', ['build', '-o', join(desk, 'desk'), './docs/desk'], { cwd: join(root, '..') });
run(process.execPath, [join(root, 'scripts/desk.mjs'), desk]);

const given = process.argv.slice(2);
const files = (given.length ? given : readdirSync(join(root, 'test')).filter((f) => f.endsWith('.test.ts')).map((f) => `test/${f}`))
  .map((f) => join('build', f.replace(/\.ts$/, '.js')));
const flags = ['--test', '--test-timeout=120000', '--test-force-exit', '--expose-gc', ...files];
run(process.env.GRIDC_NODE ?? process.execPath, flags, { env: { ...process.env, GRIDC_TEST_NODE: node, GRIDC_TEST_DESK: desk } });
