// Opens a folder with a .grid file in VS Code, as code-server has it on npm, in Chromium,
// with the packaged extension, and looks at what a person sees: a mistake underlined, the
// lens above a type, a completion, a file that is formatted as it is saved.
//
//   npm ci --ignore-scripts && node try.mjs [PICTURE.png]
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
  await page.waitForFunction(() => [...document.querySelectorAll(".codelens-decoration")].some((e) => e.textContent.includes("references")), { timeout: patience });
  console.log("the lens counts references");
  await page.click(".view-line");
  await chord(page, "Control", "End");
  await page.keyboard.type("message B {\ny ", { delay: 60 });
  await pause(1000);
  await chord(page, "Control", "Space");
  await page.waitForFunction(() => [...document.querySelectorAll(".suggest-widget .monaco-list-row")].some((e) => e.textContent.includes("string")), { timeout: patience });
  console.log("types are offered");
  await page.keyboard.press("Escape");
  await page.keyboard.type("string  =1", { delay: 60 });
  await page.keyboard.press("Escape");
  await chord(page, "Control", "s");
  const want = "message B {\n    y string = 1\n}\n";
  for (const end = Date.now() + patience; !readFileSync(file, "utf8").endsWith(want); await pause(200)) {
    if (Date.now() > end) throw new Error(`saved:\n${readFileSync(file, "utf8")}`);
  }
  console.log("it is formatted as it is saved");
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
  writeFileSync(file, "package a\n\nmessage A {\n    x strin = 1\n}\n\n");
  const started = await serve(folders, "--without-connection-token", "--disable-workspace-trust", "--host", "127.0.0.1", "--port", "0");
  server = started.server;
  browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage();
  await look(page, `127.0.0.1:${started.port}`, file);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  if (page && process.argv[2]) await page.screenshot({ path: process.argv[2] });
  await browser?.close();
  server?.removeAllListeners("exit");
  server?.kill();
  rmSync(root, { recursive: true, force: true });
}
