// Blocking, in the head: what was chosen before is there at the first paint.
{
  const root = document.documentElement;
  const sheet = document.getElementById("sheet"); // the page waits for another one too: this is still the head
  const kept = (name) => {
    try { return localStorage.getItem(name) ?? ""; } catch { return ""; } // storage may be forbidden
  };
  const apply = {
    theme(name) { root.dataset.theme = name; },
    colours(name) {
      const href = sheet.href.replace(/theme[-\w]*\.css$/, name ? `theme-${name}.css` : "theme.css");
      if (href !== sheet.href) sheet.href = href;
    },
  };
  root.dataset.js = "";
  root.dataset.wrap = kept("wrap");
  for (const [name, use] of Object.entries(apply)) use(kept(name));
  document.addEventListener("DOMContentLoaded", () => {
    for (const [name, use] of Object.entries(apply)) {
      const select = document.getElementById(name);
      select.value = kept(name);
      if (select.selectedIndex < 0) use(select.value = ""); // there is none of that name any more
      select.addEventListener("change", () => {
        use(select.value);
        try { localStorage.setItem(name, select.value); } catch { /* for this page only, then */ }
      });
    }
  });
}
