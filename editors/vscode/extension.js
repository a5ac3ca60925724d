// Formats .grid documents with `gridc fmt`.
"use strict";

const { execFile } = require("node:child_process");
const fs = require("node:fs/promises");
const os = require("node:os");
const path = require("node:path");
const vscode = require("vscode");

function activate(context) {
  context.subscriptions.push(
    vscode.languages.registerDocumentFormattingEditProvider("grid", {
      provideDocumentFormattingEdits: format,
    }),
  );
}

// gridc formats files, and the document may not be saved: it gets a copy.
async function format(document) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "gridc-"));
  try {
    const copy = path.join(folder, "document.grid");
    const before = document.getText();
    await fs.writeFile(copy, before);
    const after = await run(document, ["fmt", copy]);
    if (after === before) {
      return [];
    }
    const all = new vscode.Range(document.positionAt(0), document.positionAt(before.length));
    return [vscode.TextEdit.replace(all, after)];
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

// A file with mistakes is formatted where it is sound, so that only a missing or
// failing command (status 2 and up) is worth a message.
function run(document, args) {
  const [command, ...first] = vscode.workspace.getConfiguration("gridc", document).get("command");
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  const options = { cwd: folder && folder.uri.fsPath, maxBuffer: 64 << 20 };
  return new Promise((resolve, reject) => {
    execFile(command, [...first, ...args], options, (error, stdout, stderr) => {
      if (error && error.code !== 1) {
        vscode.window.showErrorMessage(`gridc: ${stderr || error.message}`);
        reject(error);
        return;
      }
      resolve(stdout);
    });
  });
}

module.exports = { activate };
