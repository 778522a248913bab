// An order of the responses, best first. Buttons or a written place; nothing has to be dragged.

import { say } from "./words.js";

export function mountRank(field, axis, store, screen) {
  const part = field.dataset.part;
  const list = field.querySelector("[data-ranks]");
  const rows = new Map([...list.children].map((row) => [Number(row.dataset.position), row]));
  const confirm = field.querySelector("[data-rank-confirm]");
  const shown = [...rows.keys()];
  const order = () => {
    const value = store.get(axis.id, part);
    return Array.isArray(value) ? value : shown;
  };

  function move(position, to) {
    const next = order().filter((each) => each !== position);
    next.splice(Math.min(Math.max(to, 0), next.length), 0, position);
    store.set(axis.id, next, part);
    screen.announce(say("ranked", { number: position, place: next.indexOf(position) + 1 }));
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const position = Number(button.closest("li").dataset.position);
    move(position, order().indexOf(position) + Number(button.dataset.move));
    button.focus(); // the row has moved, and the focus with it
  });
  list.addEventListener("change", (event) => {
    const place = Number(event.target.value);
    if (!event.target.matches("[data-place-entry]") || !Number.isInteger(place) || place < 1) return;
    move(Number(event.target.closest("li").dataset.position), place - 1);
    event.target.focus();
  });
  confirm.addEventListener("click", () => store.set(axis.id, [...order()], part));

  return () => {
    const set = Array.isArray(store.get(axis.id, part));
    const now = order();
    list.classList.toggle("ranks-unset", !set);
    confirm.hidden = set;
    if (now.some((position, index) => list.children[index] !== rows.get(position))) {
      const focused = document.activeElement;
      list.append(...now.map((position) => rows.get(position)));
      if (list.contains(focused)) focused.focus();
    }
    now.forEach((position, index) => {
      rows.get(position).querySelector("[data-place-entry]").value = set ? index + 1 : "";
    });
  };
}
