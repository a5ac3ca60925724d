// Checks what `npm pack` makes: publint, are-the-types-wrong, and users that compile it by the
// newest TypeScript and an older one, with the types of libraries checked.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url)), bin = join(root, 'node_modules');
const run = (program, args, cwd = root) => {
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
const node = (script, ...args) => run(process.execPath, [join(bin, script), ...args]);
const compilers = ['typescript', 'typescript-5'];

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const c of compilers) {
  console.log(c, JSON.parse(readFileSync(join(bin, c, 'package.json'), 'utf8')).version);
  node(`${c}/bin/tsc`, '-p', 'tsconfig.json', ...(c === 'typescript' ? [] : ['--noEmit']));
}
node('publint/src/cli.js', '--strict');
node('@arethetypeswrong/cli/dist/index.js', '--pack', '.', '--profile', 'esm-only', '--format', 'ascii');

const user = mkdtempSync(join(tmpdir(), 'gridc-user-'));
try {
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', user]);
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const at = join(user, 'node_modules', name);
  mkdirSync(at, { recursive: true });
  run('tar', ['-xzf', `${name.slice(1).replace('/', '-')}-${version}.tgz`, '-C', at, '--strip-components', '1'], user);
  writeFileSync(join(user, 'package.json'), '{"type": "module"}');
  cpSync(join(root, 'test', 'user.ts'), join(user, 'user.ts'));
  for (const [module, moduleResolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], module, moduleResolution };
    writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.ts'] }));
    for (const c of compilers) run(process.execPath, [join(bin, c, 'bin/tsc'), '-p', '.'], user);
  }
  run(process.execPath, ['--input-type=module', '-e', `import(${JSON.stringify(name)}).then(({ connect }) => { if (typeof connect !== 'function') process.exit(1); })`], user);
} finally {
  rmSync(user, { recursive: true, force: true });
}
console.log('the package is sound');
