#!/usr/bin/env node
/**
 * Builds the browser's JavaScript into static/dist and prints what it weighs.
 *
 *     node scripts/build.mjs [recorder|player|stage|pages|package …] [--check]
 *
 * Without names all bundles are built (`package`, the npm module with its types, only when named).
 * `--check` fails when a bundle is over its budget (package.json, "playhead".budgets, KB of brotli).
 */
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = new URL("..", import.meta.url).pathname;
const out = `${root}static/dist`;
const version = /^## (.+)$/m.exec(readFileSync(`${root}CHANGELOG.md`, "utf8"))[1].trim();
const { playhead } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/**
 * What @rrweb/record carries and we never switch on: [from, upto, what it must hold, what stands in its place].
 * The canvas recorder brings a worker that no strict CSP lives with; recorders in frames of other origins and hooks are off.
 */
const CUTS = [
  ["const jsContent = ", "\nclass StylesheetManager {", "class CanvasManager {", "class CanvasManager { reset() {} freeze() {} unfreeze() {} lock() {} unlock() {} }"],
  ["class CrossOriginIframeMirror {", "\nclass IframeManager {", "getRemoteIds(", "class CrossOriginIframeMirror {}"],
  ["  handleMessage(message) {", "}\nclass ShadowDomManager {", "transformCrossOriginEvent(iframeEl, e) {", "  handleMessage() {}\n"],
  ["function mergeHooks(o, hooks) {", "\nfunction initObservers(", "hooks.mutation", "function mergeHooks() {}"],
];

const withoutUnused = {
  name: "without-unused",
  setup(builder) {
    builder.onLoad({ filter: /@rrweb\/record\/dist\/record\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [from, upto, holds, stub] of CUTS) {
        const start = contents.indexOf(from);
        const end = contents.indexOf(upto, start);
        if (start < 0 || end < start || !contents.slice(start, end).includes(holds)) {
          throw new Error(`@rrweb/record changed: look again at what is cut at "${from}"`);
        }
        contents = contents.slice(0, start) + stub + contents.slice(end);
      }
      contents = contents
        .replace(/^ *__publicField\(this, "\w+"\);\n/gm, "") // says only that a field is not set yet
        .replace(/__publicField\(this, "(\w+)", (.+)\);$/gm, "this.$1 = $2;"); // a field that nobody inherits or intercepts
      return { contents, loader: "js" };
    });
  },
};

const common = {
  bundle: true,
  minify: true,
  target: ["es2020"],
  legalComments: "none",
  charset: "utf8", // and so the recorder's own text stays ASCII: a page in another charset must read it too
  define: { __VERSION__: JSON.stringify(version), "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  absWorkingDir: root,
};
const preact = { jsx: "automatic", jsxImportSource: "preact" };

const bundles = {
  recorder: [
    { entryPoints: ["recorder_js/src/script.ts"], outfile: `${out}/recorder.js`, format: "iife", charset: "ascii", plugins: [withoutUnused] },
    { entryPoints: ["recorder_js/src/index.ts"], outfile: `${out}/recorder.mjs`, format: "esm", charset: "ascii", plugins: [withoutUnused] },
  ],
  player: [{ entryPoints: { player: entry("player_js/src/main", "player_js/src/index") }, outdir: out, format: "esm", ...preact }],
  stage: [{ entryPoints: { stage: entry("player_js/src/stage-document", "player_js/src/stage/main", "player_js/src/stage") }, outdir: out, format: "iife" }],
};

/** The first of these modules that exists. */
function entry(...stems) {
  const found = stems.flatMap((stem) => [`${stem}.ts`, `${stem}.tsx`]).find((path) => existsSync(root + path));
  return found ?? `${stems[0]}.ts`;
}

function copyPages() {
  copyFileSync(`${root}node_modules/htmx.org/dist/htmx.min.js`, `${out}/htmx.js`);
}

/** recorder_js/dist/package: what `npm publish` or `npm install <folder>` takes; the version is the changelog's. */
function buildPackage() {
  const dist = `${root}recorder_js/dist/package`;
  mkdirSync(`${dist}/dist`, { recursive: true });
  copyFileSync(`${out}/recorder.mjs`, `${dist}/dist/recorder.mjs`);
  const manifest = JSON.parse(readFileSync(`${root}recorder_js/package.json`, "utf8"));
  writeFileSync(`${dist}/package.json`, `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  if (!existsSync(`${root}node_modules/.bin/tsc`)) {
    console.error("build: the types of the package need TypeScript; `make setup` brings it");
    process.exit(1);
  }
  execFileSync(`${root}node_modules/.bin/tsc`, ["-p", `${root}recorder_js/tsconfig.package.json`], { stdio: "inherit" });
  nameExtensions(`${dist}/dist/types`);
}

/** Say "./config.js" for "./config": a module's types are found by their whole names only. */
function nameExtensions(types) {
  for (const name of readdirSync(types, { recursive: true }).filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(`${types}/${name}`, "utf8");
    writeFileSync(`${types}/${name}`, text.replace(/(from|import\()( ?)"(\.[^"]*?)(\.js)?"/g, '$1$2"$3.js"'));
  }
}

function weigh(path) {
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli };
}

const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(7);
const names = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const isCheck = process.argv.includes("--check");
const wanted = names.length ? names : [...Object.keys(bundles), "pages"];

mkdirSync(out, { recursive: true });
console.log("    min KB    gz KB    br KB");
let failed = false;
for (const name of wanted) {
  if (name === "pages") copyPages();
  else if (name === "package") buildPackage();
  else if (!bundles[name]) {
    console.error(`build: there is no bundle "${name}"; there are ${[...Object.keys(bundles), "pages", "package"].join(", ")}`);
    process.exit(2);
  }
  for (const bundle of bundles[name] ?? []) {
    const { metafile } = await build({ ...common, ...bundle, metafile: true });
    for (const path of Object.keys(metafile.outputs)) {
      const { raw, gzip, brotli } = weigh(root + path);
      const file = path.split("/").pop();
      const budget = playhead?.budgets?.[file];
      const isOver = budget !== undefined && brotli > budget * 1000;
      failed ||= isOver;
      console.log(`  ${kb(raw)}  ${kb(gzip)}  ${kb(brotli)}  ${file}${budget ? ` (budget ${budget})` : ""}${isOver ? "  OVER BUDGET" : ""}`);
    }
  }
}
if (isCheck && failed) process.exit(1);
