// Where an image lies on a canvas and how bright it is. Pure: sums only, no page.

export const FULL = { width: 256, level: 128 };
const MOST = 16; // times its own size
const KEPT = 48; // CSS pixels of the image that stay in sight however far it is moved

/** The scale at which the whole image is seen; a small image is enlarged, but not beyond four times. */
export function fitting(image, stage) {
  return Math.min(stage.width / image.width, stage.height / image.height, 4);
}

/** {scale, x, y}: the image's size and its upper left corner, in CSS pixels of the stage. */
export function fitted(image, stage) {
  const scale = fitting(image, stage);
  return { scale, x: (stage.width - image.width * scale) / 2, y: (stage.height - image.height * scale) / 2 };
}

export function moved(view, dx, dy, image, stage) {
  const keep = (at, size, room) => Math.min(Math.max(at, KEPT - size), room - KEPT);
  return {
    scale: view.scale,
    x: keep(view.x + dx, image.width * view.scale, stage.width),
    y: keep(view.y + dy, image.height * view.scale, stage.height),
  };
}

/** Zoomed by a factor around a point of the stage, which stays where it is. */
export function zoomed(view, factor, at, image, stage) {
  const least = Math.min(fitting(image, stage), 1) / 2;
  const scale = Math.min(Math.max(view.scale * factor, least), MOST);
  const by = scale / view.scale;
  return moved({ scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by }, 0, 0, image, stage);
}

/** What a brightness 0…255 is shown as: linear between the ends of the window, cut off beyond them. */
export function table({ width, level, inverted }) {
  const shown = new Uint8ClampedArray(256);
  for (let value = 0; value < 256; value++) {
    const share = Math.min(Math.max((value - (level - width / 2)) / Math.max(width - 1, 1), 0), 1);
    shown[value] = Math.round((inverted ? 1 - share : share) * 255);
  }
  return shown;
}

export const clampWindow = ({ width, level }) => ({
  width: Math.round(Math.min(Math.max(width, 8), 512)),
  level: Math.round(Math.min(Math.max(level, 0), 256)),
});

/** Put a table over pixels in place; transparency stays. */
export function applyTable(pixels, shown) {
  for (let at = 0; at < pixels.length; at += 4) {
    pixels[at] = shown[pixels[at]];
    pixels[at + 1] = shown[pixels[at + 1]];
    pixels[at + 2] = shown[pixels[at + 2]];
  }
}
