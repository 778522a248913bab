// The words of one widget, in the reader's language: <template data-phrases> in its part of the page holds them.

/** `say(name, values)`: the text called `name`, {placeholders} filled in. */
export function phrasesOf(element) {
  const words = new Map();
  for (const each of element.querySelector("template[data-phrases]").content.querySelectorAll("[data-word]")) {
    words.set(each.dataset.word, each.textContent);
  }
  return (name, values = {}) =>
    words.get(name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** A copy of what <template data-{name}> in `element` holds. */
export const copyOf = (element, name) =>
  element.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true);
