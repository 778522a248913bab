// What leaves the page and what becomes of it: drafts, submissions, skips, flags; and the chip that says so.

import { clockTime } from "./chip.js";
import { send } from "./http.js";
import { Queue } from "./queue.js";
import { windowId } from "./windows.js";

const DEBOUNCE_MS = 800;
const UNDO_MS = 10_000;
const OFFER_FILE_AFTER = 3;

export class Saving extends EventTarget {
  constructor(user, chip, clock) {
    super();
    Object.assign(this, { chip, clock, revisions: new Map(), savedAt: null, undo: null, conflict: null, ended: false });
    this.queue = new Queue(user, (entry) => this.prepare(entry), (entry, answer) => this.judge(entry, answer));
    this.queue.addEventListener("change", () => this.paint());
    this.queue.addEventListener("sent", ({ detail }) => this.sent(detail));
    this.queue.addEventListener("signed-out", () => this.tell("signed-out"));
    addEventListener("beforeunload", (event) => { if (this.isPending()) event.preventDefault(); });
    addEventListener("pagehide", () => this.queue.hurry());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.queue.hurry(); });
  }

  idOf = (assignment, kind) => `${this.queue.user}:${assignment}:${kind}`;
  isPending = () => this.queue.waiting().length > 0;
  tell = (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail }));

  /** The screen is in view: its revision counts, and its draft may still be here from an earlier page. */
  open(state) {
    const known = this.revisions.get(state.assignment) ?? 0;
    this.revisions.set(state.assignment, Math.max(known, state.revision));
    [this.savedAt, this.ended] = [null, false];
    this.paint();
    return this.queue.get(this.idOf(state.assignment, "draft"))?.payload;
  }

  draft(state, payload) {
    this.entry(state, "draft", { payload, seconds: this.clock.seconds() }, DEBOUNCE_MS);
  }

  leave(state, kind, content) {
    this.queue.drop(this.idOf(state.assignment, "draft"));
    return this.entry(state, kind, { ...content, seconds: this.clock.seconds() });
  }

  entry(state, kind, content, delay = 0) {
    const base = this.revisions.get(state.assignment);
    return this.queue.put({
      id: this.idOf(state.assignment, kind), assignment: state.assignment, kind, base,
      urls: state.urls, study: state.study, ...content,
    }, delay);
  }

  /** Resolves when the server has heard that a screen was left, or when that was taken back. */
  settled(assignment) {
    const waits = () => ["submit", "skip"].some((kind) => this.queue.get(this.idOf(assignment, kind)));
    return new Promise((resolve) => {
      const look = () => {
        if (waits()) return;
        this.queue.removeEventListener("change", look);
        resolve();
      };
      this.queue.addEventListener("change", look);
      look();
    });
  }

  prepare(entry) {
    const revision = this.revisions.get(entry.assignment) ?? entry.base ?? 0;
    const url = entry.urls[entry.kind];
    const common = { seconds: entry.seconds, client: windowId };
    if (entry.kind === "draft") {
      return { method: "PUT", url, json: { payload: entry.payload, ...common }, headers: { "If-Match": `"${revision}"` } };
    }
    if (entry.kind === "submit") {
      const json = { payload: entry.payload, reason: entry.reason, revision, ...common };
      return { method: "POST", url, json, headers: { "Idempotency-Key": entry.key } };
    }
    return { method: "POST", url, json: { reason: entry.reason, note: entry.note } };
  }

  sent({ entry, answer }) {
    if (answer.body?.revision !== undefined) {
      this.revisions.set(entry.assignment, answer.body.revision);
      this.queue.rebase(entry.id, answer.body.revision);
    }
    if (entry.kind === "draft") this.savedAt = answer.body.saved_at ?? new Date();
    this.tell("sent", { entry, answer });
  }

  /** What a refusal means; see Queue. */
  judge(entry, answer) {
    if (answer.status === 409) {
      if (answer.body.client === windowId) { // our own save, whose answer was lost on the way
        this.revisions.set(entry.assignment, answer.body.revision);
        return "again";
      }
      this.conflict = { entry, other: answer.body };
      queueMicrotask(() => this.tell("conflict", this.conflict));
      return "hold";
    }
    if (answer.status === 410 && !entry.renewed) {
      this.renew(entry);
      return "hold";
    }
    if (answer.status === 410) this.ended = true;
    if (answer.status === 422 && entry.kind === "submit") {
      queueMicrotask(() => this.tell("refused", { entry, answer }));
      return "done";
    }
    return "aside";
  }

  /** The reservation ran out: take it again where nobody else has it. */
  async renew(entry) {
    entry.renewed = true;
    await send("POST", entry.urls.heartbeat, { json: { seconds: entry.seconds ?? 0 } });
    this.queue.release(entry.id);
  }

  settleConflict(revision) {
    const { entry } = this.conflict;
    this.conflict = null;
    this.revisions.set(entry.assignment, revision);
    this.queue.drop(entry.id);
  }

  /** Offer to take back what was just sent, for ten seconds. */
  offerUndo(word, run) {
    const offer = { word, run };
    this.undo = offer;
    this.paint();
    setTimeout(() => {
      if (this.undo === offer) this.undo = null;
      this.paint();
    }, UNDO_MS);
  }

  paint() {
    const { queue, chip } = this;
    const file = { text: chip.words("download"), run: () => this.download() };
    const kept = queue.waiting().length;
    if (this.conflict) chip.show("elsewhere", {}, { text: chip.words("choose"), run: () => this.tell("conflict", this.conflict) });
    else if (queue.stopped) chip.show("signed_out", {}, { text: chip.words("sign_in"), run: () => this.tell("signed-out") });
    else if (queue.failing()) chip.show("retrying", { n: kept }, queue.tries() >= OFFER_FILE_AFTER ? file : null);
    else if (this.ended) chip.show("ended", {}, file);
    else if (queue.aside().length) chip.show("aside", { n: queue.aside().length, reason: queue.aside()[0].aside.reason }, file);
    else if (this.undo) chip.show(kept ? "saving" : this.undo.word, {}, { text: chip.words("undo"), run: () => this.takeBack() });
    else if (kept) chip.show("saving");
    else if (this.savedAt) chip.show("saved", { time: clockTime(this.savedAt) });
    else chip.show("idle");
  }

  takeBack() {
    const { run } = this.undo;
    this.undo = null;
    this.paint();
    run();
  }

  /** A file of everything that is not on the server: answers only, as in the queue. */
  download() {
    const unsent = [...this.queue.entries.values()].map(({ assignment, study, kind, payload, reason, note, seconds, at, aside }) =>
      ({ study, assignment, kind, payload, reason, note, seconds, at: new Date(at).toISOString(), refused: aside ?? undefined }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(unsent, null, 2)], { type: "application/json" }));
    link.download = "unsaved-ratings.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
