// @ts-check
// What an answer's card asks: whether it is shown all the same, what the class sees instead, which theme it has.

import { h } from "../shared/dom.js";
import { TYPED } from "../shared/typed.js";
import { button, replaced, withOdd, wordsOf } from "./text.js";

/** @param {any} wall @param {string} id */
export function sureOf(wall, id) {
  const { t } = wall;
  const { doubts, undo } = wall.asked;
  const named = doubts.includes("named");
  const first = (/** @type {boolean} */ here) => (here ? { class: "coprod-main", "data-first": true } : {});
  return [
    h("p", { class: "coprod-sure", role: "alert" }, doubts.map((/** @type {string} */ doubt) => t(`sure_${doubt}`)).join(" ")),
    h("div", { class: "coprod-row" }, named && button("sure-edit", t("sure_edit"), () => wall.ask("edit"), first(true)),
      !named && button("sure-no", t("sure_no"), () => wall.ask(""), first(true)),
      button("sure-show", t("sure_show"), (event) => event.detail < 2 && (undo ? wall.undo(doubts) : wall.act("show", undefined, doubts))),
      named && button("sure-no", t("sure_no"), () => wall.ask(""))),
  ];
}

/** @param {any} wall @param {any} head @param {any} text the whole of it */
export function editor(wall, head, text) {
  const { t } = wall;
  const label = wall.id(`edit-${head.id}`);
  const area = h("textarea", { id: label, "data-first": true, ...TYPED, rows: 6, "aria-describedby": `${label}-hint`, oninput: () => wall.drafts.set(head.id, area.value) });
  const now = text.text;
  area.value = wall.drafts.get(head.id) ?? text.draft ?? now;
  const anew = () => {
    area.value = now;
    wall.drafts.set(head.id, now);
    area.focus();
  };
  const replace = () => {
    area.value = replaced(area.value, wordsOf(text.text, text.marks));
    wall.drafts.set(head.id, area.value);
    area.focus();
  };
  return [
    text.draft !== undefined && h("p", { class: "coprod-sure" }, t("edit_draft")),
    text.draft !== undefined && h("p", { class: "coprod-hint" }, t("edit_now")),
    text.draft !== undefined && h("blockquote", TYPED, ...withOdd(now, t("odd"))),
    h("label", { for: label }, t("edit_label")), area,
    h("p", { class: "coprod-hint", id: `${label}-hint` }, t("edit_hint")),
    h("div", { class: "coprod-row" },
      button("edit-save", t("edit_save"), () => wall.act("edit", area.value), { class: "coprod-main" }),
      text.marks.length > 0 && button("edit-replace", t("edit_replace"), replace),
      text.draft !== undefined && button("edit-anew", t("edit_anew"), anew),
      button("edit-cancel", t("cancel"), () => { wall.drafts.delete(head.id); wall.ask(""); })),
  ];
}

/** @param {any} wall @param {any} head */
export function themer(wall, head) {
  const { t } = wall;
  const label = wall.id(`theme-${head.id}`);
  const field = h("input", { id: label, "data-first": true, ...TYPED, maxlength: 100, list: wall.id("themes"), autocomplete: "off", "aria-describedby": `${label}-hint` });
  field.value = head.theme;
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && !event.isComposing && wall.act("theme", field.value.trim()));
  return [
    h("label", { for: label }, t("theme_label")), field,
    h("p", { class: "coprod-hint", id: `${label}-hint` }, t("theme_hint")),
    h("div", { class: "coprod-row" },
      button("theme-save", t("theme_save"), () => wall.act("theme", field.value.trim()), { class: "coprod-main" }),
      button("theme-cancel", t("cancel"), () => wall.ask(""))),
  ];
}
