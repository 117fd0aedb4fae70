// The editor. All of it works without this file too.
const [form, list, error, hint, size, share] = ["new", "files", "error", "hint", "size", "share"]
  .map((id) => document.getElementById(id));
const page = document.documentElement;
const max = { bytes: +form.dataset.maxBytes, files: +form.dataset.maxFiles };
const editors = () => [...list.children];
const part = (editor, name) => editor.querySelector(`[name=${name}]`);
const code = (editor) => part(editor, "code");

// Sizes, as the server counts
const total = () => editors().reduce((sum, one) => sum + new TextEncoder().encode(code(one).value).length, 0);
const say = (count) => `${count.toLocaleString("en")} bytes`;
const tooLarge = (what, count) => `${what} is ${say(count)}; a snippet holds at most ${say(max.bytes)}.`;

function count() {
  const now = total();
  size.textContent = `${say(now)} of`;
  size.parentElement.classList.toggle("over", now > max.bytes);
}

function refuse(message, field) {
  error.textContent = message;
  error.hidden = !message;
  for (const bad of form.querySelectorAll("[aria-invalid]")) bad.ariaInvalid = null;
  if (field) {
    field.ariaInvalid = "true";
    field.setAttribute("aria-describedby", "error hint");
    field.focus();
  }
  error.scrollIntoView({ block: "nearest" });
}

// Files
function number() {
  editors().forEach((editor, index) => {
    editor.querySelector("legend").textContent = `File ${index + 1}`;
    part(editor, "remove").value = index + 1;
  });
  count();
}

function add() {
  if (editors().length >= max.files) return void refuse(`A snippet holds at most ${max.files} files.`);
  const editor = list.lastElementChild.cloneNode(true);
  for (const field of editor.querySelectorAll("input, textarea")) {
    field.value = "";
    field.ariaInvalid = null;
  }
  part(editor, "language").placeholder = "Detect";
  list.append(editor);
  number();
  return editor;
}

function remove(editor) {
  if (code(editor).value.trim() && !confirm("Remove this file and its text?")) return;
  editor.remove();
  number();
  code(list.lastElementChild).focus();
}

// Takes what is text, files or [name, file, why not] each, and says what was left out.
async function take(given) {
  const left = [];
  for (const one of given) {
    const [name, file, not] = one.name ? [one.name, one] : one;
    const free = editors().find((each) => !code(each).value && !part(each, "name").value);
    let why = not || !free && editors().length >= max.files && `only ${max.files} files fit`;
    if (total() + file?.size > max.bytes) why ||= `only ${say(max.bytes)} fit`;
    const text = why || await read(file);
    if (text.includes("\0")) why = "not UTF-8 text";
    if (why) {
      left.push(`${name} (${why})`);
      continue;
    }
    const editor = free ?? add();
    code(editor).value = text;
    part(editor, "name").value = name;
    detect(part(editor, "name"));
  }
  count();
  refuse(left[0] ? `Left out: ${left.slice(0, 5).join(", ")}${left[5] ? " and more" : ""}.` : "");
}

async function read(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return "\0"; // not UTF-8, or not to be read
  }
}

// The language that a file name tells
async function detect(name) {
  const asked = name.value;
  await new Promise((done) => setTimeout(done, 120));
  if (asked !== name.value) return;
  const answer = asked && await fetch(new URL(`../../languages?name=${encodeURIComponent(asked)}`, import.meta.url)).catch(() => null);
  const known = answer?.ok && (await answer.json()).name;
  if (asked === name.value) part(name.closest("fieldset"), "language").placeholder = known ? `Detect: ${known}` : "Detect";
}

// Tab indents after a real edit only, and Escape takes that back: no trap.
const rest = hint.textContent;
let armed;
function arm(field) {
  armed = field;
  hint.textContent = field ? "Tab indents; Esc, then Tab moves on" : rest;
}

function indent(field) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  let text = /^(\t| {2,8})(?=\S)/m.exec(value)?.[0] ?? "    ";
  if (start !== end) {
    const from = value.lastIndexOf("\n", start - 1) + 1;
    field.setSelectionRange(from, end);
    text = value.slice(from, end).replace(/^(?=.)/gm, text);
  }
  document.execCommand("insertText", false, text); // keeps undo
}

const on = (target, type, listener) => target.addEventListener(type, listener);
on(form, "keydown", (event) => {
  const { target, key } = event;
  if (key === "Escape") return arm();
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(share);
  else if (key === "Tab" && target === armed && !event.shiftKey && !event.ctrlKey) indent(target);
  else return;
  event.preventDefault();
});
on(form, "focusout", () => arm());
on(form, "input", ({ target }) => {
  if (target.name === "name") return detect(target);
  if (target.name !== "code") return;
  arm(target);
  count();
});
on(form, "change", ({ target }) => {
  if (target.name !== "upload") return;
  take([...target.files]);
  target.value = "";
});
on(form, "click", (event) => {
  const { name } = event.target;
  if (name !== "add" && name !== "remove") return;
  event.preventDefault();
  if (name === "remove") return remove(event.target.closest("fieldset"));
  const editor = add();
  if (editor) code(editor).focus();
});
on(form, "submit", (event) => {
  const now = total();
  share.disabled = now > 0 && now <= max.bytes; // not twice
  if (share.disabled) return;
  event.preventDefault();
  refuse(now ? tooLarge("That", now) : "There is nothing to share yet: paste or type some code.", code(list));
});
on(window, "pageshow", () => {
  share.disabled = false;
  number();
  for (const editor of editors()) detect(part(editor, "name"));
});

// Files from elsewhere
for (const type of ["dragover", "drop", "paste"]) {
  on(page, type, (event) => {
    const { files, items, types } = event.dataTransfer ?? event.clipboardData;
    delete page.dataset.drop;
    if (!types.includes("Files") || (type === "paste" && types.includes("text/plain"))) return;
    event.preventDefault();
    if (type === "dragover") return void (page.dataset.drop = "");
    const entries = [...items].map((item) => item.webkitGetAsEntry?.()); // now: they are gone after this event
    if (entries.some((entry) => entry?.isDirectory)) import("./folder.js").then(({ inside }) => inside(entries)).then(take);
    else take([...files]);
  });
}
on(page, "dragleave", () => delete page.dataset.drop);
