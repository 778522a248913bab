// Charts are fetched when opened or scrolled to, and only then the library that draws them.
// They follow the board: when its filter or its rows change, whatever is drawn is drawn again.

const script = document.getElementById("charts-script");
const drawn = new Map(); // frame → the figure as it came, as text
let library;

function plotly() {
  library ??= new Promise((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = script.dataset.plotly;
    tag.onload = () => resolve(window.Plotly);
    tag.onerror = () => { library = undefined; reject(new Error("plotly")); };
    document.head.append(tag);
  });
  return library;
}

// Colours of the page, in the scheme it shows: "var(--line)" → what that is now.
function themed(node, style) {
  if (typeof node === "string") {
    return node.startsWith("var(") ? style.getPropertyValue(node.slice(4, -1)).trim() : node;
  }
  if (Array.isArray(node)) return node.map((each) => themed(each, style));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, themed(value, style)]));
}

function layoutFor(layout, height, frame, style) {
  const narrow = frame.clientWidth < 560;
  const ink = style.getPropertyValue("--ink").trim();
  const found = themed({
    ...layout,
    height,
    autosize: true,
    dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink, family: style.getPropertyValue("--sans").trim(), size: narrow ? 10 : 12 },
    margin: { l: narrow ? 36 : 60, r: 12, t: 44, b: narrow ? 48 : 60, ...layout.margin },
    hoverlabel: { bgcolor: "var(--card)", font: { color: ink }, bordercolor: "var(--edge)" },
  }, style);
  if (narrow && found.yaxis?.ticktext) {
    found.yaxis.ticktext = found.yaxis.ticktext.map((name) => (name.length > 16 ? `${name.slice(0, 15)}…` : name));
  }
  return found;
}

async function draw(frame) {
  const said = frame.closest(".board-chart")?.querySelector("[data-chart-said]");
  try {
    const answer = await fetch(frame.dataset.figure);
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (drawn.get(frame) === text) return;
    const [library, told] = [await plotly(), JSON.parse(text)];
    if (!frame.isConnected) return;
    await render(frame, told, library);
    drawn.set(frame, text);
    if (said) said.textContent = "";
    offerToSave(frame);
  } catch {
    if (said) said.textContent = script.dataset.failed;
  }
}

async function render(frame, told, library) {
  const style = getComputedStyle(document.documentElement);
  frame.querySelector(".chart-room")?.remove();
  const layout = layoutFor(told.figure.layout, told.height, frame, style);
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, displaylogo: false };
  await library.react(frame, themed(told.figure.data, style), layout, config);
  frame.dataset.drawn = "";
}

function offerToSave(frame) {
  for (const button of frame.closest(".board-chart")?.querySelectorAll("[data-save]") ?? []) {
    button.hidden = false;
    button.onclick = () => save(frame, button.dataset.save);
  }
}

// The library's own way to a PNG goes by a blob: address, which the content policy does not let images have.
async function save(frame, kind) {
  const library = await plotly();
  const { width, height } = frame.getBoundingClientRect();
  const picture = await library.toImage(frame, { format: "svg", width: Math.round(width), height: Math.round(height) });
  const address = kind === "svg" ? picture : await painted(picture, width, height);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${frame.dataset.name}.${kind}`;
  link.click();
}

function painted(picture, width, height) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [2 * width, 2 * height];
      const pen = canvas.getContext("2d");
      pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--card");
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      resolve(canvas.toDataURL("image/png"));
    };
    image.onerror = reject;
    image.src = picture;
  });
}

// Drawn when looked at.
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  }
}, { rootMargin: "200px" });

function watch(root) {
  for (const frame of root.querySelectorAll("[data-figure]")) watcher.observe(frame);
}

// Fetched when opened, of the filter that is in force then.
async function fill(closed) {
  const address = closed.dataset.chart + location.search;
  const body = closed.querySelector("[data-chart-body]");
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return; // the link to the chart's own page stays
  const text = await answer.text();
  if (closed.dataset.filled === text.length + address && body.dataset.text === text) return;
  const open = body.querySelector(".chart-numbers")?.open;
  const fragment = new DOMParser().parseFromString(text, "text/html");
  const frame = body.querySelector("[data-figure]");
  const next = fragment.querySelector("[data-figure]");
  if (frame && next && "drawn" in frame.dataset) { // the figure stays in place and changes
    frame.dataset.figure = next.dataset.figure;
    next.replaceWith(frame);
  }
  body.replaceChildren(...fragment.body.childNodes);
  body.dataset.text = text;
  closed.dataset.filled = text.length + address;
  if (open) body.querySelector(".chart-numbers").open = true;
  if (frame?.isConnected) { draw(frame); offerToSave(frame); } else watch(body);
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".chart-closed[open]")) fill(event.target);
}, true);

let soon;
document.addEventListener("htmx:afterSettle", () => {
  clearTimeout(soon);
  soon = setTimeout(() => document.querySelectorAll(".chart-closed[open]").forEach(fill), 300);
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", async () => {
  const library = await plotly();
  for (const [frame, text] of drawn) {
    if (frame.isConnected) render(frame, JSON.parse(text), library);
    else drawn.delete(frame);
  }
});

watch(document);
document.querySelectorAll(".chart-closed[open]").forEach(fill);
