// @ts-check
// A figure, which is asked for when it is shown.

import { fill, h } from "../shared/dom.js";

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const place = h("div", {});
  const hear = (/** @type {{ picture?: { src: string, alt: string } }} */ { picture }) =>
    picture && fill(place, h("img", { ...picture, style: "max-width: min(100%, 43rem)" }));
  el.append(place);
  model.on("msg:custom", hear);
  model.send({ ask: "picture" });
  return () => model.off("msg:custom", hear);
}

export default { render };
