// The rating page: one frame, through which screens pass. This file says what happens when.

import { createBreaks } from "./breaks.js";
import { createChip } from "./chip.js";
import { createClock } from "./clock.js";
import { resolve } from "./conflict.js";
import { send, sessionAt, readSession } from "./http.js";
import { wireKeys } from "./bindings.js";
import { createKeyboard } from "./keyboard.js";
import { Keys } from "./keys.js";
import { mountScreen, parse } from "./mounting.js";
import { createPrefetch } from "./prefetch.js";
import { same } from "./rubric.js";
import { Saving } from "./saving.js";
import { createSignIn } from "./signin.js";
import { askToFlag, askToSkip } from "./leaving.js";
import { readyToSubmit, showProblems } from "./submitting.js";
import { listen, tellWindows } from "./windows.js";
import { say } from "./words.js";

const place = document.getElementById("rating");
const live = document.getElementById("rating-live");
const user = place.dataset.me;

let screen = null; // the one in view
let left = null; // the one that was submitted or skipped last: {html, state, payload}
let busy = false;

const clock = createClock(() => beat());
const saving = new Saving(user, createChip(), clock);
const gone = new Set(); // submitted or skipped on this page
const prefetch = createPrefetch(gone, (assignment) => saving.settled(assignment), (ready) => { place.dataset.ahead = ready; });
const breaks = createBreaks(clock, () => beat());
const keys = new Keys(JSON.parse(document.getElementById("rating-keys").textContent), () => screen?.contexts() ?? ["all"]);
const keyboard = createKeyboard(keys, place.dataset.keysUrl);
let signIn = null;

function announce(text) {
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

async function beat() {
  if (!screen || saving.queue.stopped) return;
  const answer = await send("POST", screen.state.urls.heartbeat, { json: { seconds: clock.seconds() } });
  if (answer.status === 401) saving.queue.stop();
  if (answer.status === 401) askToSignIn();
  if (answer.status !== 200) return;
  const session = await readSession();
  const line = screen.root.querySelector("[data-expiring]");
  if (line && session?.expires_at) line.hidden = new Date(session.expires_at) - Date.now() > 15 * 60_000;
}

async function askToSignIn() {
  if (signIn && await signIn()) saving.queue.resume();
}

// Showing screens ----

/** Put a screen in view. `payload` stands in for the one that came with it; `problems` are shown at once. */
async function show(html, { payload, problems, title, focus = true } = {}) {
  const next = await mountScreen(parse(html), { place, payload, announce, saving, keys, own: () => screen });
  screen?.stop();
  screen = next;
  left = left?.state.assignment === screen.state.assignment ? null : left;
  sessionAt(screen.state.urls.session);
  signIn ??= createSignIn(user, screen.state.urls.login);
  clock.start(secondsOf(screen.state), screen.words);
  history.replaceState(null, "", `${screen.state.urls.rate}?assignment=${screen.state.assignment}`);
  screen.store.on(() => changed());
  screen.root.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  listen(user, screen.state.assignment, hear);
  tellWindows(user, screen.state.assignment, "opened");
  if (focus) screen.root.querySelector(screen.root.querySelector("[data-feedback]") ? "[data-feedback]" : "#evidence-title").focus();
  if (problems?.length) showProblems(screen, problems, title);
  // how a training goes decides what comes after it
  prefetch.ahead(screen.state.urls.next, screen.state.assignment, screen.state.kind === "training" ? 1 : undefined);
}

const secondsOf = (state) => Math.max(state.seconds ?? 0, Number(sessionStorage.getItem(`consilium.seconds/${state.assignment}`)) || 0);

function changed() {
  if (screen.quiet || screen.readOnly) return;
  sessionStorage.setItem(`consilium.seconds/${screen.state.assignment}`, clock.seconds());
  saving.draft(screen.state, screen.store.payload());
}

/** The screen after one that was left: at once where it was fetched ahead. */
async function goOn(state) {
  screen.root.inert = true; // it has been left; without a connection the next one may take a while
  const found = prefetch.ready(state.assignment) ?? await waitFor(() => prefetch.next(state.urls.next, state.assignment));
  if (found.status !== 200) return finish(state, found);
  await show(found.html);
  announce(document.getElementById("rating-place").textContent);
  return breaks.between(screen.where());
}

/** Fetch until there is an answer; meanwhile the page says that it waits. */
async function waitFor(get) {
  for (;;) {
    const found = await get();
    if ([200, 204, 403, 404, 423].includes(found.status)) return found;
    if (found.status === 401) await askToSignIn();
    else {
      announce(found.detail || say("waiting"));
      place.dataset.waiting = found.detail || say("waiting");
      await new Promise((next) => {
        const timer = setTimeout(next, 5000);
        addEventListener("online", () => { clearTimeout(timer); next(); }, { once: true });
      });
      delete place.dataset.waiting;
    }
  }
}

/** Nothing comes after this: all is rated, or the study says why not. */
function finish({ urls }, { status, detail }) {
  screen?.stop();
  screen = null;
  const end = document.getElementById(status === 204 ? "rating-done" : "rating-stopped").content.cloneNode(true);
  place.replaceChildren(end);
  document.getElementById("rating-place").textContent = "";
  place.querySelector("[data-study]").href = urls.study;
  const say = place.querySelector("[data-detail]");
  if (say) say.textContent = detail;
  saving.queue.addEventListener("change", tellSent);
  tellSent();
  place.querySelector("[data-end]").focus();
}

function tellSent() {
  const [sent, waiting] = ["sent", "waiting"].map((name) => place.querySelector(`[data-done-${name}]`));
  if (sent) [sent.hidden, waiting.hidden] = [saving.isPending(), !saving.isPending()];
}

async function fetchAndShow(assignment, options = {}, urls = screen?.state.urls ?? left.state.urls) {
  const found = await waitFor(() => prefetch.fetchScreen(urls.next, { assignment }));
  await (found.status === 200 ? show(found.html, options) : finish({ urls }, found));
}

// What the rater does ----

async function once(act) {
  if (busy) return;
  busy = true;
  try {
    await act();
  } finally {
    busy = false;
  }
}

const submit = () => once(async () => {
  if (!screen || screen.readOnly) return;
  const ready = await readyToSubmit(screen);
  if (!ready) return;
  const { state } = screen;
  const isTraining = state.kind === "training";
  screen.root.querySelector("[data-submit]").disabled = isTraining;
  left = { html: screen.html, state, payload: screen.store.payload() };
  saving.leave(state, "submit", { ...ready, key: screen.key });
  gone.add(state.assignment);
  if (isTraining) return; // how it was meant comes with the answer: see "sent"
  saving.offerUndo("submitted", () => once(() => takeBack("submit")));
  await goOn(state);
});

const skip = () => once(async () => {
  if (!screen || screen.readOnly || !screen.root.querySelector("[data-do=skip]")) return;
  const why = await askToSkip(screen.state.skip_reasons);
  if (!why) return;
  const { state } = screen;
  left = { html: screen.html, state, payload: screen.store.payload() };
  saving.leave(state, "skip", why);
  gone.add(state.assignment);
  saving.offerUndo("skipped", () => once(() => takeBack("skip")));
  await goOn(state);
});

const flag = () => once(async () => {
  if (!screen) return;
  const note = await askToFlag();
  if (!note) return;
  saving.entry(screen.state, "flag", { note });
  screen.root.querySelector("[data-flagged]").hidden = false;
  announce(say("flagged"));
});

/** Undo of a submission: not sent yet, it never happened; sent, it can be revised. */
async function takeBack(kind) {
  if (!left) return;
  const { html, state, payload } = left;
  gone.delete(state.assignment);
  const id = saving.idOf(state.assignment, kind);
  const waits = saving.queue.get(id) && saving.queue.sending?.id !== id;
  if (waits) saving.queue.drop(id);
  if (!waits && kind === "skip") await send("POST", state.urls.reopen);
  if (waits) await show(html, { payload });
  else await fetchAndShow(state.assignment);
}

// What comes back ----

saving.addEventListener("signed-out", askToSignIn);
saving.addEventListener("sent", ({ detail: { entry } }) => {
  const isHere = screen?.state.assignment === entry.assignment;
  if (entry.kind === "draft") {
    tellWindows(user, entry.assignment, "saved", { revision: saving.revisions.get(entry.assignment), payload: entry.payload });
  }
  if (entry.kind === "submit") sessionStorage.removeItem(`consilium.seconds/${entry.assignment}`);
  if (entry.kind === "submit" && isHere && screen.state.kind === "training") fetchAndShow(entry.assignment);
});
saving.addEventListener("refused", async ({ detail: { entry, answer } }) => {
  const problems = answer.body.problems ?? [{ message: answer.body.detail }];
  const payload = { ...(left?.state.assignment === entry.assignment ? left.payload : {}), ...entry.payload };
  saving.undo = null;
  gone.delete(entry.assignment);
  if (screen?.state.assignment === entry.assignment) {
    screen.root.querySelector("[data-submit]").disabled = false;
    screen.key = crypto.randomUUID();
    showProblems(screen, problems);
  } else await fetchAndShow(entry.assignment, { payload, problems, title: say("came_back", { n: problems.length }) }, entry.urls);
  changed();
});
saving.addEventListener("conflict", async ({ detail: { entry, other } }) => {
  if (screen?.state.assignment !== entry.assignment) await fetchAndShow(entry.assignment, { payload: entry.payload }, entry.urls);
  const merged = await resolve(screen, other);
  saving.settleConflict(other.revision);
  screen.quiet = true;
  screen.store.replace(merged);
  screen.quiet = false;
  const button = screen.root.querySelector("[data-submit]");
  if (button) button.disabled = false;
  screen.key = crypto.randomUUID();
  if (!same(merged, other.payload)) changed();
  else saving.paint();
});

function hear(message) {
  if (!screen) return;
  if (message.type === "opened") {
    saving.queue.hurry();
    screen.stepBack(() => fetchAndShow(screen.state.assignment));
  } else if (message.type === "saved" && !saving.queue.get(saving.idOf(screen.state.assignment, "draft"))) {
    saving.revisions.set(screen.state.assignment, message.revision);
    screen.quiet = true;
    screen.store.replace(message.payload);
    screen.quiet = false;
  }
}

wireKeys(keys, {
  screen: () => screen,
  announce, submit, skip, flag,
  pause: () => breaks.pause(screen?.where() ?? ""),
  keyboard: () => keyboard.open(),
  back: (assignment) => fetchAndShow(assignment),
  goOn: () => once(() => goOn(screen.state)),
});

const first = document.getElementById("screen");
await saving.queue.load();
if (first) await show(first.outerHTML, { focus: false });
