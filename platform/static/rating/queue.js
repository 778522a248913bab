// The way out: drafts, submissions, skips and flags leave one after the other, are tried again when the
// network fails, and are set aside with their reason when the server refuses. Nothing blocks what comes after.

import { send } from "./http.js";
import * as shelf from "./shelf.js";

const LONGEST_WAIT_MS = 60_000;
const transient = (status) => status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;

export class Queue extends EventTarget {
  /** `judge(entry, answer)` says what becomes of a refused entry: "aside", "hold", "again" or "done". */
  constructor(user, prepare, judge) {
    super();
    Object.assign(this, { user, prepare, judge, entries: new Map(), stopped: false, sending: null, timer: 0 });
    addEventListener("online", () => this.hurry());
  }

  /** Take up what an earlier page of the same user left behind. */
  async load() {
    for (const entry of await shelf.ofUser(this.user)) {
      if (!this.entries.has(entry.id)) this.entries.set(entry.id, { ...entry, due: 0, held: false });
    }
    this.tell();
    this.wake();
  }

  /** Add an entry, or replace the one of the same id; it leaves after `delay` ms. Resolves when it is stored. */
  put(entry, delay = 0) {
    const whole = {
      tries: 0, aside: null, held: false, ...entry, user: this.user, stamp: crypto.randomUUID(),
      at: this.entries.get(entry.id)?.at ?? Date.now(), due: Date.now() + delay,
    };
    this.entries.set(whole.id, whole);
    const stored = shelf.put(whole);
    this.tell();
    this.wake();
    return stored;
  }

  drop(id) {
    this.entries.delete(id);
    shelf.remove(id);
    this.tell();
  }

  /** What is still to be sent was made from a newer revision than when it was put. */
  rebase(id, base) {
    const entry = this.entries.get(id);
    if (!entry) return;
    entry.base = base;
    shelf.put(entry);
  }

  get = (id) => this.entries.get(id);
  waiting = () => [...this.entries.values()].filter((entry) => !entry.aside);
  aside = () => [...this.entries.values()].filter((entry) => entry.aside);
  failing = () => this.waiting().some((entry) => entry.tries > 0);
  tries = () => Math.max(0, ...this.waiting().map((entry) => entry.tries));

  stop() {
    this.stopped = true;
    this.tell();
  }

  resume() {
    this.stopped = false;
    this.hurry();
  }

  /** Try everything now: the network is back, or the page is about to be hidden. */
  hurry() {
    for (const entry of this.entries.values()) entry.due = 0;
    this.tell();
    this.wake();
  }

  release(id) {
    const entry = this.entries.get(id);
    if (entry) Object.assign(entry, { held: false, due: 0 });
    this.wake();
  }

  wake() {
    clearTimeout(this.timer);
    if (this.sending || this.stopped) return;
    const ready = this.waiting().filter((entry) => !entry.held).sort((a, b) => a.due - b.due || a.at - b.at)[0];
    if (!ready) return;
    const wait = ready.due - Date.now();
    if (wait > 0) this.timer = setTimeout(() => this.wake(), wait);
    else this.deliver(ready);
  }

  async deliver(entry) {
    this.sending = entry;
    this.tell();
    const { method, url, json, headers } = this.prepare(entry);
    const answer = await send(method, url, { json, headers, keepalive: document.hidden });
    this.sending = null;
    this.settle(entry, answer);
    this.tell();
    this.wake();
  }

  settle(entry, answer) {
    const current = this.entries.get(entry.id);
    const replaced = current !== entry;
    if (answer.status >= 200 && answer.status < 300) {
      if (!replaced) this.drop(entry.id);
      this.dispatchEvent(new CustomEvent("sent", { detail: { entry, answer } }));
    } else if (answer.status === 401) {
      this.stop();
      this.dispatchEvent(new CustomEvent("signed-out"));
    } else if (transient(answer.status)) this.postpone(current, answer);
    else if (!replaced) this.refuse(entry, answer);
  }

  postpone(entry, answer) {
    if (!entry) return;
    entry.tries += 1;
    const asked = Number(answer.headers.get("Retry-After")) * 1000 || 0;
    entry.due = Date.now() + Math.max(asked, Math.min(LONGEST_WAIT_MS, 1000 * 2 ** entry.tries) * (0.75 + Math.random() / 2));
    shelf.put(entry);
  }

  refuse(entry, answer) {
    const verdict = this.judge(entry, answer);
    if (verdict === "done") this.drop(entry.id);
    else if (verdict === "hold") entry.held = true;
    else if (verdict === "again") entry.due = 0;
    else {
      entry.aside = { status: answer.status, reason: answer.body?.detail ?? String(answer.status) };
      shelf.put(entry);
    }
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }
}
