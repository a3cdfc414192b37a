// @ts-check
// The class canvas: what both brought, added up, with what is shown of it and where nobody wrote. No one is counted
// against another.

import { h } from "../shared/dom.js";
import { printable } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

/** @param {import("../shared/words.js").Tell} t @param {any} canvas as it came from the kernel @param {string} id */
export function drawClassCanvas(t, canvas, id) {
  const actors = Object.keys(canvas.cells);
  const aspects = Object.keys(canvas.cells[actors[0]]);
  const told = (/** @type {string} */ key, /** @type {number | null} */ n) => n === null ? t("canvas_unasked") : t(n === 1 ? `${key}_one` : n === 0 && key === "canvas_wrote" ? `${key}_none` : key, { n });
  return h("figure", { class: "coprod-canvas" },
    h("figcaption", { id }, h("strong", {}, t("canvas_title")), " ", h("span", {}, told("canvas_learners", canvas.learners))),
    h("table", { "aria-labelledby": id },
      h("thead", {}, h("tr", {}, ...actors.map((actor) => h("th", { scope: "col", "data-actor": actor }, t(actor))))),
      ...aspects.map((aspect) => h("tbody", {},
        h("tr", {}, h("th", { scope: "rowgroup", colspan: "2" }, t(`aspect_${aspect}`))),
        h("tr", {}, ...actors.map((actor) => h("td", { "data-actor": actor },
          h("p", { class: "coprod-wrote" }, told("canvas_wrote", canvas.cells[actor][aspect])),
          ...canvas.excerpts[actor][aspect].map((/** @type {any} */ one) => excerpt(t, one)))))))),
    canvas.gaps.length > 0 && h("ul", { class: "coprod-gaps" }, ...canvas.gaps.map((/** @type {string[]} */ gap) => h("li", {}, t(`gap_${gap.join("_")}`)))));
}

/** @param {import("../shared/words.js").Tell} t @param {{ text: string, edited: boolean }} one */
function excerpt(t, { text, edited }) {
  return h("blockquote", TYPED, printable(text), edited && h("span", { class: "coprod-edited" }, ` [${t("edited")}]`));
}
