// What every page does in the browser. Each part is one file, works alone, and the page works without all of them.
import "./times.js";
import "./theme-switch.js";
import "./menus.js";
import "./copy.js";
import "./keys.js";
import "./palette.js";
import "./rows.js";
import "./filters.js";
import "./fresh.js";
import "./waiting.js";
