// Starts `gridc lsp` for .grid documents, and offers gridc's commands.
"use strict";

const { execFile } = require("node:child_process");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

// The scheme of documents that explain a diagnostic; the server puts its id behind.
const explainScheme = "gridc-explain";

let client;

async function activate(context) {
  const add = (...disposables) => context.subscriptions.push(...disposables);
  add(
    vscode.workspace.registerTextDocumentContentProvider(explainScheme, {
      provideTextDocumentContent: (uri) => run(["explain", uri.path]),
    }),
    vscode.commands.registerCommand("gridc.generate", () => inTerminal(["gen", "."])),
    vscode.commands.registerCommand("gridc.breaking", () => inTerminal(["breaking", "--against", setting("against") || "main", "."])),
    vscode.commands.registerCommand("gridc.explain", explain),
    vscode.commands.registerCommand("gridc.showReferences", showReferences),
    vscode.commands.registerCommand("gridc.restart", restart),
    vscode.workspace.onDidChangeConfiguration((e) => e.affectsConfiguration("gridc") && restart()),
  );
  await start();
}

function deactivate() {
  return client && client.stop();
}

function setting(name) {
  return vscode.workspace.getConfiguration("gridc").get(name);
}

async function start() {
  const [command, ...first] = setting("command");
  const folder = vscode.workspace.workspaceFolders && vscode.workspace.workspaceFolders[0];
  client = new LanguageClient(
    "gridc",
    "gridc",
    { command, args: [...first, "lsp"], options: { cwd: folder && folder.uri.fsPath } },
    {
      documentSelector: [{ language: "grid" }],
      initializationOptions: { against: setting("against"), explainURI: explainScheme + ":", showReferences: true },
    },
  );
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`gridc: ${(error && error.message) || error || "it does not start"}. The setting gridc.command says how it is called.`);
  }
}

async function restart() {
  await deactivate();
  await start();
}

// run gives what gridc prints; a status of 1 is no failure.
function run(args) {
  const [command, ...first] = setting("command");
  const folder = vscode.workspace.workspaceFolders && vscode.workspace.workspaceFolders[0];
  return new Promise((resolve) => {
    execFile(command, [...first, ...args], { cwd: folder && folder.uri.fsPath, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve(stdout || stderr || (error && error.message) || "");
    });
  });
}

// inTerminal runs gridc as a task, so that its findings are in the list of problems.
function inTerminal(args) {
  const [command, ...first] = setting("command");
  const task = new vscode.Task(
    { type: "gridc" },
    vscode.TaskScope.Workspace,
    args[0],
    "gridc",
    new vscode.ProcessExecution(command, [...first, "--format", "text", ...args]),
    "$gridc",
  );
  return vscode.tasks.executeTask(task);
}

// explain shows what the diagnostic at the cursor means, or one that is asked for.
async function explain() {
  const editor = vscode.window.activeTextEditor;
  const here = editor && vscode.languages.getDiagnostics(editor.document.uri).find((d) => d.range.contains(editor.selection.active));
  const code = here && (here.code.value || here.code);
  const id = code || (await vscode.window.showInputBox({ prompt: "The id of a diagnostic, such as lint/request-shared" }));
  if (id) {
    await vscode.window.showTextDocument(vscode.Uri.from({ scheme: explainScheme, path: String(id) }), { preview: true });
  }
}

// showReferences is the command of a code lens, whose arguments are those of the protocol.
function showReferences(uri, position, locations) {
  const { asUri, asPosition, asLocation } = client.protocol2CodeConverter;
  return vscode.commands.executeCommand("editor.action.showReferences", asUri(uri), asPosition(position), locations.map(asLocation));
}

module.exports = { activate, deactivate };
