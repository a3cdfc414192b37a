// @ts-check
// One coding on the desk: what its coder wants of it, what the store has of it, and its row in the list under the text.

import { hueOf } from "./codebook.js";
import { fill, h } from "../shared/dom.js";
import { storable, toPoints } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

const PAUSE = 700; // milliseconds without a key before a memo goes to the store

/** @typedef {{ study: string, session: string, pseudonym: string, question: string, revision: number, theme: string, start: number, end: number, words: string }} Where places in code points */
/** @typedef {{ memo: string, saved_at: string }} Kept */

/** @param {Where} where */
export const keyOf = ({ study, session, pseudonym, question, revision, theme, start, end }) =>
  JSON.stringify([study, session, pseudonym, question, revision, theme, start, end]);

/** Where words of a text stand, for the store. @param {any} text @param {import("../shared/texts.js").Span} span in UTF-16 units @param {string} theme @returns {Where} */
export function whereOf(text, span, theme) {
  const { study, session, pseudonym, question, revision } = text;
  const words = text.text.slice(span.start, span.end);
  return { study, session, pseudonym, question, revision, theme, words, start: toPoints(text.text, span.start), end: toPoints(text.text, span.end) };
}

export class Excerpt {
  /** @param {any} desk @param {Where} where @param {Kept | null} kept what the store has of it */
  constructor(desk, where, kept) {
    this.desk = desk;
    this.where = where;
    this.key = keyOf(where);
    this.present = true;
    /** @type {{ present: boolean | "maybe", memo: string }} */
    this.stored = { present: Boolean(kept), memo: kept?.memo ?? "" };
    this.savedAt = kept?.saved_at ?? "";
    this.sending = false;
    this.elsewhere = false; // removed from another page
    this.problem = ""; // why the store will never take it as it is wanted
    this.refused = "";
    /** @type {number | undefined} */
    this.timer = undefined;
    this.draw();
    this.area.value = this.stored.memo;
  }

  get theme() {
    return this.desk.nameOf(this.where.theme);
  }

  get memo() {
    return storable(this.area.value);
  }

  /** What is wanted, in one word to compare. */
  get wish() {
    return JSON.stringify([this.present, this.memo]);
  }

  get dirty() {
    return this.wish !== this.refused && (this.present !== this.stored.present || (this.present && this.memo !== this.stored.memo));
  }

  // --- what it looks like ---

  draw() {
    const { desk, where } = this;
    const { t } = desk;
    const id = desk.newId();
    const facts = { theme: this.theme, words: short(where.words) };
    const unseen = (/** @type {string} */ words) => h("span", { class: "coprod-unseen", translate: "no" }, words);
    this.area = h("textarea", { id, rows: 1, ...TYPED, spellcheck: "true", maxlength: desk.longest, oninput: () => this.written(), onblur: () => this.save() });
    this.undoing = h("button", { type: "button", class: "coprod-quiet", onclick: () => this.undo() }, t("undo"), unseen(t("undo_for", facts)));
    this.lost = h("span", {});
    this.gone = h("p", { class: "coprod-gone" }, this.lost, " ", this.undoing);
    this.removing = h("button", { type: "button", class: "coprod-quiet", onclick: () => this.remove() }, t("remove"), unseen(t("remove_for", facts)));
    this.here = h("div", {},
      h("p", { class: "coprod-name" }, h("span", { class: "coprod-hue" }), this.theme),
      h("blockquote", TYPED, where.words),
      h("label", { for: id }, t("memo"), unseen(t("memo_for", facts))), this.area, this.removing);
    this.element = h("li", { "data-hue": hueOf(desk.themes, where.theme) });
    this.redraw();
  }

  redraw() {
    const facts = { theme: this.theme, words: short(this.where.words) };
    this.lost.textContent = this.desk.t(this.elsewhere ? "removed_elsewhere" : "removed", facts);
    fill(this.element, this.present ? this.here : this.gone);
  }

  /** Say at the row too that it is not saved: the line on top may be out of sight. @param {string} unsaved */
  tell(unsaved) {
    if (unsaved) this.element.dataset.unsaved = unsaved;
    else delete this.element.dataset.unsaved;
  }

  // --- what its coder does ---

  written() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
    this.desk.report();
  }

  remove() {
    this.want(false, "removed");
    this.undoing.focus();
  }

  undo() {
    this.want(true, "undone");
    this.removing.focus();
  }

  /** @param {boolean} present @param {string} said */
  want(present, said) {
    this.present = present;
    this.elsewhere = said === "removed_elsewhere";
    this.redraw();
    this.desk.changed();
    this.desk.say(this.desk.t(said, { theme: this.theme, words: short(this.where.words) }));
    this.save();
  }

  /** Take over what an earlier desk of this page wanted of the same coding. @param {boolean} present @param {string} memo */
  join(present, memo) {
    this.present = present;
    if (!this.memo.includes(memo)) this.area.value = [this.memo, memo].filter(Boolean).join("\n");
    this.redraw();
  }

  // --- saving ---

  async save() {
    clearTimeout(this.timer);
    if (!this.dirty || this.sending || !this.desk.line.up) return this.desk.report();
    const { wish, memo, present } = this;
    const before = this.stored.present;
    const ask = !present ? "remove" : this.stored.present === true ? "memo" : "add";
    if (ask !== "memo") this.stored.present = "maybe"; // until the reply is here
    this.sending = true;
    this.desk.report();
    try {
      this.heard(ask, await this.desk.line.ask(ask, { ...this.where, memo, base: this.stored.memo }), { wish, memo, before });
    } catch {
      // Nobody answered: it stays here and goes again when the line is back. Twice added is once coded.
    }
    this.sending = false;
    this.desk.report();
    if (this.dirty && !this.desk.problem && this.desk.line.up) this.timer = setTimeout(() => this.save(), 300);
  }

  /** @param {string} ask @param {any} reply @param {{ wish: string, memo: string, before: boolean | "maybe" }} sent */
  heard(ask, reply, { wish, memo, before }) {
    this.desk.failed(reply.problem === "store" ? "store" : null);
    if (reply.ok) {
      this.savedAt = reply.saved_at;
      this.problem = this.refused = "";
      this.stored = { present: ask !== "remove", memo: reply.memo ?? "" };
      if (ask === "add" && reply.memo !== memo) this.merge(reply.memo); // it was there already, with a memo
    } else if (reply.problem === "conflict") {
      this.merge(reply.memo);
    } else if (reply.problem === "removed") {
      this.stored = { present: false, memo: "" };
      this.want(false, "removed_elsewhere");
    } else if (reply.problem !== "store") {
      this.problem = reply.problem;
      this.refused = wish;
      this.stored.present = before;
      this.desk.say(this.desk.t("status_refused"), true);
    }
  }

  /** Another page wrote a memo too: both texts stay. @param {string} theirs */
  merge(theirs) {
    const mine = this.memo;
    this.stored.memo = theirs;
    if (theirs.includes(mine)) this.area.value = theirs;
    else if (!mine.includes(theirs)) {
      const caret = this.area.selectionEnd + theirs.length + 1;
      this.area.value = `${theirs}\n${mine}`;
      this.area.setSelectionRange(caret, caret);
      this.desk.say(this.desk.t("memo_merged"));
    }
  }
}

/** The beginning of an excerpt, for a sentence about it. @param {string} words */
export function short(words) {
  const some = Array.from(words);
  return some.length < 60 ? words : `${some.slice(0, 50).join("")}…`;
}
