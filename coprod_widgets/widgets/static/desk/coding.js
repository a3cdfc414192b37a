// @ts-check
// The coder's desk: one text at a time, words of it selected, and a theme of the codebook put to them.

import { drawCodebook, hueOf, themeOf } from "./codebook.js";
import { fill, h, keepKeys } from "../shared/dom.js";
import { Excerpt, keyOf, short, whereOf } from "./excerpt.js";
import { Line } from "../shared/channel.js";
import { Passage } from "./passage.js";
import { toUnits } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";
import { clock, speak, telling } from "../shared/words.js";

const AHEAD = 10; // texts to fetch before they are needed
const LEFT = Symbol.for("coprod-coding-left");

/** @typedef {{ where: import("./excerpt.js").Where, present: boolean, memo: string, stored: { present: boolean | "maybe", memo: string } }} Left */

/** What closed desks of this page left behind, by coder: the next one saves it. @returns {Map<string, Left[]>} */
function left() {
  const page = /** @type {any} */ (globalThis);
  if (page[LEFT]) return page[LEFT];
  window.addEventListener("beforeunload", (event) => left().size && event.preventDefault());
  return (page[LEFT] = new Map());
}

class Desk {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.themes = model.get("themes");
    this.language = model.get("language");
    this.t = telling(model.get("words"));
    this.name = `coprod-${Math.random().toString(36).slice(2, 8)}`;
    this.made = 0;
    this.line = new Line(model, (up) => this.turned(up));
    /** @type {Map<number, any>} the texts that were fetched, by their number from 0 */
    this.texts = new Map();
    /** @type {Map<string, Excerpt>} */
    this.excerpts = new Map();
    /** @type {Set<number>} */
    this.coded = new Set();
    this.count = 0;
    this.at = 0;
    this.ready = false;
    this.longest = 0;
    /** @type {string | null} */
    this.problem = null;
    this.troubled = false;
    this.told = "";
    this.passage = new Passage({ "aria-labelledby": this.id("heading"), "aria-describedby": this.id("how") }, () => this.showPicked());
    this.draw(el);
  }

  // --- words ---

  /** @param {string} name */
  id(name) {
    return `${this.name}-${name}`;
  }

  newId() {
    return this.id(String((this.made += 1)));
  }

  /** @param {string} theme */
  nameOf(theme) {
    return this.themes.find((/** @type {any} */ one) => one.theme === theme)?.name || theme;
  }

  /** @param {string} words @param {boolean} [loud] */
  say(words, loud = false) {
    if (loud) speak(this.alarm, words, this.polite);
    else speak(this.polite, words, this.alarm);
  }

  // --- drawing ---

  /** @param {HTMLElement} el */
  draw(el) {
    const { t } = this;
    const button = (/** @type {string} */ name, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", onclick }, t(name), h("span", { class: "coprod-roomy" }, t("one_text")));
    this.who = h("span", {});
    this.progress = h("span", { class: "coprod-progress" });
    this.status = h("span", { class: "coprod-status", "data-state": "quiet" });
    this.banner = h("div", { class: "coprod-banner", hidden: true });
    this.polite = h("div", { class: "coprod-unseen", role: "status", translate: "no" });
    this.alarm = h("div", { class: "coprod-unseen", role: "alert", translate: "no" });
    this.heading = h("h2", { id: this.id("heading") }, t("loading"));
    this.about = h("p", { class: "coprod-about" });
    this.picked = h("p", { class: "coprod-picked" });
    this.list = h("ol", {});
    this.apart = h("section", { class: "coprod-apart" });
    this.buttons = h("p", { class: "coprod-buttons" },
      button("previous", () => this.step(-1)), button("next", () => this.step(1)), button("next_uncoded", () => this.toUncoded()));
    this.work = h("div", { class: "coprod-work" },
      h("section", { class: "coprod-reading", "aria-labelledby": this.id("heading") }, this.heading, this.about, this.passage.element, this.picked,
        h("p", { class: "coprod-hint", id: this.id("how") }, t("how"))),
      drawCodebook(this),
      h("section", { class: "coprod-codings", "aria-labelledby": this.id("codings") }, h("h3", { id: this.id("codings") }, t("codings")), this.list, this.apart));
    this.root = h("div", { class: "coprod-coding", lang: this.language },
      h("div", { class: "coprod-bar" }, this.progress, this.who, this.status), this.banner, this.buttons, this.work, this.polite, this.alarm);
    keepKeys(this.root);
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    el.append(this.root);
  }

  /** Show the text this desk stands at. */
  show() {
    const text = this.texts.get(this.at);
    const { t } = this;
    this.work.toggleAttribute("data-empty", !text);
    this.showProgress();
    if (!text) return this.heading.replaceChildren(this.count || !this.ready ? t("loading") : t("no_texts"));
    fill(this.heading, text.prompt || text.question, text.part && " ", text.part && h("span", { class: "coprod-part" }, text.part));
    const roles = Object.entries(text.roles).map(([actor, role]) => h("span", {}, `${t(actor)}: `, h("bdi", {}, role)));
    fill(this.about, h("span", {}, text.pseudonym), ...roles);
    this.passage.show(text.text, text.language, this.marksOf(text));
    this.showList(text);
  }

  /** Something was coded or removed: the marks, the list and the count follow. */
  changed() {
    const text = this.texts.get(this.at);
    if (!text) return;
    this.recount(text);
    this.showProgress();
    this.passage.mark(this.marksOf(text));
    this.showList(text);
  }

  /** @param {any} text @returns {Excerpt[]} in the order of their places */
  of(text) {
    return [...this.excerpts.values()].filter(({ where }) =>
      where.study === text.study && where.session === text.session && where.pseudonym === text.pseudonym && where.question === text.question && where.revision === text.revision)
      .sort((one, other) => one.where.start - other.where.start || one.where.end - other.where.end);
  }

  /** @param {any} text @returns {import("./passage.js").Mark[]} */
  marksOf(text) {
    return this.of(text).filter((one) => one.present).map(({ theme, where }) =>
      ({ name: theme, hue: hueOf(this.themes, where.theme), start: toUnits(text.text, where.start), end: toUnits(text.text, where.end) }));
  }

  /** @param {any} text */
  showList(text) {
    const { t } = this;
    const rows = this.of(text).map((one) => one.element);
    // Rows that stay are not moved: whoever writes in one of them keeps the focus.
    if (rows.length !== this.list.children.length || rows.some((row, at) => row !== this.list.children[at])) fill(this.list, ...rows);
    this.list.dataset.none = rows.length ? "" : t("none_yet");
    fill(this.apart, ...(text.apart.length ? [h("h3", {}, t("apart")), h("ul", {}, ...text.apart.map((/** @type {any} */ one) => this.drawApart(one)))] : []));
  }

  /** @param {any} coding that can't be shown in the text */
  drawApart({ theme, words, memo, apart }) {
    return h("li", {}, h("p", { class: "coprod-name" }, this.nameOf(theme)), h("blockquote", TYPED, words),
      memo && h("p", TYPED, this.t("apart_memo", { memo })), h("p", { class: "coprod-hint" }, this.t(apart === "theme" ? "apart_theme" : "apart_text")));
  }

  showProgress() {
    const { t, count } = this;
    this.progress.textContent = count ? `${t("place", { n: this.at + 1, of: count })} · ${t("coded_count", { n: this.coded.size })}` : "";
  }

  showPicked() {
    const { t } = this;
    const words = this.passage.excerpt;
    fill(this.picked, words ? h("strong", {}, `${t("picked")} `) : t("nothing_picked"), words && h("q", TYPED, words));
    delete this.picked.dataset.asked;
  }

  // --- coding ---

  /** @param {KeyboardEvent} event */
  key(event) {
    const writing = /** @type {HTMLElement} */ (event.target).closest("textarea");
    const theme = !writing && themeOf(this.themes, event);
    if (!theme) return;
    event.preventDefault();
    this.apply(theme);
  }

  /** Put a theme to the selected words. @param {any} theme */
  apply(theme) {
    const { t, passage } = this;
    const text = this.texts.get(this.at);
    if (!text || !passage.picked) {
      this.picked.dataset.asked = "";
      return this.say(t("pick_first"));
    }
    const where = whereOf(text, passage.picked, theme.theme);
    const there = this.excerpts.get(keyOf(where));
    if (there?.present) return this.say(t("already", { theme: theme.name }));
    if (there) return there.want(true, "undone");
    const made = new Excerpt(this, where, null);
    this.excerpts.set(made.key, made);
    this.changed();
    this.say(t("coded", { theme: theme.name, words: short(where.words) }));
    made.save();
  }

  // --- moving about ---

  /** @param {number} by */
  step(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.count) return this.say(this.t(to < 0 ? "first_text" : "last_text"));
    this.go(to);
  }

  toUncoded() {
    for (let by = 1; by <= this.count; by += 1) {
      const to = (this.at + by) % this.count;
      if (!this.coded.has(to)) return this.go(to);
    }
    this.say(this.t("all_coded"));
  }

  /** @param {number} at */
  go(at) {
    for (const one of this.of(this.texts.get(this.at) ?? {})) if (!one.present && !one.dirty && !one.sending) this.excerpts.delete(one.key);
    this.at = at;
    this.show();
    this.say(this.t("place", { n: at + 1, of: this.count }));
    this.fetch();
  }

  /** Have the text this desk stands at, and some after it. */
  async fetch() {
    const wanted = Array.from({ length: AHEAD }, (_, by) => this.at + by).find((at) => at < this.count && !this.texts.has(at));
    if (wanted === undefined || this.fetching) return;
    this.fetching = true;
    const reply = await this.line.ask("texts", { at: wanted }).catch(() => ({ ok: false }));
    this.fetching = false;
    if (!this.texts.has(this.at) && !reply.ok) this.heading.textContent = this.t("not_now");
    for (const text of reply.texts ?? []) this.take(text);
    this.failed(reply.problem === "store" ? "store" : null);
    if (reply.ok) this.fetch();
  }

  /** @param {any} text as it came from the kernel */
  take(text) {
    if (this.texts.has(text.at)) return;
    const { study, session, pseudonym, question, revision } = text;
    for (const { theme, start, end, words, apart, ...kept } of text.codings) {
      const where = { study, session, pseudonym, question, revision, theme, start, end, words };
      if (!apart && !this.excerpts.has(keyOf(where))) this.excerpts.set(keyOf(where), new Excerpt(this, where, kept));
    }
    text.apart = text.codings.filter((/** @type {any} */ one) => one.apart);
    this.texts.set(text.at, text);
    this.recount(text);
    if (text.at === this.at) this.show();
  }

  /** @param {any} text */
  recount(text) {
    if (this.of(text).some((one) => one.present)) this.coded.add(text.at);
    else this.coded.delete(text.at);
  }

  // --- saving ---

  async begin() {
    this.line.open();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    window.addEventListener("beforeunload", (event) => this.pending().length && event.preventDefault(), { signal });
    window.addEventListener("coprod-coding-left", () => this.ready && this.line.up && this.takeOver(), { signal });
    await this.hello();
  }

  async hello() {
    const reply = await this.line.ask("hello").catch(() => ({ ok: false, problem: "no_answer" }));
    this.failed(reply.problem === "store" ? "store" : null);
    if (!reply.ok || this.ready) return;
    this.ready = true;
    this.coder = reply.coder;
    this.memory = reply.kept === "notebook";
    this.longest = reply.longest;
    this.count = reply.texts;
    this.coded = new Set(reply.coded);
    this.at = reply.at;
    this.who.textContent = this.t("coding_as", { coder: reply.coder });
    this.takeOver();
    this.show();
    this.fetch();
  }

  /** Save what an earlier desk of this page could not: its kernel was gone before. */
  takeOver() {
    for (const { where, present, memo, stored } of left().get(this.coder) ?? []) {
      const there = this.excerpts.get(keyOf(where));
      const excerpt = there ?? new Excerpt(this, where, null);
      if (!there) excerpt.stored = stored;
      excerpt.join(present, memo);
      this.excerpts.set(excerpt.key, excerpt);
    }
    left().delete(this.coder);
    this.changed();
    this.saveAll();
  }

  saveAll() {
    for (const excerpt of this.excerpts.values()) if (excerpt.dirty) excerpt.save();
    this.report();
  }

  pending() {
    return [...this.excerpts.values()].filter((one) => one.dirty || one.sending);
  }

  /** @param {boolean} up */
  turned(up) {
    this.report();
    if (!up) return;
    if (!this.ready) this.hello();
    this.fetch();
    this.saveAll();
  }

  /** @param {string | null} problem with the store as a whole */
  failed(problem) {
    this.problem = problem;
    clearTimeout(this.retry);
    if (problem) this.retry = setTimeout(() => this.again(), 4000);
    this.report();
  }

  again() {
    if (!this.ready) this.hello();
    this.fetch();
    this.saveAll();
    if (this.problem && !this.pending().length && this.texts.has(this.at)) this.failed(null);
  }

  /** Say the one true thing about saving. */
  report() {
    const { t } = this;
    const pending = this.pending();
    const refused = [...this.excerpts.values()].filter((one) => one.refused && one.refused === one.wish);
    const broken = pending.length > 0 && (!this.line.up || Boolean(this.problem));
    const state = broken ? "broken" : refused.length ? "refused" : pending.length ? "saving" : "saved";
    const last = [...this.excerpts.values()].map((one) => one.savedAt).sort().at(-1);
    const time = last ? clock(last, this.language) : "";
    const saved = time && t(this.memory ? "status_memory" : "status_saved", { time });
    const words = { broken: t("status_broken"), refused: t("status_refused"), saving: t("status_saving"), saved }[state];
    if (this.status.textContent !== words) this.status.textContent = words;
    this.status.dataset.state = words ? state : "quiet";
    for (const one of this.excerpts.values()) one.tell(broken && pending.includes(one) ? t("unsaved") : "");
    this.showBanner(broken || !this.ready || (this.count > 0 && !this.texts.has(this.at)), refused);
    if (broken && !this.troubled) this.say(`${words}. ${this.banner.textContent}`, true);
    if (this.troubled && state === "saved") this.say(t("status_again", { time }));
    this.troubled = broken || (this.troubled && state !== "saved");
  }

  /** @param {boolean} waiting for a kernel or a store @param {Excerpt[]} refused */
  showBanner(waiting, refused) {
    const { t } = this;
    const words = !waiting ? "" : !this.line.up ? t("banner_kernel") : this.problem ? t("banner_store") : "";
    this.banner.hidden = !words && !refused.length;
    const telling = JSON.stringify([words, refused.map((one) => one.key)]);
    if (telling === this.told) return;
    this.told = telling;
    fill(this.banner, words && h("p", {}, words), ...(refused.length ? [
      h("p", {}, t("refused")),
      h("ul", {}, ...refused.map((one) => h("li", { translate: "no" }, t("refused_one", { theme: one.theme, words: short(one.where.words), why: t(`why_${one.problem}`) })))),
      h("button", { type: "button", onclick: () => this.dismiss(refused) }, t("dismiss"))] : []));
  }

  /** @param {Excerpt[]} refused */
  dismiss(refused) {
    for (const { key } of refused) this.excerpts.delete(key);
    this.changed();
    this.report();
    this.buttons.querySelector("button").focus();
  }

  /** What is not saved stays with the page: a cell that is run again closes this desk and opens the next. */
  close() {
    const unsaved = this.pending().map(({ where, present, memo, stored }) => ({ where, present, memo, stored }));
    this.line.up = false;
    this.leaving?.abort();
    if (unsaved.length) left().set(this.coder, [...(left().get(this.coder) ?? []), ...unsaved]);
    window.dispatchEvent(new Event("coprod-coding-left"));
    clearTimeout(this.retry);
    for (const excerpt of this.excerpts.values()) clearTimeout(excerpt.timer);
    this.passage.close();
    this.line.close();
  }
}

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const desk = new Desk(model, el);
  desk.begin();
  return () => desk.close();
}

export default { render };
