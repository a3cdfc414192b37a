// @ts-check
// For whom the row of phases is: the whole class or one part of the self-study; and which parts are apart from it.

import { h } from "../shared/dom.js";

/** @typedef {{ phase: string, sections: Record<string, string> }} Phases of the class, and of each part that has its own */

export class Parts {
  /** @param {any} wall @param {() => void} onchange another is chosen */
  constructor(wall, onchange) {
    const { t, outline } = wall;
    this.wall = wall;
    const id = wall.id("for");
    this.select = h("select", { id, onchange }, h("option", { value: "" }, t("for_class")),
      ...outline.map((/** @type {any} */ section) => h("option", { value: section.key }, t("where_part", section))));
    this.element = h("span", { class: "coprod-for", hidden: outline.length < 2 }, h("label", { for: id }, t("for")), this.select);
    this.apart = h("p", { class: "coprod-apart", hidden: true });
  }

  /** The part that is chosen; none for the whole class. */
  get chosen() {
    return this.wall.outline.find((/** @type {any} */ section) => section.key === this.select.value);
  }

  /** What whoever is chosen does. Those who join can write already. @param {Phases} now */
  phase({ phase, sections }) {
    if (!this.chosen) return phase;
    return sections[this.chosen.key] ?? (phase === "joining" ? "writing" : phase);
  }

  /** @param {Phases} now */
  show({ sections }) {
    const { t, outline } = this.wall;
    const apart = outline.filter((/** @type {any} */ section) => sections[section.key]);
    const words = apart.map((/** @type {any} */ section) => t("part_is", { letter: section.letter, phase: t(`phase_${sections[section.key]}`) })).join(" · ");
    this.apart.hidden = !words;
    if (this.apart.textContent !== words) this.apart.textContent = words;
    this.element.toggleAttribute("data-chosen", Boolean(this.chosen));
  }

  /** What holds after whoever is chosen moved. @param {Phases} now @param {string} to @returns {Phases} */
  moved({ phase, sections }, to) {
    if (!this.chosen) return { phase: to, sections: {} };
    const { [this.chosen.key]: _, ...others } = sections;
    const same = to === (phase === "joining" ? "writing" : phase);
    return { phase, sections: same ? others : { ...others, [this.chosen.key]: to } };
  }
}
