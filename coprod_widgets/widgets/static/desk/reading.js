// @ts-check
// One text under review: what is proposed shown in place, each change to be undone, and the whole free to be edited.

import { fill, h } from "../shared/dom.js";
import { storable } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

/** @typedef {{ words: string, kind?: string, replacement?: string, reason?: string }} Piece of a text; one with a kind is a change */

export class Reading {
  /** @param {any} review @param {any} told */
  constructor(review, told) {
    this.review = review;
    this.at = told.at;
    this.place = told.place;
    this.prompt = told.prompt;
    this.part = told.part;
    this.language = told.language;
    this.checked = told.checked !== false;
    /** @type {Piece[]} */
    this.pieces = told.pieces;
    /** @type {Set<Piece>} changes whose words are kept after all */
    this.keep = new Set();
    /** @type {import("./review.js").Said | null} */
    this.said = told.said;
    /** @type {string | null} */
    this.edited = null;
    if (this.said?.verdict === "approved") this.recall(this.said.text);
    this.draw();
  }

  /** The text as it is proposed. */
  get proposed() {
    return this.pieces.map((piece) => (piece.kind ? piece.replacement : piece.words)).join("");
  }

  /** The text as it would be shared. */
  get text() {
    return this.edited ?? this.pieces.map((piece) => (piece.kind && !this.keep.has(piece) ? piece.replacement : piece.words)).join("");
  }

  /** Find out which changes an approved text was left with; if that cannot be said, it was edited by hand. @param {string} text */
  recall(text) {
    let rest = text;
    for (const piece of this.pieces) {
      const made = piece.kind && rest.startsWith(piece.replacement ?? "");
      const words = made ? (piece.replacement ?? "") : piece.words;
      if (piece.kind && !made) this.keep.add(piece);
      if (!rest.startsWith(words)) break;
      rest = rest.slice(words.length);
    }
    if (this.text === text) return;
    this.keep.clear();
    this.edited = text;
  }

  draw() {
    const { t } = this.review;
    const foreign = this.language && !/^en\b/i.test(this.language);
    this.reason = h("p", { class: "coprod-reason", id: this.review.id(`reason-${this.at}`) });
    this.shown = h("div", { class: "coprod-text", ...TYPED, lang: this.language || null, role: "group", "aria-label": t("text") },
      ...this.pieces.map((piece) => (piece.kind ? this.drawChange(piece) : piece.words)));
    this.area = h("textarea", { id: this.review.id(`area-${this.at}`), ...TYPED, lang: this.language || null, spellcheck: "true", rows: 6,
      maxlength: this.review.longest || null, "aria-describedby": this.review.id(`how-${this.at}`), oninput: () => this.written() });
    this.box = h("div", { class: "coprod-edit" },
      h("label", { for: this.area.id }, t("editing")), this.area, h("p", { class: "coprod-hint", id: this.review.id(`how-${this.at}`) }, t("editing_hint")),
      h("button", { type: "button", class: "coprod-quiet", onclick: () => this.goBack() }, t("back")));
    this.element = h("div", {},
      !this.checked && h("p", { class: "coprod-note" }, t("unchecked_note")),
      foreign && this.checked && h("p", { class: "coprod-note" }, t("language_note", { language: this.language })),
      (this.inside = h("div", {})));
    this.how = h("p", { class: "coprod-hint" }, t(this.pieces.some((piece) => piece.kind) ? "how" : this.checked ? "nothing_found" : "nothing_checked"));
    this.arrange();
  }

  /** @param {Piece} piece */
  drawChange(piece) {
    const { t } = this.review;
    const tell = () => this.tell(piece);
    // No <button>: that is a box, which would not break over lines as words do.
    const button = h("span", { role: "button", tabindex: "0", class: "coprod-change", "aria-describedby": this.reason.id,
      onclick: () => this.toggle(piece, button), onfocus: tell, onmouseenter: tell,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.press(event, piece, button) },
      h("del", {}, piece.words), h("span", { class: "coprod-unseen" }, t("instead")), h("ins", {}, piece.replacement));
    button.setAttribute("aria-pressed", String(!this.keep.has(piece)));
    return button;
  }

  /** Say why a change is proposed. @param {Piece} piece */
  tell(piece) {
    const { t } = this.review;
    const kind = t(`kind_${piece.kind}`);
    this.reason.textContent = this.keep.has(piece) ? t("kept_word", { kind }) : t("about", { kind, reason: piece.reason });
  }

  /** What a button does by itself. @param {KeyboardEvent} event @param {Piece} piece @param {HTMLElement} button */
  press(event, piece, button) {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) this.toggle(piece, button);
  }

  /** Keep the words after all, or replace them again. @param {Piece} piece @param {HTMLElement} button */
  toggle(piece, button) {
    const { review } = this;
    if (this.keep.has(piece)) this.keep.delete(piece);
    else this.keep.add(piece);
    button.setAttribute("aria-pressed", String(!this.keep.has(piece)));
    this.tell(piece);
    review.say(review.t(this.keep.has(piece) ? "keep_done" : "keep_undone", piece));
    this.altered();
  }

  edit() {
    if (this.edited === null) {
      this.edited = this.text;
      this.area.value = this.edited;
      this.arrange();
    }
    this.area.focus();
  }

  written() {
    this.edited = storable(this.area.value);
    this.altered();
  }

  goBack() {
    this.edited = null;
    this.arrange();
    this.review.card.focus();
    this.review.say(this.review.t("went_back"));
    this.altered();
  }

  /** What was decided was decided on another text: read it again. */
  altered() {
    if (this.said?.verdict === "approved" && this.said.text !== this.text) this.review.want(this, null);
    this.review.showProgress();
    this.review.showState();
  }

  arrange() {
    if (this.edited !== null && this.area.value !== this.edited) this.area.value = this.edited;
    const marked = this.pieces.some((piece) => piece.kind);
    this.reason.textContent = marked ? this.review.t("change_hint") : "";
    fill(this.inside, ...(this.edited === null ? [this.shown, this.reason, this.how] : [this.box]));
  }
}
