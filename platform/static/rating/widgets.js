// The large parts of a screen, fetched only where a screen has them.

const LOADERS = {
  spans: () => import("./spans.js"),
  checklist: () => import("./checklist.js"),
  image: () => import("./image.js"),
};
const loaded = {};

/** The modules a screen needs, by name: {spans, checklist, image}. */
export async function widgetsFor(root) {
  const wanted = Object.keys(LOADERS).filter((name) =>
    root.querySelector(name === "image" ? "[data-image]" : `fieldset.axis[data-type="${name}"]`));
  await Promise.all(wanted.map(async (name) => { loaded[name] ??= await LOADERS[name](); }));
  return Object.fromEntries(wanted.map((name) => [name, loaded[name]]));
}
