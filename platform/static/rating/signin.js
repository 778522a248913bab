// Signed out in the middle of an item: sign in over the intact form, then everything kept is sent.

import { ask, dialog } from "./dialogs.js";
import { readSession, send } from "./http.js";
import { say } from "./words.js";

/** Resolves when `user` is signed in again. Somebody else's session sends nothing of theirs. */
export function createSignIn(user, loginUrl) {
  const box = dialog("signin");
  const form = box.querySelector("form");
  const note = box.querySelector("[data-signin-note]");
  let running = null;

  async function isBack() {
    const session = await readSession();
    if (!session) note.textContent = say("no_answer");
    else if (session.user === user) return true;
    else if (session.user) note.textContent = say("other_user", { user, other: session.user });
    return false;
  }

  async function attempt() {
    note.textContent = say("signing_in");
    const now = await readSession(); // the token of the page belongs to the session that ended
    if (now?.user && now.user !== user) { // nobody signs in over somebody else
      await send("POST", form.dataset.logout);
      await readSession();
    }
    const answer = await send("POST", loginUrl, {
      form: new FormData(form), headers: { "X-Requested-With": "XMLHttpRequest" },
    });
    if (await isBack()) box.close("back");
    else if (answer.status === 400) note.textContent = say("wrong_password");
    form.elements.password.value = "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt();
  });
  // signed in through another tab
  addEventListener("focus", async () => { if (box.open && await isBack()) box.close("back"); });

  return function signIn() {
    running ??= (async () => {
      note.textContent = "";
      form.elements.login.value ||= user;
      const closed = await ask(box);
      form.elements.password.value = "";
      running = null;
      return closed === "back";
    })();
    return running;
  };
}
