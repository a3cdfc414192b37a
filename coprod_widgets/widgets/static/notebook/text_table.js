// @ts-check
// A table of texts, which are asked for when the table is shown.

import { fill, h } from "../shared/dom.js";
import { printable } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const table = h("table", {});
  const hear = (/** @type {{ rows?: string[][] }} */ { rows }) => rows && fill(table,
    h("thead", {}, h("tr", {}, ...model.get("columns").map((/** @type {string} */ name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((text) => h("td", TYPED, printable(text)))))));
  el.append(h("div", { class: "coprod-texts", tabindex: "0", role: "region", "aria-label": model.get("columns").join(", ") }, table));
  model.on("msg:custom", hear);
  model.send({ ask: "rows" });
  return () => model.off("msg:custom", hear);
}

export default { render };
