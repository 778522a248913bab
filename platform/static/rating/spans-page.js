// What the questions of one screen share that mark passages: the texts, and whose keys and marks are in force.

const pages = new WeakMap(); // screen → page

export function pageOf(screen) {
  if (pages.has(screen)) return pages.get(screen);
  const page = {
    widgets: [], texts: new Map(), active: null, pressing: false, taking: false,
    owner: (text) => (page.active?.texts.includes(text) ? page.active : page.widgets.find((each) => each.texts.includes(text))),
    activate(widget) {
      if (page.active !== widget) {
        page.active = widget;
        widget.draw();
      }
      // the question in hand is the one whose text is worked on: for the frame, as if it had the focus
      if (page.taking || screen.going?.current() === widget.field) return;
      page.taking = true;
      widget.field.dispatchEvent(new Event("focusin", { bubbles: true }));
      page.taking = false;
    },
  };
  pages.set(screen, page);
  return page;
}

/** The widget a key is for: that of the question in hand, else the one last worked on. */
export function widgetInHand(screen) {
  const page = screen && pages.get(screen);
  return page?.widgets.find((each) => each.field === screen.going?.current()) ?? page?.active ?? null;
}
