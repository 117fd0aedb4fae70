// Blocking, in the head: what was chosen before is there at the first paint.
{
  const root = document.documentElement;
  const kept = (name) => {
    try { return localStorage.getItem(name) ?? ""; } catch { return ""; } // storage may be forbidden
  };
  root.dataset.js = "";
  root.dataset.theme = kept("theme");
  root.dataset.wrap = kept("wrap");
  document.addEventListener("DOMContentLoaded", () => {
    const theme = document.getElementById("theme");
    theme.value = root.dataset.theme;
    theme.addEventListener("change", () => {
      root.dataset.theme = theme.value;
      try { localStorage.setItem("theme", theme.value); } catch { /* for this page only, then */ }
    });
  });
}
