// Types a field into a file of 1,000 lines in a workspace of 100 files, letter by letter,
// against `gridc lsp` and `buf lsp serve` in turn, and gopls where it is installed, and
// prints how long each takes to a completion and to a hover behind the letter. The files
// say the same in each language.
//
//   npm ci && node typing.mjs [ROUNDS]
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const rounds = Number(process.argv[2] || 3);
const root = mkdtempSync(join(tmpdir(), "gridc-typing-"));

const languages = [
  {
    name: "gridc",
    id: "grid",
    command: [join(root, "gridc"), "lsp"],
    typed: "    added map[string]M3 = 7 @limit(5)",
    field: (name, type, n) => `    ${name} ${type} = ${n}\n`,
    file: (f, body) => `package p${f}\n\n${f % 10 ? `import "f${f - 1}.grid"\n\n` : ""}${body}`,
    service: (f) => `// S does.\nservice S${f} {\n    // Do does.\n    rpc Do(M0) M1 = ${f + 1}\n}\n`,
    path: (f) => `f${f}.grid`,
  },
  {
    name: "buf",
    id: "proto",
    command: [join(here, "node_modules", ".bin", "buf"), "lsp", "serve"],
    typed: "  map<string, M3> added = 7;",
    field: (name, type, n) => `  ${type} ${name} = ${n};\n`,
    file: (f, body) =>
      `syntax = "proto3";\n\npackage p${f};\n\n${f % 10 ? `import "p${f - 1}/f${f - 1}.proto";\n\n` : ""}${body}`,
    service: (f) => `// S does.\nservice S${f} {\n  // Do does.\n  rpc Do(M0) returns (M1);\n}\n`,
    path: (f) => join(`p${f}`, `f${f}.proto`),
  },
];

if (has("gopls")) {
  languages.push({
    name: "gopls",
    id: "go",
    command: ["gopls", "serve"],
    typed: "\tAdded map[string]M3",
    field: (name, type, n) => `\t${name[0].toUpperCase()}${name.slice(1)} ${type} // ${n}\n`,
    file: (f, body) => `package p${f}\n\n${f % 10 ? `import "example.com/typing/p${f - 1}"\n\n` : ""}${body}`,
    message: (m) => `type M${m} struct {\n`,
    service: (f) => `// S does.\ntype S${f} interface {\n\t// Do does.\n\tDo(*M0) *M1\n}\n`,
    path: (f) => join(`p${f}`, `f${f}.go`),
  });
}

function has(program) {
  try {
    execFileSync(program, ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function source(lang, f) {
  let body = "";
  for (let m = 0; m < (f === 50 ? 111 : 10); m++) {
    body += `// M${m} is a message.\n` + (lang.message ? lang.message(m) : `message M${m} {\n`);
    for (let k = 1; k <= 5; k++) body += lang.field(`field${k}`, "string", k);
    if (f % 10) body += lang.field("other", `p${f - 1}.M1`, 6);
    body += "}\n\n";
  }
  const text = lang.file(f, body + lang.service(f));
  if (f === 50 && text.split("\n").length < 1000) throw new Error(`${lang.name}: the file that is typed into is too short`);
  return text;
}

function workspace(lang) {
  const folder = join(root, lang.name + "-files");
  for (let f = 0; f < 100; f++) {
    const path = join(folder, lang.path(f));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source(lang, f));
  }
  if (lang.name === "buf") writeFileSync(join(folder, "buf.yaml"), "version: v2\n");
  if (lang.name === "gopls") writeFileSync(join(folder, "go.mod"), "module example.com/typing\n\ngo 1.26\n");
  return folder;
}

// Server is one language server, spoken to over its standard input and output.
class Server {
  constructor(lang, folder) {
    this.process = spawn(lang.command[0], lang.command.slice(1), { cwd: folder, stdio: ["pipe", "pipe", process.env.LSP_LOG ? "inherit" : "ignore"] });
    this.data = Buffer.alloc(0);
    this.waiting = new Map();
    this.nextID = 1;
    this.process.stdout.on("data", (chunk) => this.take(chunk));
    this.process.on("exit", (code) => this.waiting.forEach((w) => w.reject(new Error(`${lang.name} ended with ${code}`))));
  }

  take(chunk) {
    this.data = Buffer.concat([this.data, chunk]);
    for (;;) {
      const end = this.data.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.data.subarray(0, end).toString())[1]);
      if (this.data.length < end + 4 + length) return;
      const message = JSON.parse(this.data.subarray(end + 4, end + 4 + length).toString());
      this.data = this.data.subarray(end + 4 + length);
      this.heard(message);
    }
  }

  heard(message) {
    if (message.method && message.id !== undefined) {
      // What the server asks: settings it does not get, and all else is fine.
      const result = message.method === "workspace/configuration" ? message.params.items.map(() => null) : null;
      this.write({ jsonrpc: "2.0", id: message.id, result });
    } else if (message.id !== undefined) {
      const w = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) w.reject(new Error(`${w.method}: ${message.error.message}`));
      else w.resolve(message.result);
    }
  }

  write(message) {
    const body = Buffer.from(JSON.stringify(message));
    this.process.stdin.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }

  tell(method, params) {
    this.write({ jsonrpc: "2.0", method, params });
  }

  ask(method, params) {
    const id = this.nextID++;
    this.write({ jsonrpc: "2.0", id, method, params });
    return new Promise((resolve, reject) => this.waiting.set(id, { method, resolve, reject }));
  }
}

// play types the field once for each round, and returns what each letter took.
async function play(lang) {
  const folder = workspace(lang);
  const s = new Server(lang, folder);
  const uri = pathToFileURL(join(folder, lang.path(50))).href;
  const { capabilities } = await s.ask("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "files" }],
    capabilities: {
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
      textDocument: { completion: { completionItem: { snippetSupport: true } }, hover: { contentFormat: ["markdown"] } },
    },
  });
  s.tell("initialized", {});
  // Changes are sent as the server wants them: ranges, or all of the text.
  const sync = capabilities.textDocumentSync;
  const whole = (sync.change ?? sync) === 1;
  let text = source(lang, 50);
  s.tell("textDocument/didOpen", { textDocument: { uri, languageId: lang.id, version: 1, text } });
  const line = text.slice(0, text.indexOf("// M50 ")).split("\n").length - 3; // of the brace above
  let version = 1;
  const offset = ({ line, character }) => text.split("\n", line).reduce((n, l) => n + l.length + 1, 0) + character;
  const change = (range, inserted) => {
    text = text.slice(0, offset(range.start)) + inserted + text.slice(offset(range.end));
    s.tell("textDocument/didChange", { textDocument: { uri, version: ++version }, contentChanges: [whole ? { text } : { range, text: inserted }] });
  };
  const hover = { textDocument: { uri }, position: { line: line + 4, character: 10 } };
  await s.ask("textDocument/hover", hover);
  const took = { completion: [], hover: [], offered: 0 };
  for (let round = 0; round < rounds; round++) {
    change({ start: { line, character: 0 }, end: { line, character: 0 } }, "\n");
    await s.ask("textDocument/hover", hover);
    for (let i = 0; i < lang.typed.length; i++) {
      const begun = performance.now();
      const at = { line, character: i };
      change({ start: at, end: at }, lang.typed[i]);
      const offered = await s.ask("textDocument/completion", { textDocument: { uri }, position: { line, character: i + 1 } });
      took.completion.push(performance.now() - begun);
      took.offered += (offered?.items ?? offered ?? []).length > 0 ? 1 : 0;
      await s.ask("textDocument/hover", hover);
      took.hover.push(performance.now() - begun);
    }
    change({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } }, "");
    await s.ask("textDocument/hover", hover);
  }
  s.process.kill();
  return took;
}

function percentile(times, p) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))].toFixed(1);
}

try {
  execFileSync("go", ["build", "-o", join(root, "gridc"), "./cmd/gridc"], { cwd: join(here, "..", "..") });
  const all = {};
  for (let turn = 0; turn < 2; turn++) {
    for (const lang of languages) {
      const took = await play(lang);
      for (const what of Object.keys(took)) {
        all[lang.name] ??= { completion: [], hover: [], offered: 0 };
        if (what === "offered") all[lang.name].offered += took.offered;
        else all[lang.name][what].push(...took[what]);
      }
    }
  }
  console.log(`load ${loadavg()[0].toFixed(1)}; milliseconds from a letter to the answer`);
  for (const [name, took] of Object.entries(all)) {
    for (const what of ["completion", "hover"]) {
      const times = took[what];
      console.log(`${name.padEnd(5)} ${what.padEnd(11)} p50 ${percentile(times, 50).padStart(7)}  p95 ${percentile(times, 95).padStart(7)}  of ${times.length}${what === "completion" ? `, ${took.offered} with something to offer` : ""}`);
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
