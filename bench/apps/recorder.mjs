/** Prints our recorder as one script which keeps, beside all that it does, each event of rrweb as JSON in `window.playheadTap`. */
import { build } from "esbuild";
import { readFileSync } from "node:fs";

const root = new URL("../..", import.meta.url).pathname;
const AFTER = "cleanDomEvent(clean, nodes);"; // privacy has passed over the event, nothing else has
const TAP = "((globalThis as unknown as { playheadTap?: string[] }).playheadTap ??= []).push(JSON.stringify(clean));";

const tapped = {
  name: "tapped",
  setup(builder) {
    builder.onLoad({ filter: /recorder_js\/src\/capture\/dom\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8");
      if (contents.split(AFTER).length !== 2) throw new Error("capture/dom.ts changed: look again at where its events are clean");
      return { contents: contents.replace(AFTER, `${AFTER} ${TAP}`), loader: "ts" };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: ["recorder_js/src/script.ts"],
  absWorkingDir: root,
  bundle: true,
  format: "iife",
  target: ["es2020"],
  charset: "ascii",
  define: { __VERSION__: '"bench"', "process.env.NODE_ENV": '"production"' },
  plugins: [tapped],
  write: false,
});
process.stdout.write(outputFiles[0].contents);
