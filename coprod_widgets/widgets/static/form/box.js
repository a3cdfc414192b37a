// @ts-check
// One question's box: it owns the text while the page is open, keeps drafts, saves, and shows what went wrong.

import { compared } from "./compare.js";
import { countWords, fill, h } from "../shared/dom.js";
import { Hints } from "./hints.js";
import { storable, toPoints, visibleIn } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

const PAUSE = 700; // milliseconds without a key before a text goes to the store
const LONGEST = 2000; // and at the latest after this, however fast someone writes
const DRAFT = 250; // the browser's own copy

/** @typedef {{ text: string, number: number, saved_at: string }} Revision */

export class Box {
  /** @param {any} form @param {any} question @param {{ lines?: number }} [shape] one line for a role */
  constructor(form, question, { lines = 5 } = {}) {
    this.form = form;
    this.question = question;
    this.lines = lines;
    this.base = 0; // the number of the revision that this text was written on top of
    this.saved = { text: "", at: "" };
    /** @type {string[]} */
    this.sent = []; // texts on their way: a revision with one of them is our own
    this.sending = false;
    this.noticed = ""; // what was in the box when it was last looked at
    /** @type {number | undefined} */
    this.draftTimer = undefined;
    /** @type {number | undefined} when the text that is not yet on its way was begun */
    this.since = undefined;
    /** @type {Revision | null} */
    this.choice = null; // somebody else's newer text, waiting for the learner's choice
    /** @type {string | null} */
    this.problem = null;
    this.hints = new Hints(form, this);
    this.draw();
  }

  // --- what it looks like ---

  draw() {
    const { form, question } = this;
    const id = (this.id = form.id(question.key));
    const role = this.lines === 1;
    this.area = h(role ? "input" : "textarea", {
      id, rows: role ? null : this.lines, type: role ? "text" : null, ...TYPED, lang: form.language, spellcheck: "true",
      autocapitalize: role ? "none" : "sentences", autocomplete: "off", "aria-describedby": `${id}-hint`,
      "aria-labelledby": question.part ? `${id}-part ${form.promptId(question)}` : null,
      oninput: () => this.written(), onblur: () => this.left(), onfocus: () => form.stand(question.key),
    });
    this.hint = h("p", { id: `${id}-hint`, class: "coprod-hint" });
    this.count = h("span", { class: "coprod-count" });
    this.earlier = h("button", { type: "button", class: "coprod-quiet", hidden: true, "aria-expanded": "false",
      onclick: () => this.toggleEarlier() }, form.t("earlier"));
    this.list = h("div", { class: "coprod-earlier", hidden: true });
    this.trouble = h("div", { class: "coprod-trouble", id: `${id}-trouble`, hidden: true });
    const words = question.part
      ? h("label", { for: id, id: `${id}-part` }, question.part)
      : h("label", { for: id }, question.number && h("span", { class: "coprod-number" }, `${question.number}. `), question.prompt);
    this.element = h("div", { class: role ? "coprod-role" : "coprod-question", "data-actor": question.actor },
      words, this.hint, this.trouble, this.area, this.hints.element,
      !role && h("div", { class: "coprod-foot" }, this.count, this.earlier), this.list,
      question.compare && h("details", { class: "coprod-compare" }, h("summary", {}, form.t("compare")), h("p", {}, question.compare)));
    this.retell();
  }

  /** Say the hint in the learner's own words for the two roles. */
  retell() {
    fill(this.hint, ...this.form.inRoles(this.question.hint));
  }

  measure() {
    const words = countWords(this.text, this.form.language);
    this.count.textContent = words ? this.form.t(words === 1 ? "words_one" : "words", { n: words }) : "";
    if (this.lines > 1 && !CSS.supports("field-sizing", "content")) {
      this.area.style.height = "auto";
      this.area.style.height = `${this.area.scrollHeight + 4}px`;
    }
  }

  // --- the text ---

  get text() {
    return storable(this.area.value);
  }

  get answered() {
    return visibleIn(this.text);
  }

  get dirty() {
    return this.text !== this.saved.text;
  }

  /** Why this very text can't be stored, if sending it again would not help. */
  get refusal() {
    return this.problem === "too_long" || this.problem === "full" ? this.problem : null;
  }

  /** By how many characters the text is too long to be stored. */
  get excess() {
    const { form, text } = this;
    if (!form.longest || text.length <= form.longest) return 0;
    return Math.max(0, toPoints(text, text.length) - form.longest);
  }

  /** A text that is known to be too long is not sent, and its learner told so; the other boxes go on. */
  tooLong() {
    const long = this.excess > 0;
    const before = this.problem === "too_long";
    if (!long && !before) return false;
    this.problem = long ? "too_long" : null;
    this.showTrouble();
    if (long && !before) this.form.say(this.howLong(), true);
    return long;
  }

  howLong() {
    return this.form.t(this.excess === 1 ? "too_long_one" : "too_long", { over: this.excess, limit: this.form.longest });
  }

  /** Which revision the store has of it, as the kernel names it; empty where there is none. */
  get revision() {
    const { number, saved_at } = this.choice ?? { number: this.base, saved_at: this.saved.at };
    return number ? `${number}@${saved_at}` : "";
  }

  /** What the store has of it. */
  get stored() {
    return (this.choice ?? this.saved).text;
  }

  /** Does its text wait for its part to open again? */
  get waits() {
    return this.dirty && this.form.course.closes(this.question.key);
  }

  /** Its part takes no more text, or takes it again: nothing here offers to change it meanwhile. @param {boolean} closed */
  lock(closed) {
    if (closed === this.area.readOnly) return;
    this.area.readOnly = closed;
    this.hints.clear();
    this.fold();
  }

  /** @param {string} text */
  put(text) {
    this.area.value = text;
    this.noticed = this.area.value;
    this.hints.clear();
    this.measure();
    this.form.changed();
  }

  left() {
    this.save();
    if (!this.area.readOnly) this.hints.look();
  }

  written() {
    this.noticed = this.area.value;
    this.measure();
    this.hints.typed();
    this.tooLong();
    this.form.changed();
    this.form.report();
    this.draftTimer ??= setTimeout(() => this.keep(), DRAFT);
    this.since ??= Date.now();
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => this.save(), Math.max(0, Math.min(PAUSE, this.since + LONGEST - Date.now())));
  }

  /** Keep the text in this browser until the store has it. */
  keep() {
    clearTimeout(this.draftTimer);
    this.draftTimer = undefined;
    const { key } = this.question;
    const { drafts } = this.form;
    const { works } = drafts;
    if (this.dirty) drafts.keep(key, { text: this.text, base: this.base, sent: this.sent });
    else drafts.drop(key);
    if (drafts.works !== works) this.form.keptElsewhere();
  }

  /** Take over what the store has. @param {Revision} revision */
  settle(revision) {
    this.base = revision.number;
    this.saved = { text: revision.text, at: revision.saved_at };
    this.sent = [];
    this.choice = null;
    this.problem = null;
    this.earlier.hidden = this.base < 2 || !this.form.keepsRevisions;
    this.showTrouble();
  }

  /** A newer text may be in the store: show it if nothing here would be lost. @param {Revision} revision */
  refresh(revision) {
    if (this.dirty || this.sending || this.choice || revision.number <= this.base || document.activeElement === this.area) return false;
    this.settle(revision);
    this.put(revision.text);
    return true;
  }

  /**
   * Other texts are stored now than before. If this page's was stored and no longer is, it is stored once more, on top
   * of an older one; beside one that may be newer, the learner chooses. @param {Revision} revision
   */
  lost(revision) {
    if (!this.base || this.sending || revision.text === this.saved.text) return false;
    if (revision.number < this.base) this.settle(revision);
    else this.choice = revision;
    this.keep();
    this.showTrouble();
    return true;
  }

  /** Take up a draft that an earlier page left. @param {import("./drafts.js").Draft} draft @param {Revision | undefined} stored */
  adopt(draft, stored) {
    this.put(draft.text);
    const known = stored?.number ?? 0;
    if (draft.base < known && !draft.sent.includes(stored?.text ?? "")) this.choice = stored ?? null;
    this.showTrouble();
    this.keep();
  }

  // --- saving ---

  /** @param {boolean} [leaving] the page goes */
  async save(leaving = false) {
    clearTimeout(this.saveTimer);
    this.since = undefined;
    this.keep();
    if (this.tooLong()) return;
    if (this.sending && leaving) return this.follow();
    if (!this.dirty || this.sending || this.choice || this.form.gone || this.refusal && this.refused === this.text) return;
    if (!this.form.ready || !this.form.line.up || this.form.course.closes(this.question.key)) return this.form.report();
    const text = this.text;
    this.sending = true;
    this.sent = [...this.sent, text].slice(-5);
    this.keep();
    this.form.report();
    try {
      const reply = await this.form.ask("save", { question: this.question.key, text, base: this.base || (this.form.known ? -1 : 0), version: this.form.study.version });
      this.heard(reply, text);
    } catch {
      // Nobody answered: the text stays here and goes again when the line is back.
    }
    this.sending = false;
    this.keep();
    this.form.report();
    if (this.dirty && !this.choice && !this.problem && this.form.line.up) this.saveTimer = setTimeout(() => this.save(), 300);
  }

  /** The last words go right behind a text that is still on its way, as its next revision. If that one is refused, they are too. */
  async follow() {
    const { text } = this;
    if (text === this.sent.at(-1) || this.choice || !this.form.line.up) return;
    this.sent = [...this.sent, text].slice(-5);
    this.keep();
    await this.form.ask("save", { question: this.question.key, text, base: this.base + 1, version: this.form.study.version }).catch(() => {});
  }

  /** @param {any} reply @param {string} text */
  heard(reply, text) {
    const before = this.problem;
    if (reply.ok) {
      this.settle({ text, number: reply.number, saved_at: reply.saved_at });
      this.form.savedFirst();
    } else if (reply.problem === "conflict") {
      if (this.sent.includes(reply.latest.text)) return this.settle(reply.latest);
      this.choice = reply.latest;
      this.form.say(this.form.t("choice_title", { time: this.form.clock(reply.latest.saved_at) }), true);
    } else {
      this.problem = reply.problem;
      this.refused = text;
      if (reply.problem === "gone") this.form.wasDeleted();
      else if (reply.problem === "closed" || reply.problem === "part_closed") this.form.course.shut(reply.section);
      else if (reply.problem === "full" && before !== "full") this.form.say(this.form.t("full"), true);
    }
    this.showTrouble();
  }

  // --- trouble, and how to mend it ---

  showTrouble() {
    const { form, choice, problem } = this;
    if (!this.trouble.hidden && !choice && !this.refusal) form.alarm.replaceChildren(); // what it said is over
    this.trouble.hidden = !choice && !this.refusal;
    this.area.setAttribute("aria-describedby", `${this.id}-hint${this.trouble.hidden ? "" : ` ${this.id}-trouble`}`);
    if (this.trouble.hidden) this.area.removeAttribute("aria-invalid");
    else this.area.setAttribute("aria-invalid", "true");
    if (choice) fill(this.trouble,
      h("p", {}, h("strong", {}, form.t("choice_title", { time: form.clock(choice.saved_at) })), " ", form.t("choice_text")),
      problem === "too_long" && h("p", {}, this.howLong()),
      h("blockquote", { ...(choice.text && TYPED), tabindex: "0", "aria-label": form.t("choice_other") }, choice.text || form.t("empty")),
      h("p", { class: "coprod-buttons" },
        h("button", { type: "button", onclick: () => this.choose(false) }, form.t("choice_mine")),
        h("button", { type: "button", onclick: () => this.choose(true) }, form.t("choice_theirs"))));
    else if (problem === "too_long") fill(this.trouble, h("p", {}, this.howLong()));
    else if (problem === "full") fill(this.trouble, h("p", {}, form.t("full")));
    form.report();
  }

  /** @param {boolean} theirs */
  async choose(theirs) {
    this.area.focus();
    if (theirs) return this.chooseTheirs(/** @type {Revision} */ (this.choice));
    this.settle(/** @type {Revision} */ (this.choice));
    await this.save();
  }

  /** Both texts are kept: the one in the box is stored first. Until then the choice stands, also after a reload. @param {Revision} other */
  async chooseTheirs(other) {
    if (this.tooLong()) return;
    const mine = this.text;
    const store = (/** @type {string} */ text, /** @type {number} */ base) => this.form.ask("save", { question: this.question.key, text, base, version: this.form.study.version });
    this.sending = true;
    this.form.report();
    try {
      const kept = await store(mine, other.number);
      const back = kept.ok ? await store(other.text, kept.number) : kept;
      if (back.ok) {
        const changed = this.text !== mine; // the learner typed on, and that text goes on
        this.settle({ text: other.text, number: back.number, saved_at: back.saved_at });
        if (!changed) this.put(other.text);
      } else this.heard(back, mine);
    } catch {
      // Nobody answered: let the learner choose again.
    }
    this.sending = false;
    this.keep();
    this.showTrouble();
    if (this.dirty && !this.choice) this.save();
  }

  // --- earlier versions ---

  async toggleEarlier() {
    const open = this.list.hidden;
    this.list.hidden = !open;
    this.earlier.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const { form } = this;
    fill(this.list, h("p", {}, form.t("loading")));
    try {
      const reply = await form.ask("revisions", { question: this.question.key });
      const older = (reply.revisions ?? []).filter((/** @type {Revision} */ one) => one.text !== this.text);
      fill(this.list, ...(older.length ? [h("p", { class: "coprod-hint" }, form.t("earlier_marked")),
        h("ol", {}, ...older.map((/** @type {Revision} */ one) => this.oneEarlier(one)))] : [h("p", {}, form.t("no_earlier"))]));
    } catch {
      fill(this.list, h("p", {}, form.t("not_now")));
    }
  }

  /** Put the earlier versions away: they may be another learner's by now. */
  fold() {
    this.list.hidden = true;
    this.earlier.setAttribute("aria-expanded", "false");
    fill(this.list);
  }

  /** @param {Revision} revision */
  oneEarlier(revision) {
    const { form } = this;
    const time = form.clock(revision.saved_at, true);
    return h("li", {},
      h("p", { class: "coprod-when" }, time),
      h("div", { class: "coprod-text", ...(revision.text && TYPED) }, ...(revision.text
        ? compared(revision.text, this.text).map(({ text, fresh }) => (fresh && text.trim() ? h("mark", {}, text) : text)) : [form.t("empty")])),
      !this.area.readOnly && h("button", { type: "button", class: "coprod-quiet", onclick: () => this.restore(revision) },
        form.t("restore"), h("span", { class: "coprod-unseen" }, ` ${time}`)));
  }

  /** An earlier text becomes the newest; the one it replaces stays among the earlier ones. @param {Revision} revision */
  async restore(revision) {
    await this.save();
    while (this.sending) await new Promise((resolve) => setTimeout(resolve, 50));
    await this.save();
    if (this.dirty) return fill(this.list, h("p", { class: "coprod-error", role: "alert" }, this.form.t("restore_unsaved")));
    this.put(revision.text);
    this.fold();
    this.area.focus();
    this.save();
    this.form.say(this.form.t("restored", { time: this.form.clock(revision.saved_at, true) }));
  }
}
