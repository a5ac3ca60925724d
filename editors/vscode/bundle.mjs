// Makes dist/extension.js, the extension in one file with what it takes from npm, and
// dist/licenses.txt, the licences of that.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const { metafile } = await build({
  entryPoints: ["extension.js"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20", // VS Code 1.91 has it, the oldest of `engines`
  external: ["vscode"],
  metafile: true,
});

const folders = new Set(Object.keys(metafile.inputs).flatMap((file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
writeFileSync("dist/licenses.txt", [...folders].sort().map(license).join("\n"));

// license is the licence of a package, which must have one.
function license(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "License.txt", "license.txt"].map((name) => join(folder, name)).find(existsSync);
  if (!file) throw new Error(`${folder} has no licence that could be shipped: look for it, and name its file here`);
  return `${name} ${version}\n\n${readFileSync(file, "utf8").trim()}\n`;
}
