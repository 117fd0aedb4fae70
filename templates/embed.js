(() => {
  const script = document.currentScript;
  if (!script) return;
  const frame = Object.assign(document.createElement("iframe"), {
    src: script.src.replace("/embed.js", "/embed"), title: {{ title|tojson }},
    width: "100%", height: {{ height }}, frameBorder: "0", loading: "lazy"
  });
  script.after(frame);
})();
