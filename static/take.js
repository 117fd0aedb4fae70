// The link's secret: into the field, and out of the address, where the history would keep it.
const fill = () => {
  if (location.hash.length < 2) return;
  document.getElementById("code").value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
};
addEventListener("hashchange", fill);
fill();
