// What a customer may write before the script is there.
window.playhead = window.playhead || [];
window.playhead.push(["register", { release: "1.2.3" }]);
window.playhead.push(["identify", "user-7", { email: "ada@example.org", plan: "pro" }]);
window.playhead.push(["capture", "early", { at: "load" }]);
