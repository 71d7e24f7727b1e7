"""The one set of icons: 16 × 16 outlines, inlined so that nothing is loaded for them."""

from __future__ import annotations

PATHS = {
    "chevron": '<path d="m4.5 6.5 3.5 3.5 3.5-3.5"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3 3"/>',
    "theme": '<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5v11a5.5 5.5 0 0 0 0-11Z" fill="currentColor" stroke="none"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M3.5 10.5h-1v-8h8v1"/>',
    "check": '<path d="m3 8.5 3.5 3.5L13 4.5"/>',
    "import": '<path d="M8 2.5v7m-3-3 3 3 3-3"/><path d="M2.5 10.5v3h11v-3"/>',
    "back": '<path d="M9.5 4 5.5 8l4 4"/>',
    "forward": '<path d="m6.5 4 4 4-4 4"/>',
    "cross": '<path d="m4.5 4.5 7 7m0-7-7 7"/>',
    "error": '<circle cx="8" cy="8" r="5.5"/><path d="m6 6 4 4m0-4-4 4"/>',
    "console_error": '<path d="M2.5 3.5h11v9h-11z"/><path d="m5 6.5 2 1.5-2 1.5m3.5.5H11"/>',
    "request_failed": '<path d="M3 4.5h9m-2-2 2 2-2 2"/><path d="M9 11.5H3m2-2-2 2 2 2m5.5-4 3 3m0-3-3 3"/>',
    "click": '<path d="m6 6 7 2.7-3 1.3-1.3 3z"/><path d="M6 2v1.5M2 6h1.5M3.2 3.2l1 1m4.6-1-1 1"/>',
    "rage_click": '<path d="m6 6 7 2.7-3 1.3-1.3 3z"/><path d="M6 1.5v2M1.5 6h2M2.6 2.6 4 4m5.4-1.4L8 4M2.6 9.4 4 8"/>',
    "navigation": '<path d="M2.5 8h10m-4-4 4 4-4 4"/>',
    "submit": '<path d="M13.5 3.5v5h-9m3-3-3 3 3 3"/>',
    "custom": '<path d="m8 2.5 1.7 3.6 3.8.5-2.8 2.7.7 3.9L8 11.3l-3.4 1.9.7-3.9-2.8-2.7 3.8-.5z"/>',
    "identify": '<circle cx="8" cy="5.5" r="2.5"/><path d="M3 13.5c.6-2.7 2.5-4 5-4s4.4 1.3 5 4"/>',
    "warn": '<path d="M8 2.5 14 13.5H2z"/><path d="M8 6.5v3m0 1.7v.3"/>',
    "keyboard": '<rect x="1.5" y="4" width="13" height="8" rx="1.5"/><path d="M4 6.5h.5m2 0H7m2.5 0h.5m2 0h.5M5 9.5h6"/>',
}
