// Judging snippets by keyboard. Asked before keys.js, and what is answered here does not come there.
const items = [...document.querySelectorAll("[data-item]")];
const dialog = document.getElementById("keys");
const LAST = "moderation"; // in the session's storage: the snippet that was acted on, and its place

const current = () => items.indexOf(document.activeElement.closest("[data-item]"));

function go(index) {
  const item = items[Math.min(Math.max(index, 0), items.length - 1)];
  item?.focus({ preventScroll: true });
  item?.scrollIntoView({ block: "nearest" });
}

function act(key) {
  const what = (items[current()] ?? document.createElement("p")).querySelector(`[data-key="${key}"]`);
  const found = what ?? document.querySelector(`.note [data-key="${key}"]`);
  if (found?.name === "note") found.focus();
  else found?.click();
  return found;
}

addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const { key, target } = event;
    if (target.name === "note" && ["Enter", "Escape"].includes(key)) go(current());
    else if (target.closest("input, textarea, select")) return;
    else if (key === "j") go(current() + 1);
    else if (key === "k") go(current() - 1);
    else if (!/^[a-z]$/.test(key) || !act(key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// The next page begins where this one was left: at the same snippet, or at what has taken its place.
addEventListener("click", ({ target }) => {
  const item = target.closest("a, button") && target.closest("[data-item]");
  if (item) sessionStorage.setItem(LAST, JSON.stringify([item.dataset.item, items.indexOf(item)]));
});
const [last, place] = JSON.parse(sessionStorage.getItem(LAST) ?? "[]");
sessionStorage.removeItem(LAST);
const again = items.findIndex((item) => item.dataset.item === last);
if (last) go(again < 0 ? place : again);
