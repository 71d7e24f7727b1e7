/**
 * Builds the stage with walls taken away, for negative controls only; nothing of this is shipped.
 *
 *     node tests/isolation/stage.mjs OUTFILE [sanitiser] [sandbox]
 */
import { build } from "esbuild";
import { readFileSync } from "node:fs";

const root = new URL("../..", import.meta.url).pathname;
const [outfile, ...without] = process.argv.slice(2);

const walls = {
  name: "walls",
  setup(builder) {
    if (without.includes("sanitiser")) {
      const contents = "export class Sanitiser { clean(event) { return event; } }";
      builder.onLoad({ filter: /stage\/sanitise\.ts$/ }, () => ({ contents, loader: "ts" }));
    }
    if (!without.includes("sandbox")) return;
    const open = (source) =>
      source
        .replaceAll('setAttribute("sandbox", "allow-same-origin")', 'setAttribute("sandbox", "allow-same-origin allow-scripts")')
        .replace("sandboxTokens.length === 1 &&", "");
    builder.onLoad({ filter: /@rrweb\/replay\/dist\/replay\.js$/ }, ({ path }) => ({ contents: open(readFileSync(path, "utf8")), loader: "js" }));
    builder.onLoad({ filter: /stage\/caster\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace('const SANDBOX = "allow-same-origin"', 'const SANDBOX = "allow-same-origin allow-scripts"'),
      loader: "ts",
    }));
  },
};

await build({ absWorkingDir: root, entryPoints: ["player_js/src/stage.ts"], outfile, bundle: true, format: "iife", plugins: [walls], logLevel: "error" });
