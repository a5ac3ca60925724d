// Talks to `gridc lsp` as VS Code does: with the connection and the types of its own
// library, each of whose answers is looked at by the library's own predicates.
//
//	node lsp.mjs GRIDC FOLDER
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import lsp from "vscode-languageserver-protocol/node";

const [gridc, folder] = process.argv.slice(2);
const server = spawn(gridc, ["lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const left = new Promise((resolve) => server.on("exit", resolve));
const connection = lsp.createProtocolConnection(
  new lsp.StreamMessageReader(server.stdout),
  new lsp.StreamMessageWriter(server.stdin),
  { error: fail, warn: fail, info() {}, log() {} },
);

function fail(message) {
  console.error("the library complains:", message);
  process.exitCode = 1;
}

// The newest diagnostics of each document, and who waits for some.
const told = new Map();
const waiting = [];
connection.onNotification(lsp.PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
  assert.ok(diagnostics.every(lsp.Diagnostic.is), JSON.stringify(diagnostics));
  told.set(uri, diagnostics);
  for (const check of waiting) check();
});
connection.onRequest(lsp.RegistrationRequest.type, ({ registrations }) => {
  assert.deepEqual(registrations.map((r) => r.method), ["workspace/didChangeWatchedFiles"]);
});
connection.onNotification(lsp.ShowMessageNotification.type, ({ message }) => assert.match(message, /the wire does not/));

// toldWhere waits until the diagnostics of a document are so.
function toldWhere(uri, holds) {
  return new Promise((resolve) => {
    const check = () => told.has(uri) && holds(told.get(uri)) && resolve(told.get(uri));
    waiting.push(check);
    check();
  });
}

const uri = pathToFileURL(`${folder}/storage.grid`).href;
const textDocument = { uri };
const text = readFileSync(`${folder}/storage.grid`, "utf8");
const at = (piece, behind = 0) => {
  const before = text.slice(0, text.indexOf(piece) + behind).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
};
const ask = (type, params) => connection.sendRequest(type, params);
const each = (list, is) => list.length > 0 && list.every((x) => is(x));
const end = text.split("\n").length - 1;
const everything = { start: { line: 0, character: 0 }, end: { line: end, character: 0 } };

connection.listen();
const { capabilities } = await ask(lsp.InitializeRequest.type, {
  processId: process.pid, rootUri: pathToFileURL(folder).href, workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "w" }],
  capabilities: {
    workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
    textDocument: { completion: { completionItem: { snippetSupport: true } }, documentSymbol: { hierarchicalDocumentSymbolSupport: true }, definition: { linkSupport: true } },
  },
});
assert.equal(capabilities.textDocumentSync.change, lsp.TextDocumentSyncKind.Incremental);
await connection.sendNotification(lsp.InitializedNotification.type, {});
await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: "grid", version: 1, text } });
await toldWhere(uri, (ds) => ds.length === 0);

const position = at("state    DiskState", 10);
assert.ok(lsp.Hover.is(await ask(lsp.HoverRequest.type, { textDocument, position })));
assert.ok(each(await ask(lsp.DefinitionRequest.type, { textDocument, position }), lsp.LocationLink.is));
assert.ok(each(await ask(lsp.ReferencesRequest.type, { textDocument, position, context: { includeDeclaration: true } }), lsp.Location.is));
assert.ok(each(await ask(lsp.DocumentHighlightRequest.type, { textDocument, position }), (h) => lsp.Range.is(h.range)));
assert.ok(each(await ask(lsp.DocumentSymbolRequest.type, { textDocument }), lsp.DocumentSymbol.is));
assert.ok(each(await ask(lsp.WorkspaceSymbolRequest.type, { query: "disk" }), (s) => lsp.Location.is(s.location)));
assert.ok(each(await ask(lsp.FoldingRangeRequest.type, { textDocument }), lsp.FoldingRange.is));
assert.ok(each(await ask(lsp.SelectionRangeRequest.type, { textDocument, positions: [position] }), lsp.SelectionRange.is));
assert.ok(each(await ask(lsp.DocumentLinkRequest.type, { textDocument }), lsp.DocumentLink.is));
assert.ok(each(await ask(lsp.CodeLensRequest.type, { textDocument }), lsp.CodeLens.is));
assert.ok((await ask(lsp.InlayHintRequest.type, { textDocument, range: everything })).every(lsp.InlayHint.is));
assert.ok(lsp.SemanticTokens.is(await ask(lsp.SemanticTokensRequest.type, { textDocument })));
assert.ok(each(await ask(lsp.CodeActionRequest.type, { textDocument, range: { start: position, end: position }, context: { diagnostics: [] } }), lsp.CodeAction.is));
assert.ok(lsp.WorkspaceEdit.is(await ask(lsp.RenameRequest.type, { textDocument, position, newName: "Health" })));
assert.deepEqual(await ask(lsp.DocumentFormattingRequest.type, { textDocument, options: { tabSize: 4, insertSpaces: true } }), []);

// A mistake is typed, told with a fix, and taken back.
const behind = at("    free     uint64", 0);
await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
  textDocument: { uri, version: 2 }, contentChanges: [{ range: { start: behind, end: behind }, text: "    more int = 20 @\n" }],
});
await toldWhere(uri, (ds) => ds.some((d) => d.severity === lsp.DiagnosticSeverity.Error));
const { items } = await ask(lsp.CompletionRequest.type, { textDocument, position: { line: behind.line, character: 19 } });
assert.ok(each(items, (i) => typeof i.label === "string" && lsp.TextEdit.is(i.textEdit)) && items.some((i) => i.label === "@limit"), JSON.stringify(items));
await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
  textDocument: { uri, version: 3 },
  contentChanges: [{ range: { start: behind, end: { line: behind.line + 1, character: 0 } }, text: "" }],
});
await toldWhere(uri, (ds) => ds.length === 0);

await assert.rejects(connection.sendRequest("gridc/unknown"), { code: lsp.ErrorCodes.MethodNotFound });
await ask(lsp.ShutdownRequest.type);
await connection.sendNotification(lsp.ExitNotification.type);
assert.equal(await left, 0);
console.log("all answers are those of the protocol");
