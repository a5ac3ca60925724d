// Opens a folder with a .grid file in VS Code, as code-server has it on npm, in Chromium,
// with the packaged extension, and looks at what a person sees: a mistake underlined, the
// lens above a type, who breaks, hints in the line, colours by meaning, symbols, a
// completion, a file that is formatted as it is saved.
//
//   npm ci --ignore-scripts && node try.mjs [FOLDER]
//
// With a folder it keeps pictures there.
//
// It needs Node 20 with its headers (/usr/include/node), a C++ compiler and Chromium
// (CHROMIUM says where, /usr/bin/chromium otherwise). The first run takes minutes: it
// builds what VS Code has in C++.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const here = dirname(fileURLToPath(import.meta.url));
const vscode = join(here, "node_modules", "code-server", "lib", "vscode");
const root = mkdtempSync(join(tmpdir(), "gridc-vscode-"));
const patience = 120_000;

const run = (folder, program, ...args) => execFileSync(program, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// install makes VS Code's server of what npm brings.
function install() {
  if (existsSync(join(vscode, "node_modules", "node-pty", "build", "Release", "pty.node"))) return;
  process.env.npm_config_nodedir ??= "/usr";
  process.env.npm_config_yes ??= "true"; // node-pty fetches node-gyp with npx
  run(vscode, "npm", "install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund");
  for (const name of ["@vscode/spdlog", "native-watchdog", "@parcel/watcher", "node-pty"]) run(vscode, "npm", "rebuild", name);
}

// extension packages the extension, and returns the .vsix.
function extension() {
  const folder = join(root, "vscode");
  cpSync(join(here, "..", "vscode"), folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  run(folder, "npm", "run", "package");
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".vsix")));
}

// serve starts VS Code with the extension, and returns its process and its address.
async function serve(folders, ...args) {
  const server = spawn(process.execPath, ["out/server-main.js", "--accept-server-license-terms", ...folders, ...args], { cwd: vscode });
  let said = "";
  const port = new Promise((found, failed) => {
    for (const out of [server.stdout, server.stderr]) {
      out.on("data", (text) => {
        said += text;
        const at = /Extension host agent listening on (\d+)/.exec(said);
        if (at) found(at[1]);
      });
    }
    server.on("exit", () => failed(new Error(said)));
  });
  return { server, port: await port };
}

// look drives the page.
async function look(page, address, file) {
  const open = encodeURIComponent(JSON.stringify([["openFile", `vscode-remote://${address}${file}`]]));
  await page.goto(`http://${address}/?folder=${dirname(file)}&payload=${open}`, { timeout: patience });
  await page.waitForSelector(".squiggly-error", { timeout: patience });
  console.log("the mistake is underlined");
  await shown(page, ".codelens-decoration", "1 reference");
  console.log("the lens counts references");
  await complete(page, file);
  await shown(page, ".codelens-decoration", "breaks peers of main: a.A field 2 total: uint64 became int64");
  console.log("the lens says who breaks");
  await shown(page, ".view-line", "Go UserID");
  console.log("the Go name is hinted");
  await coloured(page);
  console.log("names are coloured by what they mean");
  await picture(page, "hints");
  await symbols(page);
}

// shown waits until one of the elements has a text; spaces of any kind are alike.
async function shown(page, selector, text) {
  const there = (selector, text) => [...document.querySelectorAll(selector)].some((e) => e.textContent.replace(/\s+/g, " ").includes(text));
  await page.waitForFunction(there, { timeout: patience }, selector, text);
}

async function complete(page, file) {
  await page.click(".view-line");
  for (let line = 0; line < 3; line++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await chord(page, "Shift", "End");
  await page.keyboard.type("x string = 1", { delay: 60 });
  await page.keyboard.press("Escape");
  await chord(page, "Control", "End");
  await page.keyboard.type("message B {\ny ", { delay: 60 });
  await pause(1000);
  await chord(page, "Control", "Space");
  await shown(page, ".suggest-widget .monaco-list-row", "string");
  console.log("types are offered");
  await picture(page, "completion");
  await page.keyboard.press("Escape");
  await page.keyboard.type("string  =1", { delay: 60 });
  await pause(2000);
  if (await page.$(".suggest-widget.visible")) throw new Error("a number that is written is still offered");
  await page.keyboard.type("\nz bool = 2", { delay: 60 });
  await page.keyboard.press("Escape");
  await chord(page, "Control", "s");
  const want = "message B {\n    y string = 1\n    z bool   = 2\n}\n";
  for (const end = Date.now() + patience; !readFileSync(file, "utf8").endsWith(want); await pause(200)) {
    if (Date.now() > end) throw new Error(`saved:\n${readFileSync(file, "utf8")}`);
  }
  console.log("it is formatted as it is saved");
}

// coloured waits until a type is coloured as a type where it is named, which the grammar
// alone cannot know.
async function coloured(page) {
  const same = () => {
    const colour = (line, word) => {
      const spans = [...document.querySelectorAll(".view-line")].find((e) => e.textContent.replace(/\s+/g, " ").includes(line))?.querySelectorAll("span span") ?? [];
      const span = [...spans].find((e) => e.textContent.trim() === word);
      return span && getComputedStyle(span).color;
    };
    const declared = colour("message A {", "A");
    return declared !== undefined && declared === colour("a A? = 4", "A") && declared !== colour("a A? = 4", "a");
  };
  await page.waitForFunction(same, { timeout: patience });
}

async function symbols(page) {
  await chord(page, "Control", "t");
  await page.waitForSelector(".quick-input-widget input", { timeout: patience });
  await page.keyboard.type("tot", { delay: 60 });
  await shown(page, ".quick-input-list .monaco-list-row", "A.total");
  console.log("the workspace's symbols are found");
  await picture(page, "workspace-symbols");
  await page.keyboard.press("Escape");
  await chord(page, "Control", "g"); // focuses the editor again
  await page.keyboard.press("Escape");
  await chord(page, "Control", "p");
  await page.keyboard.type("@", { delay: 60 });
  await shown(page, ".quick-input-list .monaco-list-row", "userId");
  console.log("the document's symbols are listed");
  await picture(page, "symbols");
  await page.keyboard.press("Escape");
}

// picture keeps what is to be seen now, where a folder for it was named.
async function picture(page, name) {
  if (process.argv[2]) await page.screenshot({ path: join(process.argv[2], name + ".png") });
}

async function chord(page, modifier, key) {
  await page.keyboard.down(modifier);
  await page.keyboard.press(key);
  await page.keyboard.up(modifier);
}

let server, browser, page;
try {
  install();
  run(join(here, "..", ".."), "go", "build", "-o", join(root, "gridc"), "./cmd/gridc");
  const folders = ["--extensions-dir", join(root, "extensions"), "--server-data-dir", join(root, "data")];
  run(vscode, process.execPath, "out/server-main.js", "--accept-server-license-terms", ...folders, "--install-extension", extension());
  mkdirSync(join(root, "data", "data", "Machine"), { recursive: true });
  writeFileSync(join(root, "data", "data", "Machine", "settings.json"), JSON.stringify({ "gridc.command": [join(root, "gridc")] }));
  const file = join(root, "files", "a.grid");
  mkdirSync(dirname(file));
  const text = "package a\n\nmessage A {\n    x strin = 1\n    total uint64 = 2\n    userId string = 3\n    a A? = 4\n}\n\n";
  writeFileSync(file, text.replace("strin ", "string "));
  const git = (...args) => run(dirname(file), "git", "-c", "user.name=try", "-c", "user.email=try@example.com", ...args);
  git("init", "--quiet", "--initial-branch", "main");
  git("add", ".");
  git("commit", "--quiet", "--message", "begun");
  writeFileSync(file, text.replace("total uint64", "total int64"));
  const started = await serve(folders, "--without-connection-token", "--disable-workspace-trust", "--host", "127.0.0.1", "--port", "0");
  server = started.server;
  browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage();
  await look(page, `127.0.0.1:${started.port}`, file);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  if (page && process.exitCode) await picture(page, "failed");
  await browser?.close();
  server?.removeAllListeners("exit");
  server?.kill();
  rmSync(root, { recursive: true, force: true });
}
