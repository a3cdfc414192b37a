// @ts-check
// One answer on the moderating wall: its text, what it is, and what can be done with it.

import { h } from "../shared/dom.js";
import { TYPED } from "../shared/typed.js";
import { fold } from "./answers.js";
import { editor, sureOf, themer } from "./forms.js";
import { button, marked, renew, withOdd, wordsOf } from "./text.js";
import { clock } from "../shared/words.js";

export class CardView {
  /** @param {any} wall @param {string} id */
  constructor(wall, id) {
    this.wall = wall;
    this.id = id;
    this.about = h("p", { class: "coprod-about" });
    this.text = h("div", { class: "coprod-text", ...TYPED });
    this.why = h("ul", { class: "coprod-why" });
    this.original = h("div", {});
    this.form = h("div", { class: "coprod-forms" });
    this.does = this.makeActions();
    this.actions = h("div", { class: "coprod-actions" }, ...[...this.does.values()].map(({ element }) => element));
    // A pointer chooses with its click: what its pressing moved would not be there any more when it is let go.
    this.element = h("li", { class: "coprod-card", onpointerdown: () => { wall.pressed = true; }, onclick: () => wall.choose(id), onfocusin: () => wall.pressed || wall.choose(id) },
      this.about, this.text, this.why, this.original, this.form, this.actions);
  }

  /** Show it as it is now; only what is other than before is drawn. */
  update() {
    const { wall, id } = this;
    const head = wall.heads.get(id);
    const text = wall.texts.get(id);
    const current = wall.current === id;
    const open = wall.opened === id;
    const state = { shown: head.shown, changed: head.changed, flagged: head.flagged, edited: head.edited, theme: head.theme, found: text?.found, checked: text?.checked, at: head.at };
    this.element.tabIndex = current ? 0 : -1;
    this.element.toggleAttribute("data-shown", head.shown);
    if (current) this.element.setAttribute("aria-current", "true");
    else this.element.removeAttribute("aria-current");
    this.element.toggleAttribute("data-open", open);
    renew(this.about, [state, head.question], () => this.drawAbout(head, text));
    this.drawText(head, text, open);
    renew(this.why, [current && text?.marks, text?.key], () => (current && text ? this.drawWhy(text) : []));
    renew(this.original, [open && text?.original, text?.key], () => (open && text?.original !== undefined ? this.drawOriginal(text) : []));
    const asked = wall.asked?.id === id ? wall.asked.kind : "";
    // At once: whoever types on must be in the field, where no letter is a key.
    if (renew(this.form, [asked, asked === "edit" && text?.whole], () => (asked ? this.drawForm(asked, head, text) : [])))
      /** @type {HTMLElement | null} */ (this.form.querySelector("[data-first]"))?.focus();
    this.showActions(head, current, open, text, asked);
  }

  /** @param {any} head @param {any} text @param {boolean} open */
  drawText(head, text, open) {
    const { t } = this.wall;
    const folded = Boolean(text && this.wall.folded(text));
    renew(this.text, [text ? [text.key, text.whole, text.text.length, folded] : "loading", text && text.marks.length], () =>
      !text ? [h("span", { class: "coprod-hint" }, t("loading_text"))] : folded ? this.drawFolded(text) : marked(text.text, text.marks, t("odd")));
    this.text.setAttribute("aria-busy", String(text?.key !== head.key)); // its newest words are on their way
    if (open) this.text.setAttribute("role", "group");
    else this.text.removeAttribute("role");
    if (open) this.text.setAttribute("aria-label", this.wall.placeOf(head));
    else this.text.removeAttribute("aria-label");
  }

  /** The first lines, and that there are more. @param {any} text */
  drawFolded(text) {
    const { t, language } = this.wall;
    const first = { ...text, text: text.text.slice(0, fold(text)), marks: text.marks.filter((/** @type {any} */ mark) => mark.start < text.fold) };
    return [...marked(first.text, first.marks, t("odd")), "… ", h("span", { class: "coprod-more" }, t(text.words === 1 ? "more_one" : "more", { n: text.words.toLocaleString(language) }))];
  }

  /** @param {any} head @param {any} text */
  drawAbout(head, text) {
    const { t, named, language } = this.wall;
    const { short, name } = named.get(head.question) ?? { short: head.question, name: "" };
    const badge = (/** @type {string} */ kind, /** @type {string} */ words) => h("span", { class: "coprod-badge", "data-kind": kind }, words);
    return [
      h("span", { class: "coprod-where" }, h("strong", {}, short), ` ${name}`),
      h("span", { class: "coprod-badges" },
        head.shown && badge("shown", t("shown")),
        head.changed && badge("changed", t("changed")),
        head.edited && badge("edited", `[${t("edited")}]`),
        head.flagged && badge("flagged", t("flagged")),
        text?.found > 0 && badge("marks", t(text.found === 1 ? "marks_one" : "marks", { n: text.found })),
        text?.checked === false && badge("unchecked", t("unchecked")),
        head.theme && h("span", { class: "coprod-badge", "data-kind": "theme", ...TYPED }, ...withOdd(head.theme, t("odd"))),
        h("time", { datetime: head.at }, clock(head.at, language))),
    ];
  }

  /** @param {any} text */
  drawWhy(text) {
    const { t } = this.wall;
    return wordsOf(text.text, text.marks).slice(0, 12).map(({ words, reason }) => h("li", {}, h("bdi", { translate: "no" }, "“", ...withOdd(words, t("odd")), "”"), ` ${reason}`));
  }

  /** @param {any} text */
  drawOriginal(text) {
    const { t } = this.wall;
    return [h("p", { class: "coprod-hint" }, t("edit_original")), h("blockquote", TYPED, ...withOdd(text.original, t("odd")))];
  }

  /** @param {string} asked @param {any} head @param {any} text */
  drawForm(asked, head, text) {
    if (asked === "sure") return sureOf(this.wall, this.id);
    if (asked === "theme") return themer(this.wall, head);
    return text?.whole ? editor(this.wall, head, text) : [h("p", { class: "coprod-hint" }, this.wall.t("loading_text"))];
  }

  /** Every button is made once: one that is pressed must still be there when it is let go. */
  makeActions() {
    const { wall, id } = this;
    const { t } = wall;
    const flag = () => wall.act(wall.heads.get(id).flagged ? "unflag" : "flag");
    /** @type {[string, string, () => void][]} */
    const all = [["show", "S", () => wall.show()], ["hide", "H", () => wall.act("hide")], ["read", "Enter", () => wall.open()], ["edit", "E", () => wall.ask("edit")],
      ["unedit", "O", () => wall.act("unedit")], ["flag", "F", flag], ["theme", "T", () => wall.ask("theme")], ["present", "P", () => wall.present()]];
    return new Map(all.map(([does, key, go]) => {
      const label = h("span", {}, t(does));
      // The second click of a double click would show what the first has just unfolded.
      const press = (/** @type {MouseEvent} */ event) => { if (event.detail < 2) [wall.choose(id), go()]; };
      const element = button(does, "", press, { "aria-keyshortcuts": key, class: does === "show" ? "coprod-main" : null, hidden: true },
        label, h("span", { class: "coprod-unseen" }, t("of_answer")), h("kbd", { "aria-hidden": "true" }, key === "Enter" ? "↵" : key));
      return [does, { element, label }];
    }));
  }

  /** @param {any} head @param {boolean} current @param {boolean} open @param {any} text @param {string} asked */
  showActions(head, current, open, text, asked) {
    const { t, covered, language } = this.wall;
    /** @type {Record<string, boolean>} */
    const wanted = {
      show: !head.shown && !covered, hide: head.shown, read: open || Boolean(text && this.wall.folded(text)) || (head.edited && !covered),
      edit: current, unedit: current && head.edited, flag: current, theme: current, present: current && head.shown,
    };
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    for (const [does, { element }] of this.does) element.hidden = Boolean(asked) || !wanted[does];
    this.tell("flag", t(head.flagged ? "unflag" : "flag"));
    const all = open && text && !text.more && fold(text) < text.text.length;
    this.tell("show", all ? t(text.words === 1 ? "show_all_one" : "show_all", { n: text.words.toLocaleString(language) }) : t("show"));
    this.tell("read", t(open ? "less" : "read"));
    if (active?.hidden && this.actions.contains(active) && !asked) this.does.get(head.shown ? "hide" : "show")?.element.focus({ preventScroll: true });
  }

  /** @param {string} does @param {string} words */
  tell(does, words) {
    const label = this.does.get(does)?.label;
    if (label && label.textContent !== words) label.textContent = words;
  }
}

/** Have these cards, in this order; one that is there already stays where it is. @param {any} wall @param {HTMLElement} list @param {string[]} now */
export function placeCards(wall, list, now) {
  const here = new Set(now);
  for (const [id, { element }] of wall.views) {
    if (here.has(id)) continue;
    if (element.contains(document.activeElement)) wall.root.focus({ preventScroll: true });
    element.remove();
    wall.views.delete(id);
  }
  for (const old of [...list.querySelectorAll(".coprod-group")]) old.remove();
  let theme = /** @type {string | null} */ (null);
  let at = list.firstElementChild;
  for (const id of now) {
    const view = wall.views.get(id) ?? new CardView(wall, id);
    wall.views.set(id, view);
    view.update();
    const own = wall.heads.get(id).theme;
    if (wall.view.sort === "theme" && own !== theme) list.insertBefore(h("li", { class: "coprod-group", ...TYPED }, own || wall.t("no_theme")), at);
    theme = own;
    if (at && view.element === at) at = at.nextElementSibling;
    else list.insertBefore(view.element, at);
  }
}
