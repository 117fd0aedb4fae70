// Blocking, in the head: what was chosen before is there at the first paint.
{
  const { dataset } = document.documentElement;
  const sheet = document.getElementById("sheet");
  const address = (name) => sheet.href.replace(/theme[-\w]*\.css$/, name ? `theme-${name}.css` : "theme.css");
  dataset.js = "";
  for (const name of ["wrap", "theme", "colours"]) {
    try { dataset[name] = localStorage[name] ?? ""; } catch { dataset[name] = ""; } // storage may be forbidden
  }
  if (/^\w+$/.test(dataset.colours)) {
    sheet.disabled = true;
    // Written, since the first paint waits for no sheet that a script has put in or changed
    document.write(`<link rel="stylesheet" id="chosen" href="${address(dataset.colours)}">`);
  }
  const use = {
    theme(name) { dataset.theme = name; },
    colours(name) { (document.getElementById("chosen") ?? sheet).href = address(name); },
  };
  addEventListener("DOMContentLoaded", () => {
    for (const select of document.querySelectorAll(".theme select")) {
      for (const name of select.dataset.more.split(" ")) select.add(new Option(name, name.toLowerCase()));
      select.value = dataset[select.id];
      if (select.selectedIndex < 0) use[select.id](select.value = ""); // there is none of that name any more
      select.onchange = () => {
        use[select.id](select.value);
        try { localStorage[select.id] = select.value; } catch { /* for this page only, then */ }
      };
    }
  });
}
