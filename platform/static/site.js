// What HTML and htmx cannot do alone. Every page works without this file, only less comfortably.
"use strict";

(() => {
  const language = navigator.languages.find((each) => each.startsWith(document.documentElement.lang)) ?? document.documentElement.lang;

  // <time datetime="…T…"> is written in UTC; show it as the reader's clock has it, as finely as it was written.
  function showLocalTimes(root) {
    for (const time of root.querySelectorAll('time[datetime*="T"]:not([title])')) {
      const written = time.textContent;
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime()) || !/\d:\d\d/.test(written)) continue;
      const shape = { hour: "numeric", minute: "2-digit" };
      if (/\d:\d\d:\d\d/.test(written)) shape.second = "2-digit";
      if (/\d{4}/.test(written)) Object.assign(shape, { year: "numeric", month: "short", day: "numeric" });
      if (/UTC/.test(written)) shape.timeZoneName = "short";
      time.title = `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
      time.textContent = moment.toLocaleString(language, shape);
    }
  }

  function showCopyButtons(root) {
    for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  }

  // The clipboard exists only on https and localhost; elsewhere the text is left selected, ready for Ctrl+C.
  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    if (navigator.clipboard) await navigator.clipboard.writeText(source.textContent.trim());
    else {
      getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
    }
    button.dataset.label ??= button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
  }

  function sizeOf(bytes) {
    const megabytes = bytes / 2 ** 20;
    return megabytes >= 1 ? `${megabytes.toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} kB`;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  // data-confirm on a form or its button; before htmx hears of the submit
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (!question || confirm(question)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // Browsers allow six connections to a host, over all tabs, and a stream holds one for good: a tab nobody
  // looks at lets go of its stream. When one opens again after a gap, its page asks once for what it missed.
  const failed = new Set(); // addresses whose stream ended in an error: htmx opens each anew
  class VisibleStream extends EventTarget {
    constructor(url) {
      super();
      this.url = url;
      this.closed = false;
      this.missed = failed.delete(url);
      this.follow = () => { if (document.hidden) this.pause(); else this.open(); };
      document.addEventListener("visibilitychange", this.follow);
      this.follow();
    }

    get readyState() {
      return this.closed ? EventSource.CLOSED : (this.source?.readyState ?? EventSource.CONNECTING);
    }

    open() {
      if (this.source) return;
      const source = this.source = new EventSource(this.url);
      source.addEventListener("changed", (event) => this.tell(event.data));
      source.addEventListener("opened", (event) => this.compare(...event.data.split(" ").map(Number)));
      source.onopen = (event) => {
        this.onopen?.(event);
        if (this.missed) this.tell("missed");
        this.missed = false;
      };
      source.onerror = (event) => {
        this.missed = true;
        if (source.readyState === EventSource.CLOSED) {
          failed.add(this.url);
          this.close();
        }
        this.onerror?.(event);
      };
    }

    // What changed while the page was on its way, or before its stream was open, is asked for now.
    compare(changed, now) {
      if (this.compared) return;
      this.compared = true;
      const sent = performance.getEntriesByType("navigation")[0]?.requestStart ?? 0;
      if ((now - changed) / 1000 <= performance.now() - sent) this.tell(String(changed));
    }

    tell(data) {
      this.dispatchEvent(new MessageEvent("changed", { data }));
    }

    pause() {
      this.missed = true;
      this.source?.close();
      this.source = undefined;
    }

    close() {
      this.closed = true;
      document.removeEventListener("visibilitychange", this.follow);
      this.pause();
    }
  }
  if (window.htmx) htmx.createEventSource = (url) => new VisibleStream(url);

  // What a stream says is when the change was heard; who asks again passes it on, so that no server process
  // answers with what it kept from before.
  document.addEventListener("htmx:configRequest", (event) => {
    const heard = event.detail.triggeringEvent?.detail?.data;
    if (/^\d+$/.test(heard)) event.detail.headers["X-Heard"] = heard;
  });

  // A file dropped beside the zone would replace the page, so it is caught wherever there is a zone.
  function dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    const zone = document.querySelector("[data-dropzone]");
    if (!zone) return;
    event.preventDefault();
    const inside = zone.contains(event.target);
    zone.classList.toggle("dropzone-over", inside && event.type === "dragover");
    if (event.type !== "drop" || !inside) return;
    const input = zone.querySelector("input[type=file]");
    const chosen = new DataTransfer();
    chosen.items.add(event.dataTransfer.files[0]);
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, dragged);

  document.addEventListener("change", (event) => {
    const name = event.target.closest("[data-dropzone]")?.querySelector("[data-dropzone-name]");
    const file = event.target.files?.[0];
    if (name) name.textContent = file ? `${file.name}, ${sizeOf(file.size)}` : "";
  });

  // <form data-upload> moves its <progress data-upload-progress>; then the server checks, for an unknown time
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest("[data-upload]")?.querySelector("[data-upload-progress]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    if (event.detail.loaded < event.detail.total) bar.value = (100 * event.detail.loaded) / event.detail.total;
    else bar.removeAttribute("value");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const bar = event.target.closest("[data-upload]")?.querySelector("[data-upload-progress]");
    if (bar) bar.hidden = true;
  });

  // A person's request never fails in silence; a missed refresh may, for another follows.
  function reportFailure(event) {
    if (event.detail.requestConfig?.verb === "get") return;
    const messages = document.getElementById("messages");
    const alert = document.createElement("p");
    alert.className = "alert alert-error";
    alert.setAttribute("role", "alert");
    alert.textContent = messages.dataset.unanswered;
    messages.replaceChildren(alert);
    alert.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:responseError", reportFailure);
  document.addEventListener("htmx:sendError", reportFailure);

  function prepare(root) {
    showLocalTimes(root);
    showCopyButtons(root);
  }
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
})();
