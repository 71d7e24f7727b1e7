import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { __VERSION__: JSON.stringify("0.0.0-test") },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: {
    environment: "happy-dom",
    include: ["{recorder,player}_js/test/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    fileParallelism: false, // small suites on shared machines: starting workers costs more than they save
  },
});
