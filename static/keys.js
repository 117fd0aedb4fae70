// Never inside a field, never with a modifier.
const dialog = document.getElementById("keys");
const files = [...document.querySelectorAll(".file")];

// The file with the focus, else the last whose head has reached the top of the window.
function current() {
  const focused = files.findIndex((file) => file.contains(document.activeElement));
  return focused < 0 ? Math.max(0, files.findLastIndex((file) => file.getBoundingClientRect().top < 80)) : focused;
}

function go(step) {
  const file = files[Math.min(Math.max(current() + step, 0), files.length - 1)];
  file?.scrollIntoView();
  file?.querySelector(".code")?.focus({ preventScroll: true });
}

const tap = (selector) => document.querySelector(selector)?.click();
const press = (selector) => files[current()]?.querySelector(selector)?.click();

const list = dialog.querySelector("div"); // empty, but where a page brings its own
const home = new URL("../../", import.meta.url);
const show = async () => {
  try {
    list.innerHTML ||= await fetch(new URL("keys.html", import.meta.url)).then((answer) => answer.ok ? answer.text() : Promise.reject());
    if (!dialog.open) dialog.showModal();
  } catch {
    location = new URL("about", home);
  }
};

const keys = {
  n() {
    const editor = document.querySelector("textarea");
    if (editor) editor.focus();
    else location = home;
  },
  c: () => press("[data-copy]"),
  r: () => press("[data-raw]"),
  j: () => go(1),
  k: () => go(-1),
  l: () => tap("[data-link]:not([hidden])"),
  w: () => tap("#wrap"),
  "/": () => document.getElementById("search")?.focus(),
  e: () => tap("[data-edit]"),
  f: () => tap("[data-fork]"),
  "?": show,
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (!Object.hasOwn(keys, event.key) || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  keys[event.key]();
});
document.querySelector("[data-keys]").onclick = show;
