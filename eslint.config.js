import tseslint from "typescript-eslint";

/** The house's import rules: down only. Each entry: these files may not import those. */
const deny = (files, groups) => ({
  files,
  rules: {
    "no-restricted-imports": [
      "error",
      { patterns: groups.map(([regex, message]) => ({ regex, message })) },
    ],
  },
});

const NO_RRWEB = ["^@?rrweb", "Only capture/dom knows rrweb."];

export default tseslint.config(
  { ignores: ["**/dist/**", "node_modules/**", ".venv/**", "data/**", "state/**", "build/**", "demo/**"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Recorded and foreign text never becomes markup." },
        { property: "outerHTML", message: "Recorded and foreign text never becomes markup." },
      ],
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ["**/test/**"], rules: { "no-restricted-properties": "off" } },
  deny(["recorder_js/src/**"], [NO_RRWEB]),
  deny(["recorder_js/src/wire/**"], [[String.raw`^\.\./`, "wire imports nothing from the recorder."], NO_RRWEB]),
  deny(
    ["recorder_js/src/capture/**"],
    [
      [String.raw`^\./(?!context$)`, "Captures never import each other; recorder.ts joins them."],
      [String.raw`^\.\./(?!privacy/|lib/|wire/events$|config$)`, "Captures import privacy, lib, config and types only."],
      NO_RRWEB,
    ],
  ),
  deny(
    ["recorder_js/src/capture/dom.ts"],
    [
      [String.raw`^\./(?!context$)`, "Captures never import each other; recorder.ts joins them."],
      [String.raw`^\.\./(?!privacy/|lib/|wire/events$|config$)`, "Captures import privacy, lib, config and types only."],
    ],
  ),
  deny(["recorder_js/src/privacy/**"], [[String.raw`^\.\./(?!lib/|wire/events$|config$)`, "privacy imports lib, config and types only."], NO_RRWEB]),
  deny(["recorder_js/src/lib/**"], [[String.raw`^\.\./`, "lib imports nothing from the recorder."], NO_RRWEB]),
  deny(
    ["player_js/src/**"],
    [[String.raw`recorder_js/(?!src/wire/)`, "The player shares recorder_js/src/wire with the recorder, and nothing else."]],
  ),
);
