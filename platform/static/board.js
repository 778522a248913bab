// A board that changes while it is read: what changed is put in its place, and nothing else moves.
"use strict";

(() => {
  const live = document.getElementById("live");
  const told = document.getElementById("told");
  if (!live) return;
  const MARKED = 6000; // milliseconds a changed row says so
  const HELD = 8000; // and a touched list of choices counts as open
  const WAIT = 400; // between looks whether a reader is done
  let waiting = 0;
  let touched = 0;

  const rowsIn = (root) => root.querySelector("table.board > tbody");

  // Somebody who chooses or marks text is not disturbed; what came meanwhile is fetched as soon as they are done.
  function isBusy() {
    const marked = getSelection();
    if (marked && !marked.isCollapsed && live.contains(marked.anchorNode)) return true;
    return document.activeElement?.matches("#live select") && performance.now() - touched < HELD;
  }
  for (const name of ["pointerdown", "keydown"]) {
    live.addEventListener(name, (event) => { if (event.target.matches("select")) touched = performance.now(); });
  }
  live.addEventListener("change", () => { touched = 0; });

  live.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== live || !isBusy()) return;
    event.preventDefault();
    waiting ||= setInterval(() => {
      if (isBusy()) return;
      clearInterval(waiting);
      waiting = 0;
      htmx.trigger(live, "catchup");
    }, WAIT);
  });

  live.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.elt !== live) return;
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status !== 200) return;
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const next = page.getElementById("rows");
    if (next) keepingPlace(() => update(document.getElementById("rows"), next));
  });

  function update(rows, next) {
    const sameShape = rows.querySelector("table.board")?.dataset.shape === next.querySelector("table.board")?.dataset.shape;
    if (!sameShape || !rowsIn(rows)) {
      if (rows.textContent === next.textContent) return;
      replaceAll(rows, next);
      return;
    }
    const changed = merge(rowsIn(rows), rowsIn(next));
    for (const part of next.querySelectorAll("[data-part]")) replacePart(rows, part);
    mark(changed);
  }

  // Rows are told apart by their keys and known to be the same by what the server says of their content.
  function merge(body, next) {
    const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    const changed = [];
    let at = body.firstElementChild;
    for (const fresh of [...next.rows]) {
      const old = known.get(fresh.dataset.key);
      known.delete(fresh.dataset.key);
      let row = old;
      if (!old || old.dataset.hash !== fresh.dataset.hash) {
        row = document.adoptNode(fresh);
        if (old) {
          carryChecks(old, row);
          if (at === old) at = row;
          old.replaceWith(row);
        }
        if (old?.dataset.said !== row.dataset.said) changed.push(row);
      }
      if (row === at) at = at.nextElementSibling;
      else body.insertBefore(row, at);
    }
    for (const gone of known.values()) gone.remove();
    return changed;
  }

  function carryChecks(from, to) {
    for (const box of from.querySelectorAll("input[id]:checked")) {
      const same = to.querySelector(`#${CSS.escape(box.id)}`);
      if (same) same.checked = true;
    }
  }

  function replacePart(rows, part) {
    const old = rows.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old || old.dataset.said === part.innerHTML) return;
    part.dataset.said = part.innerHTML;
    part.remove();
    old.replaceWith(part);
    wake(part);
  }

  function replaceAll(rows, next) {
    for (const open of rows.querySelectorAll("details[open][id]")) {
      next.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
    }
    carryChecks(rows, next);
    const said = new Map([...(rowsIn(rows)?.rows ?? [])].map((row) => [row.dataset.key, row.dataset.said]));
    const aside = rows.querySelector("#scroll")?.scrollLeft ?? 0;
    next.remove();
    rows.replaceWith(next);
    htmx.process(next);
    wake(next);
    const scroll = next.querySelector("#scroll");
    if (scroll) scroll.scrollLeft = aside;
    mark([...(rowsIn(next)?.rows ?? [])].filter((row) => said.get(row.dataset.key) !== row.dataset.said));
  }

  // site.js writes times and shows copy buttons in whatever htmx has loaded
  function wake(element) {
    htmx.trigger(element, "htmx:load", { elt: element });
  }

  // The row under the reader's eyes or hands stays where it is on the screen, whatever comes above it.
  function keepingPlace(change) {
    const focused = document.activeElement?.id;
    const anchor = document.activeElement?.closest?.("tr[data-key]") ?? firstSeen();
    const key = anchor?.dataset.key;
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const after = key && document.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
    if (!after) return;
    const moved = after.getBoundingClientRect().top - before;
    if (Math.abs(moved) < 1) return;
    const scroll = document.getElementById("scroll");
    const was = scroll.scrollTop;
    scroll.scrollTop += moved;
    const left = moved - (scroll.scrollTop - was);
    if (scrollY > 0 && Math.abs(left) >= 1) scrollBy({ top: left, behavior: "instant" });
  }

  function firstSeen() {
    const scroll = document.getElementById("scroll");
    if (!scroll || (scroll.scrollTop === 0 && scroll.getBoundingClientRect().top >= 0)) return null;
    const top = Math.max(scroll.querySelector("thead")?.getBoundingClientRect().bottom ?? 0, 0);
    return [...rowsIn(document).rows].find((row) => row.getBoundingClientRect().bottom > top);
  }

  function mark(changed) {
    const systems = changed.filter((row) => row.cells[0]?.tagName === "TH");
    for (const row of systems) {
      row.classList.add("fresh");
      row.cells[0].dataset.mark = live.dataset.mark;
      setTimeout(() => row.classList.remove("fresh"), MARKED);
    }
    const n = systems.length;
    if (n) told.textContent = n === 1 ? live.dataset.one : live.dataset.many.replace("%n", n);
  }

  // After a choice: focus that lost its place goes to what was found, which is also said.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!live.contains(event.target) || event.detail.elt === live) return;
    const found = document.getElementById("found");
    if (document.activeElement === document.body) found?.focus({ preventScroll: true });
    told.textContent = found?.textContent.replace(/\s+/g, " ") ?? "";
    countPicked();
  });

  // What the server could not read, it says on a page of its own.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 400 && live.contains(event.detail.elt)) location.assign(event.detail.pathInfo.finalRequestPath);
  });

  // Two rows are compared: a third tick takes the place of the first.
  const picked = [];
  function countPicked() {
    const button = document.querySelector("#compare button");
    if (button) button.disabled = document.querySelectorAll('input[name="compare"]:checked').length !== 2;
  }
  live.addEventListener("change", (event) => {
    if (event.target.name !== "compare") return;
    const place = picked.indexOf(event.target.id);
    if (place >= 0) picked.splice(place, 1);
    if (event.target.checked) picked.push(event.target.id);
    while (document.querySelectorAll('input[name="compare"]:checked').length > 2 && picked.length > 2) {
      const first = document.getElementById(picked.shift());
      if (first) first.checked = false;
    }
    countPicked();
  });
  countPicked();

  // A list that was opened closes with Escape or a click elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = event.target.closest?.("details.drop[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.drop[open]")) {
      if (!open.contains(event.target) && document.contains(event.target)) open.open = false;
    }
  });
})();
