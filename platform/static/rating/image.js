// The image viewer. The picture is drawn anew for every change, at the resolution of the screen.

import { applyTable, clampWindow, fitted, FULL, moved, table, zoomed } from "./image-view.js";
import { phrasesOf } from "./phrases.js";

const STEP = 1.25;
const PAN = 40;
const viewers = new WeakMap(); // screen → Viewer

class Viewer {
  constructor(node, screen) {
    Object.assign(this, { node, screen, say: phrasesOf(node), picture: null, view: null, due: false });
    this.canvas = node.querySelector("[data-canvas]");
    this.stage = this.canvas.parentElement;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.window = { ...FULL, inverted: false };
    this.pointers = new Map();
    this.wire();
    this.load();
  }

  // The picture ----

  async load() {
    const [wait, fault] = ["[data-wait]", "[data-fault]"].map((name) => this.node.querySelector(name));
    wait.hidden = false;
    fault.hidden = true;
    const picture = new Image();
    picture.src = this.node.dataset.src;
    try {
      await picture.decode();
    } catch {
      wait.hidden = true;
      fault.hidden = false;
      return;
    }
    wait.hidden = true;
    this.picture = { image: picture, width: picture.naturalWidth, height: picture.naturalHeight };
    this.size();
    if (this.screen.signal?.aborted) return;
    this.screen.announce(this.say("loaded"));
  }

  /** The canvas follows its place on the page; whoever looks at the whole goes on seeing the whole. */
  size() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (!width || !height) return; // behind the form on a narrow page
    const wasFitted = !this.view || this.isFitted;
    this.room = { width, height };
    const dots = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * dots);
    this.canvas.height = Math.round(height * dots);
    if (!this.picture) return;
    this.view = wasFitted ? fitted(this.picture, this.room) : moved(this.view, 0, 0, this.picture, this.room);
    this.isFitted = wasFitted;
    this.draw();
  }

  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      if (this.picture && this.view) this.paint();
    });
  }

  paint() {
    const { context, canvas, picture, view } = this;
    const dots = canvas.width / this.room.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = view.scale < 3; // far in, the pixels themselves are of interest
    context.imageSmoothingQuality = "high";
    context.drawImage(picture.image, view.x * dots, view.y * dots, picture.width * view.scale * dots, picture.height * view.scale * dots);
    const { width, level, inverted } = this.window;
    if (inverted || width !== FULL.width || level !== FULL.level) {
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
      applyTable(pixels.data, table(this.window));
      context.putImageData(pixels, 0, 0);
    }
    this.show();
  }

  /** What the tools say, after what is seen. */
  show() {
    this.stage.classList.toggle("viewer-held", !this.isFitted); // one finger scrolls the page until it has zoomed in
    const { node, window: { width, level, inverted } } = this;
    node.querySelector("[data-zoom]").textContent = `${Math.round(this.view.scale * 100)} %`;
    node.querySelector("[data-act=invert]").setAttribute("aria-pressed", String(inverted));
    for (const [name, value] of Object.entries({ width, level })) {
      node.querySelector(`[data-slider=${name}]`).value = value;
      node.querySelector(`[data-of=${name}]`).textContent = value;
    }
    for (const button of node.querySelectorAll("[data-preset]")) {
      button.setAttribute("aria-pressed", String(button.dataset.preset === `${width} ${level}`));
    }
  }

  // What the tools do ----

  get middle() {
    return { x: this.room.width / 2, y: this.room.height / 2 };
  }

  zoom(factor, at) {
    if (!this.view) return false;
    this.view = zoomed(this.view, factor, at ?? this.middle, this.picture, this.room);
    this.isFitted = false;
    this.draw();
    if (!at) this.screen.announce(this.say("zoomed", { percent: Math.round(this.view.scale * 100) }));
    return true;
  }

  pan(dx, dy) {
    if (!this.view) return false;
    this.view = moved(this.view, dx, dy, this.picture, this.room);
    this.isFitted = false;
    this.draw();
    return true;
  }

  setWindow(window, { quiet = false } = {}) {
    this.window = { ...this.window, ...clampWindow({ ...this.window, ...window }) };
    this.draw();
    if (!quiet) this.screen.announce(this.say("window", this.window));
    return true;
  }

  nextPreset() {
    const presets = [...this.node.querySelectorAll("[data-preset]")];
    const at = presets.findIndex((button) => button.getAttribute("aria-pressed") === "true");
    presets[(at + 1) % presets.length].click();
    return true;
  }

  get acts() {
    return {
      load: () => this.load(),
      zoomIn: () => this.zoom(STEP),
      zoomOut: () => this.zoom(1 / STEP),
      fit: () => this.fit(),
      reset: () => {
        this.window = { ...FULL, inverted: false };
        this.fit();
        this.screen.announce(this.say("reset"));
        return true;
      },
      invert: () => {
        this.window.inverted = !this.window.inverted;
        this.draw();
        this.screen.announce(this.say(this.window.inverted ? "inverted" : "upright"));
        return true;
      },
      tall: () => {
        const tall = this.stage.classList.toggle("viewer-tall");
        this.node.querySelector("[data-act=tall]").setAttribute("aria-pressed", String(tall));
        return true;
      },
    };
  }

  fit() {
    if (!this.picture || !this.room) return false;
    this.view = fitted(this.picture, this.room);
    this.isFitted = true;
    this.draw();
    return true;
  }

  // Hands on it ----

  wire() {
    const { canvas, node } = this;
    node.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act], [data-preset]");
      if (button?.dataset.act) this.acts[button.dataset.act]();
      else if (button) {
        const [width, level] = button.dataset.preset.split(" ").map(Number);
        this.setWindow({ width, level });
      }
    });
    for (const slider of node.querySelectorAll("[data-slider]")) {
      slider.addEventListener("input", () => this.setWindow({ [slider.dataset.slider]: Number(slider.value) }, { quiet: true }));
    }
    canvas.addEventListener("wheel", (event) => {
      // the page scrolls past the picture until somebody has taken hold of it
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
      this.zoom(Math.exp(-event.deltaY * lines * 0.0015), this.at(event));
    }, { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener("keydown", (event) => this.key(event));
    const observer = new ResizeObserver(() => this.size());
    observer.observe(this.stage);
    this.screen.signal?.addEventListener("abort", () => observer.disconnect());
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { ...this.at(event), button: event.button });
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.view) return;
    const now = this.at(event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, { ...now, button: before.button });
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (other) {
      const far = (from) => Math.max(Math.hypot(from.x - other.x, from.y - other.y), 1);
      this.pan(dx / 2, dy / 2);
      this.zoom(far(now) / far(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else if (before.button === 2) {
      // as at a reading station: to the side for contrast, up and down for brightness
      this.setWindow({ width: this.window.width + dx, level: this.window.level + dy / 2 }, { quiet: true });
    } else this.pan(dx, dy);
  }

  /** Arrows belong to the picture that has the focus, with single keys switched off, too. */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[event.key];
    if (by && this.pan(...by)) event.preventDefault();
  }
}

export function mount(node, axis, store, screen) {
  viewers.set(screen, new Viewer(node, screen));
}

const on = (act) => (event, screen) => {
  const viewer = screen && viewers.get(screen);
  return viewer ? act(viewer) : false;
};
const entry = (id, key, label, run) => ({ id: `image_${id}`, key, label, context: "image", run });
const pan = (dx, dy) => on((viewer) => viewer.pan(dx, dy));

/** The sheet of keys reads keys.json; here is what each of them does. */
export const keys = [
  entry("in", "+", "Zoom in", on((viewer) => viewer.acts.zoomIn())),
  entry("in_plain", "=", "Zoom in", on((viewer) => viewer.acts.zoomIn())),
  entry("out", "-", "Zoom out", on((viewer) => viewer.acts.zoomOut())),
  entry("fit", "0", "Fit the whole image", on((viewer) => viewer.fit())),
  entry("left", "ArrowLeft", "Look to the left", pan(PAN, 0)),
  entry("right", "ArrowRight", "Look to the right", pan(-PAN, 0)),
  entry("up", "ArrowUp", "Look up", pan(0, PAN)),
  entry("down", "ArrowDown", "Look down", pan(0, -PAN)),
  entry("invert", "i", "Invert", on((viewer) => viewer.acts.invert())),
  entry("preset", "w", "Next contrast preset", on((viewer) => viewer.nextPreset())),
  entry("tall", "h", "Larger or smaller", on((viewer) => viewer.acts.tall())),
  entry("reset", "r", "Reset the image", on((viewer) => viewer.acts.reset())),
];
