// Which question is in hand: keys act on it, wherever the focus is. It is marked, and moved by keys or focus.


export function createGoing(root, axes, onChange = () => {}) {
  const fields = [...root.querySelectorAll("fieldset.axis")];
  const shown = () => fields.filter((field) => !field.hidden);
  let current = shown()[0] ?? null;

  function take(field) {
    if (!field || field === current) return;
    current?.classList.remove("axis-current");
    current = field;
    current.classList.add("axis-current");
    onChange(current);
  }

  function focus(field) {
    take(field);
    root.dataset.tab = "rate";
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "nearest" });
    root.dispatchEvent(new Event("tab"));
  }

  root.addEventListener("focusin", (event) => take(event.target.closest("fieldset.axis")));
  root.addEventListener("pointerdown", (event) => take(event.target.closest("fieldset.axis")));
  current?.classList.add("axis-current");

  const inHand = () => (current?.hidden ? shown()[0] : current);
  return {
    current: inHand,
    axis: () => axes.find((axis) => axis.id === inHand()?.dataset.axis),
    /** The question after (1) or before (-1) the one in hand; behind the last one the submit button. */
    go(by) {
      const all = shown();
      const next = all[all.indexOf(inHand()) + by];
      if (next) focus(next);
      else if (by > 0) root.querySelector("[data-submit]")?.focus();
    },
    focusAxis(axisId, part = "") {
      const all = fields.filter((field) => field.dataset.axis === axisId && !field.hidden);
      const field = all.find((each) => each.dataset.part === String(part)) ?? all[0];
      if (field) focus(field);
    },
    /** What to say of a place: its number, for "you were on question 4". */
    place: () => shown().indexOf(inHand()) + 1,
  };
}
