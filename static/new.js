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

async function take(files) {
  const refused = [];
  for (const file of files) {
    let text = "\0";
    try {
      if (file.size <= max.bytes) text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch { /* not UTF-8, or a folder */ }
    if (text.includes("\0")) {
      refused.push(file.size > max.bytes ? tooLarge(file.name, file.size) : `${file.name} is not UTF-8 text: left out.`);
      continue;
    }
    const editor = editors().find((one) => !code(one).value && !part(one, "name").value) ?? add();
    if (!editor) return;
    code(editor).value = text;
    part(editor, "name").value = file.name;
    detect(part(editor, "name"));
  }
  count();
  refuse(refused.join(" "));
}

// The language that a file name tells
async function detect(name) {
  const asked = name.value;
  await new Promise((done) => setTimeout(done, 120));
  if (asked !== name.value) return;
  const answer = asked && await fetch(`/languages?name=${encodeURIComponent(asked)}`).catch(() => null);
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
    const { files, types } = event.dataTransfer ?? event.clipboardData;
    delete page.dataset.drop;
    if (!types.includes("Files") || (type === "paste" && types.includes("text/plain"))) return;
    event.preventDefault();
    if (type === "dragover") page.dataset.drop = "";
    else take([...files]);
  });
}
on(page, "dragleave", () => delete page.dataset.drop);
