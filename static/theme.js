// Blocking, in the head: what was chosen before is there at the first paint.
{
  const { dataset } = document.documentElement;
  const sheet = document.getElementById("sheet");
  const use = (name, value) => {
    dataset[name] = value;
    const href = sheet.href.replace(/theme[-\w]*\.css$/, dataset.colours ? `theme-${dataset.colours}.css` : "theme.css");
    if (sheet.href !== href) sheet.href = href; // made by the parser, so that the first paint waits for it
  };
  dataset.js = "";
  for (const name of ["wrap", "theme", "colours"]) {
    let kept;
    try { kept = localStorage[name]; } catch { /* storage may be forbidden */ }
    use(name, kept ?? "");
  }
  addEventListener("DOMContentLoaded", () => {
    for (const select of document.querySelectorAll(".theme select")) {
      select.value = dataset[select.id];
      if (select.selectedIndex < 0) use(select.id, select.value = ""); // there is none of that name any more
      select.onchange = () => {
        use(select.id, select.value);
        try { localStorage[select.id] = select.value; } catch { /* for this page only, then */ }
      };
    }
  });
}
