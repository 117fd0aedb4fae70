// A snippet's page: lines by address, Copy, Wrap, and the colours as soon as they are there.
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const said = byId("said");
const files = [...document.querySelectorAll(".file")];
const codeOf = (file) => file.querySelector("code");

// Colours: the lines once they have theirs, until then a status; after 30 ms again, ever slower, for five minutes
const colours = files.filter((file) => file.dataset.poll).map(colour); // asked for before anything else is done

async function colour(file) {
  for (let pause = 0, waited = 0; waited < 300; pause = Math.min(pause * 2 || 0.03, 10)) {
    if (pause) await new Promise((done) => setTimeout(done, pause * 1000));
    if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    waited += pause;
    const answer = await fetch(file.dataset.poll, { headers: { Accept: "text/html, application/json;q=0.9" }, cache: "no-cache" }).catch(() => ({ status: 503 }));
    if (answer.status >= 500) continue; // away for a moment
    if (!answer.ok) return; // gone
    const text = await answer.text().catch(() => "");
    if (text && answer.status === 202) tell(file, JSON.parse(text));
    if (!text || answer.status === 202) continue; // cut off, or not yet
    const fresh = new DOMParser().parseFromString(text, "text/html");
    swap(codeOf(file), codeOf(fresh));
    const { textContent, dataset } = fresh.querySelector(".chip");
    return tell(file, { sentence: textContent, state: dataset.state });
  }
}

function tell(file, { sentence, state }) {
  const chip = file.querySelector(".chip");
  if (chip.textContent !== sentence) chip.textContent = chip.title = sentence;
  chip.dataset.state = state;
}

// Lines: #L3, #L3-L9, #f2L3-L9
let first = 1, last = 1; // where a range starts and where it was led to
let shaded = [];
const line = (file, number) => byId(`${file.dataset.anchor}L${number}`);
const say = (text) => { said.textContent = text; };

function shade(scroll) {
  for (const one of shaded) one.classList.remove("on");
  shaded = [];
  const [, anchor = "", from, to = from] = /^#(f\d+)?L(\d+)(?:-L(\d+))?$/.exec(location.hash) ?? [];
  for (const file of files) {
    const ours = from && file.dataset.anchor === anchor;
    let [number, end] = range(from, to);
    for (let one; ours && number <= end && (one = line(file, number || 1)); number++) shaded.push(one);
    const link = file.querySelector("[data-link]");
    if (link) link.hidden = !ours;
  }
  for (const one of shaded) one.classList.add("on");
  if (!scroll) return;
  [first, last] = range(from, to);
  shaded[0]?.scrollIntoView({ block: shaded.length > 20 ? "start" : "center" });
}

const range = (...ends) => ends.map(Number).sort((one, other) => one - other);

// Points at a line, or with `extend` at all from where the range starts
function lead(file, number, extend) {
  if (!line(file, number)) return;
  const start = `#${file.dataset.anchor}L`;
  if (!extend || !location.hash.startsWith(start)) first = number;
  const ends = [...new Set(range(first, last = number))];
  history.replaceState(null, "", start + ends.join("-L"));
  shade();
  say(`Line${ends[1] ? "s" : ""} ${ends.join(" to ")}`);
}

const modified = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;

function point(event) {
  const link = event.target.closest("a");
  if (!link || modified(event)) return;
  event.preventDefault();
  lead(link.closest(".file"), +link.ariaLabel, event.shiftKey);
}

// With the code in focus Enter points at the first line in sight; from then on the arrows lead.
function steer(event) {
  const { key, target, currentTarget: code } = event;
  if (target !== code || modified(event)) return;
  const file = code.closest(".file");
  const step = code.contains(shaded[0]) && { ArrowUp: -1, ArrowDown: 1 }[key];
  if (key === "Enter") {
    const { left, bottom } = code.previousElementSibling.getBoundingClientRect();
    lead(file, +document.elementFromPoint(left + 9, bottom + 12)?.closest("[id]")?.querySelector("a")?.ariaLabel);
  } else if (step) {
    lead(file, last + step, event.shiftKey);
    line(file, last).scrollIntoView({ block: "nearest" });
  } else if (key === "Escape" && shaded[0]) {
    history.replaceState(null, "", location.pathname);
    shade();
  } else return;
  event.preventDefault();
}

// Copy
async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no clipboard without https
    const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  const label = button.dataset.label ??= button.textContent;
  say(button.textContent = "Copied");
  setTimeout(() => {
    say("");
    button.textContent = label;
  }, 1500);
}

// Wrap
const wrap = byId("wrap");
const show = (way) => { wrap.ariaPressed = (root.dataset.wrap = way) === "on"; };
show(root.dataset.wrap);
wrap.onclick = () => {
  show(root.dataset.wrap ? "" : "on");
  try { localStorage.wrap = root.dataset.wrap; } catch { /* for this page only */ }
};

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

// Every language, at the first look
const languages = byId("languages");
addEventListener("toggle", async ({ target }) => {
  if (!target.open || target.name !== "as") return;
  target.querySelector("input").focus();
  if (!languages.firstChild) languages.innerHTML = await fetch(new URL("languages.html", import.meta.url)).then((list) => list.ok ? list.text() : "", () => "");
}, true);

for (const file of files) {
  const code = codeOf(file).parentElement;
  code.onclick = point;
  code.onkeydown = steer;
  file.addEventListener("click", ({ target }) => {
    if ("copy" in target.dataset) copy(target, codeOf(file).textContent);
    if ("link" in target.dataset) copy(target, location.href);
  });
}
onhashchange = () => shade(true);
shade(true);
const frame = () => new Promise(requestAnimationFrame);
await Promise.all(colours);
await frame();
await frame();
performance.mark("coloured");
