// A snippet's page: lines by address, Copy, Wrap, and the colours as soon as they are there.
const root = document.documentElement;
const said = document.getElementById("said");
const files = [...document.querySelectorAll(".file")];
const codeOf = (file) => file.querySelector("code");

// Lines: #L3, #L3-L9, #f2L3-L9
let first = 1; // where a range by shift-click starts

function shade(scroll) {
  for (const line of document.querySelectorAll(".code .on")) line.classList.remove("on");
  const [, anchor = "", ...ends] = /^#(f\d+)?L(\d+)(?:-L(\d+))?$/.exec(location.hash) ?? [];
  const file = ends.length && files.find((one) => one.dataset.anchor === anchor);
  if (!file) return;
  const [from, to] = range(+ends[0], +(ends[1] ?? ends[0]));
  const lines = [...codeOf(file).querySelectorAll("[id]")].slice(Math.max(from - 1, 0), to);
  for (const line of lines) line.classList.add("on");
  if (!scroll) return;
  first = from;
  lines[0]?.scrollIntoView({ block: lines.length > 20 ? "start" : "center" });
}

const range = (...ends) => ends.sort((one, other) => one - other);

function point(event) {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const start = `#${link.closest(".file").dataset.anchor}L`;
  const number = +link.getAttribute("aria-label");
  if (!event.shiftKey || !location.hash.startsWith(start)) first = number;
  const [from, to] = range(first, number);
  history.replaceState(null, "", start + (from === to ? from : `${from}-L${to}`));
  shade();
}

// Copy
async function copy({ currentTarget: button }) {
  const text = codeOf(button.closest(".file")).textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no clipboard without https
    const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  said.textContent = button.textContent = "Copied";
  setTimeout(() => {
    said.textContent = "";
    button.textContent = "Copy";
  }, 1500);
}

// Wrap
const wrap = document.getElementById("wrap");
const show = (way) => wrap.setAttribute("aria-pressed", (root.dataset.wrap = way) === "on");
show(root.dataset.wrap);
wrap.addEventListener("click", () => {
  show(root.dataset.wrap ? "" : "on");
  try { localStorage.setItem("wrap", root.dataset.wrap); } catch { /* for this page only */ }
});

// Colours
const LONGEST = 10, PATIENCE = 300; // seconds
const frame = () => new Promise(requestAnimationFrame);
const ask = (url, accept) => fetch(url, { headers: { Accept: accept }, cache: "no-cache" }).catch(() => ({ status: 503 }));

async function colour(file) {
  const chip = file.querySelector(".chip");
  for (let pause = 0, waited = 0; waited < PATIENCE; pause = Math.min(pause * 2 || 0.03, LONGEST)) {
    await new Promise((done) => setTimeout(done, pause * 1000));
    if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    waited += pause;
    const answer = await ask(file.dataset.poll, "application/json");
    if (answer.status >= 500) continue; // away for a moment
    if (!answer.ok) return; // gone
    const { state, sentence } = await answer.json().catch(() => ({}));
    if (!state) continue; // cut off
    const done = state === "highlighted" || state === "plain";
    const page = done && await ask(file.dataset.poll, "text/html");
    if (done && !page.ok) continue;
    const html = done && await page.text().catch(() => "");
    if (done && !html) continue;
    if (done) swap(codeOf(file), codeOf(new DOMParser().parseFromString(html, "text/html")));
    if (chip.textContent !== sentence) chip.textContent = chip.title = sentence;
    chip.dataset.state = state;
    if (done) return;
  }
}

// The text is the same and in the same place: what is shaded or selected stays so.
function swap(old, fresh) {
  const selection = getSelection();
  const { anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed } = selection;
  const held = !isCollapsed && old.contains(anchorNode) && old.contains(focusNode)
    && [place(old, anchorNode, anchorOffset), place(old, focusNode, focusOffset)];
  old.replaceWith(fresh);
  shade();
  if (held) selection.setBaseAndExtent(...seek(fresh, held[0]), ...seek(fresh, held[1]));
}

function place(code, node, offset) {
  const before = document.createRange();
  before.setStart(code, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}

function seek(code, offset) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (offset <= texts.currentNode.length) return [texts.currentNode, offset];
    offset -= texts.currentNode.length;
  }
  return [code, 0];
}

for (const file of files) {
  codeOf(file).parentElement.addEventListener("click", point);
  file.querySelector("[data-copy]").addEventListener("click", copy);
}
addEventListener("hashchange", () => shade(true));
shade(true);
await Promise.all(files.filter((file) => file.dataset.poll).map(colour));
await frame();
await frame();
performance.mark("coloured");
