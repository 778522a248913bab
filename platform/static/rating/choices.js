// Native radio buttons and checkboxes: binary, nominal, ordinal, pairwise, a scale of few steps, several at once.

export function mountChoice(field, axis, store) {
  const part = field.dataset.part;
  const inputs = [...field.querySelectorAll(".axis-body input[type=radio]")];
  const valueOf = (input) => ("number" in input.dataset ? Number(input.value) : input.value);
  for (const input of inputs) {
    input.addEventListener("change", () => store.set(axis.id, valueOf(input), part));
  }
  return () => {
    const value = store.get(axis.id, part);
    for (const input of inputs) input.checked = valueOf(input) === value;
  };
}

/** Nothing ticked is no answer; "none of these" is one, an empty list. */
export function mountSeveral(field, axis, store) {
  const part = field.dataset.part;
  const none = field.querySelector("[data-none]");
  const inputs = [...field.querySelectorAll("input[type=checkbox][name]")];
  inputs.slice(0, 9).forEach((input, index) => {
    input.dataset.digit = index + 1;
    input.closest("label").querySelector("kbd").dataset.key = `level_${index + 1}`;
  });
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const ticked = new Set(inputs.filter((each) => each.checked).map((each) => each.value));
      const inOrder = axis.options.map((option) => option.value).filter((value) => ticked.has(value));
      store.set(axis.id, inOrder.length ? inOrder : undefined, part);
    });
  }
  none.addEventListener("change", () => store.set(axis.id, none.checked ? [] : undefined, part));
  return () => {
    const value = store.get(axis.id, part);
    const list = Array.isArray(value) ? value : null;
    for (const input of inputs) input.checked = list?.includes(input.value) ?? false;
    none.checked = list?.length === 0;
  };
}
