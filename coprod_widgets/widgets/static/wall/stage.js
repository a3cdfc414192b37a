// @ts-check
// What a room reads from its back row: one answer, large, or several.

import { fill, h } from "../shared/dom.js";
import { printable } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";
import { button } from "./text.js";

/** @typedef {{ id: string, question: string, text: string, edited: boolean }} Shown */

const SIZES = [[140, "huge"], [320, "large"], [700, "middle"], [1400, "small"]];

/** How large a text may be and still fit. @param {string} text */
const sizeOf = (text) => String(SIZES.find(([longest]) => text.length <= Number(longest))?.[1] ?? "long");

/** @param {import("../shared/words.js").Tell} t @param {Shown} one */
function quote(t, { text, edited }) {
  const words = printable(text);
  return h("blockquote", { ...TYPED, "data-size": sizeOf(words) }, words, edited && h("span", { class: "coprod-edited" }, ` [${t("edited")}]`));
}

/**
 * One answer, as large as it fits.
 * @param {HTMLElement} place @param {import("../shared/words.js").Tell} t @param {string} heading @param {Shown} one
 */
export function drawOne(place, t, heading, one) {
  fill(place, h("h2", {}, heading), h("div", { class: "coprod-one", tabindex: "0", role: "group", "aria-label": heading }, quote(t, one)));
}

/**
 * Several answers, with the heading of their question where they are to one.
 * @param {HTMLElement} place @param {import("../shared/words.js").Tell} t @param {string} heading @param {Shown[]} several @param {(key: string) => string} nameOf
 */
export function drawGrid(place, t, heading, several, nameOf) {
  fill(place, h("h2", {}, heading), h("ul", { class: "coprod-grid" }, ...several.map((one) =>
    h("li", {}, !heading && h("p", { class: "coprod-where" }, nameOf(one.question)), quote(t, one)))));
}

/** One answer for the room, on the moderating wall, and the way back. */
export class Stage {
  /** @param {import("../shared/words.js").Tell} t @param {() => void} leave */
  constructor(t, leave) {
    this.t = t;
    this.back = button("back", t("back"), leave);
    this.place = h("div", { class: "coprod-stage" });
    this.element = h("div", { class: "coprod-room", hidden: true }, this.place, h("div", { class: "coprod-bar" }, this.back));
  }

  /** @param {string} heading @param {Shown} one */
  show(heading, one) {
    drawOne(this.place, this.t, heading, one);
    this.element.hidden = false;
    this.back.focus();
  }

  clear() {
    fill(this.place);
    this.element.hidden = true;
  }
}
