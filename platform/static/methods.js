// Narrows the entries while the reader types; without scripts the form does it.
const field = document.getElementById("methods-q");
const said = document.getElementById("methods-found");
const entries = [...document.querySelectorAll("[data-method]")].map((node) => [node, node.textContent.toLowerCase()]);

function narrow() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const [node, text] of entries) {
    node.hidden = !words.every((word) => text.includes(word));
    found += node.hidden ? 0 : 1;
  }
  for (const group of document.querySelectorAll("[data-methods]")) {
    group.hidden = !group.querySelector("[data-method]:not([hidden])");
  }
  said.textContent = words.length ? `${found} of ${entries.length}` : "";
}

field?.addEventListener("input", narrow);
// an address that names an entry shows it, whatever was searched for before
addEventListener("hashchange", () => {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!named?.hidden) return;
  field.value = "";
  narrow();
  named.scrollIntoView();
});
