// @ts-check
// The coproduction canvas: what each of the two brought to the relationship, the plan and the carrying out.

import { h, svg } from "../shared/dom.js";
import { visibleIn } from "../shared/texts.js";
import { around, TYPED, typed } from "../shared/typed.js";

export const ACTORS = ["professional", "patient"];
export const ASPECTS = ["relationship", "plan", "carrying_out"];

/**
 * The canvas as a figure around a table, so that the picture is its own text.
 * @param {(key: string, values?: Record<string, any>) => string} t
 * @param {Record<string, string>} roles the words in use for the two actors
 * @param {(actor: string, aspect: string) => string | null} text what has been written there; null where nothing is asked
 */
export function drawCanvas(t, roles, text) {
  return h("figure", { class: "coprod-canvas" },
    h("figcaption", {}, h("strong", {}, t("canvas_title")), " ", h("span", {}, ...summary(t, roles, text))),
    h("table", {},
      h("thead", {}, h("tr", {}, ...ACTORS.map((actor) => h("th", { scope: "col", "data-actor": actor }, ...nameOf(t, actor, roles[actor]))))),
      ...askedOf(text).map((aspect) => h("tbody", {},
        h("tr", {}, h("th", { scope: "rowgroup", colspan: "2" }, knot(...ACTORS.map((actor) => text(actor, aspect))), t(aspect))),
        h("tr", {}, ...ACTORS.map((actor) => cell(t, actor, text(actor, aspect))))))));
}

/** The aspects that the self-study asks about at all. @param {(actor: string, aspect: string) => string | null} text */
export const askedOf = (text) => ASPECTS.filter((aspect) => ACTORS.some((actor) => text(actor, aspect) !== null));

/** @param {any} t @param {string} actor @param {string} role */
function nameOf(t, actor, role) {
  return role && role !== t(actor) ? [`${t(actor)} (`, typed(role), ")"] : [t(actor)];
}

/** The word for an actor within a sentence: the interface's own, or the learner's. @param {any} t @param {string} actor @param {string} role */
export const inRole = (t, actor, role) => (role === t(actor) ? role : typed(role));

/** @param {any} t @param {string} actor @param {string | null} text */
function cell(t, actor, text) {
  if (text === null) return h("td", { class: "coprod-unasked" }, t("canvas_unasked"));
  const words = visibleIn(text) ? text.trim() : "";
  return h("td", { "data-actor": actor, class: words ? null : "coprod-open" },
    h("div", words ? TYPED : {}, words || t("canvas_open")));
}

/** Two rings that meet: each is filled once its person is in the story. @param {...(string | null)} texts */
function knot(...texts) {
  const ring = (/** @type {string} */ actor, /** @type {number} */ x, /** @type {string | null} */ words) =>
    words !== null && svg("circle", { cx: x, cy: 12, r: 9, "data-actor": actor, class: visibleIn(words) ? "coprod-full" : "coprod-ring" });
  return svg("svg", { viewBox: "0 0 40 24", width: 40, height: 24, "aria-hidden": "true", focusable: "false" },
    ring("professional", 14, texts[0]), ring("patient", 26, texts[1]));
}

/** @param {any} t @param {Record<string, string>} roles @param {(actor: string, aspect: string) => string | null} text */
function summary(t, roles, text) {
  const asked = ASPECTS.flatMap((aspect) => ACTORS.map((actor) => ({ actor, aspect, words: text(actor, aspect) })))
    .filter(({ words }) => words !== null);
  const open = asked.filter(({ words }) => !visibleIn(words ?? ""))
    .map(({ actor, aspect }) => around(t("canvas_missing_one"), { role: inRole(t, actor, roles[actor]), aspect: t(`aspect_${aspect}`) }));
  if (!open.length) return [t(asked.length < ACTORS.length * ASPECTS.length ? "canvas_full_asked" : "canvas_full")];
  if (open.length === asked.length) return [t("canvas_empty")];
  return around(t("canvas_missing"), { list: open.flatMap((one, at) => (at ? ["; ", ...one] : one)) });
}
