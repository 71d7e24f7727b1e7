/** What columns cost V8: `node columns.mjs RECORDING CUT_MS ROUNDS`; one JSON object. */
import { build } from "esbuild";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const [path, cutMs, rounds] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "playhead-columns-"));
const outfile = join(folder, "columns.mjs");
await build({ entryPoints: ["recorder_js/src/wire/columns.ts"], bundle: true, minify: true, target: ["es2020"], format: "esm", outfile, logLevel: "error" });
const { encode, decode } = await import(outfile);
rmSync(folder, { recursive: true });

const batches = [];
let firstMs = -Infinity;
for (const line of gunzipSync(readFileSync(path)).toString().trim().split("\n")) {
  const event = JSON.parse(line);
  if (event.timestamp - firstMs >= Number(cutMs)) {
    batches.push([]);
    firstMs = event.timestamp;
  }
  batches.at(-1).push(event);
}
const texts = batches.map((batch) => JSON.stringify(batch));
const documents = batches.map((batch) => encode(batch));
const mb = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6;

/** Processor milliseconds a MB of JSON, of the fastest of some rounds. */
function cost(run) {
  let least = Infinity;
  for (let round = 0; round < Number(rounds); round++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000 / mb);
  }
  return least;
}

const zip = (bytes) => gzipSync(bytes, { level: 6 });
const parse = cost(() => texts.map((text) => JSON.parse(text)));
const asColumns = cost(() => texts.map((text) => encode(JSON.parse(text)))); // a worker gets JSON text
const withGzip = cost(() => texts.map((text) => zip(encode(JSON.parse(text)))));
const asJson = cost(() => texts.map(zip));
const read = cost(() => documents.map((document) => decode(document)));
const round = (number, digits) => Number(number.toFixed(digits));
console.log(
  JSON.stringify({
    encode_ms_per_mb_node: round(asColumns, 1),
    decode_ms_per_mb_node: round(read, 1),
    encode_vs_json_node: round(withGzip / asJson, 2),
    decode_vs_json_node: round(read / parse, 2),
  }),
);
