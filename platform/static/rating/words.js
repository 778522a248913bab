// The words of the screen, in the reader's language: <template id="rating-words"> of rate.html holds them.

const words = new Map();
for (const each of document.getElementById("rating-words").content.querySelectorAll("[data-word]")) {
  words.set(each.dataset.word, each.textContent);
}

/** The text called `name`, with {placeholders} filled in. */
export function say(name, values = {}) {
  return (words.get(name) ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
