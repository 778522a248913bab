// Native dialogs as questions: `ask` opens one and resolves with the value of the button that closed it.

/** "" where it was closed by Esc. While `firm`, Esc does nothing. */
export function ask(dialog, { firm = false } = {}) {
  return new Promise((resolve) => {
    const keep = (event) => { if (firm) event.preventDefault(); };
    const done = () => {
      dialog.removeEventListener("cancel", keep);
      resolve(dialog.returnValue);
    };
    dialog.returnValue = "";
    dialog.addEventListener("cancel", keep);
    dialog.addEventListener("close", done, { once: true });
    if (!dialog.open) dialog.showModal();
  });
}

export const dialog = (name) => document.getElementById(`dialog-${name}`);
export const isOpen = () => document.querySelector("dialog[open]") !== null;

// <button data-close> closes the dialog around it; a click beside a drawer closes the drawer
document.addEventListener("click", (event) => {
  const button = event.target.closest("dialog [data-close]");
  if (button) button.closest("dialog").close(button.value ?? "");
  else if (event.target.matches?.("dialog.drawer")) event.target.close();
});

/** Fill the elements marked data-say="name" of a dialog. */
export function fill(element, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const each of element.querySelectorAll(`[data-say="${name}"]`)) each.textContent = text;
  }
}

/** <option>s of [code, label] pairs behind the first, empty one. */
export function offer(select, pairs) {
  select.replaceChildren(select.options[0], ...pairs.map(([code, label]) => new Option(label, code)));
  select.value = "";
}
