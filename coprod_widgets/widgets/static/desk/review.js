// @ts-check
// The review of scrubbed texts: one at a time, read, mended where it must be, and approved or dropped by a single key.

import { fill, h, keepKeys } from "../shared/dom.js";
import { Line } from "../shared/channel.js";
import { Reading } from "./reading.js";
import { visibleIn } from "../shared/texts.js";
import { clock, speak, telling } from "../shared/words.js";

const AHEAD = 10; // texts to fetch before they are needed
const LEFT = Symbol.for("coprod-review-left");

/** @typedef {{ verdict: "approved" | "dropped", text: string }} Said */
/** @typedef {{ place: any[], proposed: string, said: Said | null }} Wish what is to be kept: a decision, or none any more */

/** What closed reviews of this page left behind, by reviewer: the next one sends it. @returns {Map<string, Wish[]>} */
function left() {
  const page = /** @type {any} */ (globalThis);
  if (page[LEFT]) return page[LEFT];
  window.addEventListener("beforeunload", (event) => left().size && event.preventDefault());
  return (page[LEFT] = new Map());
}

class Review {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.language = model.get("language");
    this.t = telling(model.get("words"));
    this.name = `coprod-${Math.random().toString(36).slice(2, 8)}`;
    this.line = new Line(model, (up) => this.turned(up));
    /** @type {Map<number, Reading>} the texts that were fetched, by their number from 0 */
    this.texts = new Map();
    /** @type {Map<number, string>} */
    this.verdicts = new Map();
    /** @type {Map<string, Wish>} what is not kept yet, by its text */
    this.pending = new Map();
    /** @type {Set<string>} */
    this.sending = new Set();
    /** @type {{ at: number, said: Said | null }[]} what each text was before it was decided on */
    this.done = [];
    this.count = 0;
    this.at = 0;
    this.ready = false;
    this.longest = 0;
    this.refused = 0;
    this.savedAt = "";
    /** @type {string | null} */
    this.problem = null;
    this.troubled = false;
    this.draw(el);
  }

  // --- drawing ---

  /** @param {string} name */
  id(name) {
    return `${this.name}-${name}`;
  }

  /** @param {string} words @param {boolean} [loud] */
  say(words, loud = false) {
    if (loud) speak(this.alarm, words, this.polite);
    else speak(this.polite, words, this.alarm);
  }

  /** @param {HTMLElement} el */
  draw(el) {
    const { t } = this;
    const button = (/** @type {string} */ name, /** @type {string} */ key, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", class: `coprod-${name}`, "aria-keyshortcuts": key, onclick: (/** @type {MouseEvent} */ event) => event.detail < 2 && onclick() }, t(name), h("kbd", { "aria-hidden": "true" }, key));
    this.progress = h("span", { class: "coprod-progress" });
    this.who = h("span", {});
    this.status = h("span", { class: "coprod-status", "data-state": "quiet" });
    this.meter = h("progress", { value: 0, max: 1, "aria-labelledby": this.id("progress") });
    this.progress.id = this.id("progress");
    this.banner = h("div", { class: "coprod-banner", hidden: true });
    this.polite = h("div", { class: "coprod-unseen", role: "status", translate: "no" });
    this.alarm = h("div", { class: "coprod-unseen", role: "alert", translate: "no" });
    this.onlyOpen = h("input", { type: "checkbox", id: this.id("open") });
    this.number = h("p", { class: "coprod-number" });
    this.heading = h("h2", { id: this.id("heading") }, t("loading"));
    this.state = h("p", { class: "coprod-state" });
    this.body = h("div", {});
    // The focus stands here between two texts, so that keys go on working and a screen reader hears what comes.
    this.card = h("section", { class: "coprod-card", tabindex: "-1", "aria-labelledby": this.id("heading") }, this.number, this.heading, this.state, this.body);
    this.decide = h("p", { class: "coprod-buttons" },
      button("approve", "A", () => this.approve()), button("drop", "D", () => this.drop()), button("edit", "E", () => this.edit()), button("undo", "U", () => this.undo()));
    this.move = h("p", { class: "coprod-buttons" },
      button("previous", "K", () => this.step(-1)), button("next", "J", () => this.step(1)),
      h("span", { class: "coprod-tick" }, this.onlyOpen, h("label", { for: this.id("open") }, t("only_open"))));
    this.root = h("div", { class: "coprod-review", lang: this.language },
      h("div", { class: "coprod-bar" }, this.progress, this.who, this.status), this.meter, this.banner, this.card, this.decide, this.move, this.polite, this.alarm);
    keepKeys(this.root);
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    el.append(this.root);
  }

  /** Show the text this review stands at. */
  show() {
    const text = this.texts.get(this.at);
    const { t, count } = this;
    this.showProgress();
    this.card.toggleAttribute("data-empty", !text);
    this.number.textContent = count ? t("place", { n: this.at + 1, of: count }) : "";
    if (!text) return fill(this.heading, count || !this.ready ? t("loading") : t("no_texts"));
    fill(this.heading, text.prompt, text.part && " ", text.part && h("span", { class: "coprod-part" }, text.part));
    fill(this.body, text.element);
    this.showState();
  }

  showState() {
    const text = this.texts.get(this.at);
    if (!text) return;
    const verdict = this.verdicts.get(this.at);
    const edited = verdict === "approved" && text.said?.text !== text.proposed;
    this.state.dataset.verdict = verdict ?? "none";
    this.state.textContent = this.t(`state_${edited ? "edited" : (verdict ?? "none")}`);
  }

  showProgress() {
    const { t, count } = this;
    const said = [...this.verdicts.values()];
    const dropped = said.filter((one) => one === "dropped").length;
    const words = t("progress", { approved: said.length - dropped, of: count });
    this.progress.textContent = count ? words + (dropped ? t("dropped_count", { n: dropped }) : "") : "";
    this.meter.max = count || 1;
    this.meter.value = said.length;
  }

  // --- deciding ---

  /** @param {KeyboardEvent} event */
  key(event) {
    const writing = /** @type {HTMLElement} */ (event.target).closest("textarea");
    if (writing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return this.approve();
    if (writing && event.key === "Escape") return this.card.focus();
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      a: () => this.approve(), d: () => this.drop(), e: () => this.edit(), u: () => this.undo(),
      j: () => this.step(1), arrowright: () => this.step(1), k: () => this.step(-1), arrowleft: () => this.step(-1),
    };
    const does = keys[event.key.toLowerCase()];
    if (!does) return;
    event.preventDefault();
    does();
  }

  approve() {
    const text = this.texts.get(this.at);
    if (!text) return;
    if (!visibleIn(text.text)) return this.say(this.t("empty"), true);
    this.take({ verdict: "approved", text: text.text });
  }

  drop() {
    if (this.texts.has(this.at)) this.take({ verdict: "dropped", text: "" });
  }

  edit() {
    this.texts.get(this.at)?.edit();
  }

  /** Decide on the text that is shown, and go on to one that is not reviewed. @param {Said} said */
  take(said) {
    const text = /** @type {Reading} */ (this.texts.get(this.at));
    this.done.push({ at: this.at, said: text.said });
    this.want(text, said);
    const words = this.t(`said_${said.verdict}`);
    const next = this.open(1);
    if (next === undefined) {
      this.show();
      this.card.focus();
      return this.say(`${words} ${this.t("all_done")}`);
    }
    this.go(next, words);
  }

  undo() {
    const last = this.done.pop();
    const text = last && this.texts.get(last.at);
    if (!text) return this.say(this.t("nothing_to_undo"));
    this.want(text, last.said);
    this.go(last.at, this.t("undone"));
  }

  /** @param {Reading} text @param {Said | null} said */
  want(text, said) {
    text.said = said;
    if (said) this.verdicts.set(text.at, said.verdict);
    else this.verdicts.delete(text.at);
    this.pending.set(keyOf(text.place), { place: text.place, proposed: text.proposed, said });
    this.send();
  }

  // --- moving about ---

  /** The next text in a direction that is not reviewed, round the corner if need be. @param {number} by @returns {number | undefined} */
  open(by) {
    for (let n = 1; n <= this.count; n += 1) {
      const at = (this.at + by * n + this.count * n) % this.count;
      if (!this.verdicts.has(at)) return at;
    }
    return undefined;
  }

  /** @param {number} by */
  step(by) {
    const { t } = this;
    const to = this.onlyOpen.checked ? this.open(by) : this.at + by;
    if (to === undefined) return this.say(t("none_open"));
    if (to < 0 || to >= this.count) return this.say(t(to < 0 ? "first_text" : "last_text"));
    this.go(to, "");
  }

  /** @param {number} at @param {string} said before it */
  go(at, said) {
    this.at = at;
    this.show();
    this.card.focus({ preventScroll: true });
    if (this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView({ block: "start" });
    this.say(`${said} ${this.t("place", { n: at + 1, of: this.count })}`.trim());
    this.fetch();
  }

  /** Have the text this review stands at, and some after it. */
  async fetch() {
    const wanted = Array.from({ length: AHEAD }, (_, by) => this.at + by).find((at) => at < this.count && !this.texts.has(at));
    if (wanted === undefined || this.fetching) return;
    this.fetching = true;
    const reply = await this.line.ask("texts", { at: wanted }).catch(() => ({ ok: false }));
    this.fetching = false;
    if (!this.texts.has(this.at) && !reply.ok) this.heading.textContent = this.t("not_now");
    for (const told of reply.texts ?? []) this.heard(told);
    this.failed(reply.problem === "store" ? "store" : null);
    if (reply.ok) this.fetch();
  }

  /** @param {any} told a text, as it came from the kernel */
  heard(told) {
    if (this.texts.has(told.at)) return;
    const text = new Reading(this, told);
    const wish = this.pending.get(keyOf(text.place));
    if (wish) text.said = wish.said; // decided on an earlier page, and on its way
    this.texts.set(text.at, text);
    if (text.at === this.at) this.show();
  }

  // --- keeping ---

  async begin() {
    this.line.open();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    window.addEventListener("beforeunload", (event) => this.pending.size && event.preventDefault(), { signal });
    await this.hello();
  }

  async hello() {
    const reply = await this.line.ask("hello").catch(() => ({ ok: false, problem: "no_answer" }));
    this.failed(reply.problem === "store" ? "store" : null);
    if (!reply.ok || this.ready) return;
    this.ready = true;
    this.reviewer = reply.reviewer;
    this.memory = reply.kept === "notebook";
    this.longest = reply.longest;
    this.count = reply.texts;
    this.verdicts = new Map(reply.said);
    this.who.textContent = this.t("reviewing_as", { reviewer: reply.reviewer });
    for (const wish of left().get(this.reviewer) ?? []) this.pending.set(keyOf(wish.place), wish);
    left().delete(this.reviewer);
    this.at = this.verdicts.has(0) ? (this.open(1) ?? 0) : 0;
    this.show();
    this.fetch();
    this.send();
  }

  /** Have everything kept that is not kept yet. */
  send() {
    this.report();
    if (!this.ready || !this.line.up) return;
    for (const [key, wish] of this.pending) if (!this.sending.has(key)) this.sendOne(key, wish);
  }

  /** @param {string} key @param {Wish} wish */
  async sendOne(key, wish) {
    const { place, proposed, said } = wish;
    this.sending.add(key);
    const reply = await this.line.ask(said ? "decide" : "forget", { place, proposed, ...said }).catch(() => ({ ok: false, problem: "no_answer" }));
    this.sending.delete(key);
    const later = this.pending.get(key) !== wish; // decided anew in the meantime
    if (reply.ok || !["store", "no_answer"].includes(reply.problem)) {
      if (!later) this.pending.delete(key);
      if (reply.ok) this.kept(reply, wish);
      else if (!later) this.refuse(place);
      if (later) this.send();
    }
    this.failed(reply.problem === "store" ? "store" : null);
  }

  /** @param {any} reply @param {Wish} wish */
  kept(reply, { said, place }) {
    this.savedAt = reply.saved_at;
    if (this.pending.has(keyOf(place))) return;
    if (said) this.verdicts.set(reply.at, said.verdict);
    else this.verdicts.delete(reply.at);
    this.showProgress();
    this.showState();
  }

  /** @param {any[]} place */
  refuse(place) {
    this.refused += 1;
    for (const text of this.texts.values()) if (keyOf(text.place) === keyOf(place)) {
      text.said = null;
      this.verdicts.delete(text.at);
    }
    this.show();
  }

  /** @param {boolean} up */
  turned(up) {
    this.report();
    if (!up) return;
    if (!this.ready) this.hello();
    this.fetch();
    this.send();
  }

  /** @param {string | null} problem with keeping as a whole */
  failed(problem) {
    this.problem = problem;
    clearTimeout(this.retry);
    if (problem) this.retry = setTimeout(() => this.again(), 4000);
    this.report();
  }

  again() {
    if (!this.ready) this.hello();
    this.fetch();
    this.send();
    if (this.problem && !this.pending.size && this.texts.has(this.at)) this.failed(null);
  }

  /** Say the one true thing about keeping. */
  report() {
    const { t, pending } = this;
    const broken = pending.size > 0 && (!this.line.up || Boolean(this.problem));
    const state = broken ? "broken" : pending.size ? "saving" : "saved";
    const time = this.savedAt ? clock(this.savedAt, this.language) : "";
    const saved = time && t(this.memory ? "status_memory" : "status_saved", { time });
    const words = { broken: t("status_broken"), saving: t("status_saving"), saved }[state];
    if (this.status.textContent !== words) this.status.textContent = words;
    this.status.dataset.state = words ? state : "quiet";
    this.showBanner(broken || !this.ready || (this.count > 0 && !this.texts.has(this.at)));
    if (broken && !this.troubled) this.say(`${words}. ${this.banner.textContent}`, true);
    if (this.troubled && state === "saved") this.say(t("status_again", { time }));
    this.troubled = broken || (this.troubled && state !== "saved");
  }

  /** @param {boolean} waiting for a kernel or a file */
  showBanner(waiting) {
    const { t, refused } = this;
    const words = !waiting ? "" : !this.line.up ? t("banner_kernel") : this.problem ? t("banner_store") : "";
    const key = `${words}|${refused}`;
    if (this.banner.dataset.key === key) return;
    this.banner.dataset.key = key;
    this.banner.hidden = !words && !refused;
    const dismiss = h("button", { type: "button", class: "coprod-quiet", onclick: () => this.dismiss() }, t("dismiss"));
    const lost = t(refused === 1 ? "refused_one" : "refused", { n: refused });
    fill(this.banner, words && h("p", {}, words), refused > 0 && h("p", {}, lost, " ", dismiss));
    if (refused) this.say(lost, true);
  }

  dismiss() {
    this.refused = 0;
    this.report();
    this.card.focus();
  }

  /** What is not kept stays with the page: a cell that is run again closes this review and opens the next. */
  close() {
    const unsaved = [...this.pending.values()];
    this.line.up = false;
    this.leaving?.abort();
    if (unsaved.length) left().set(this.reviewer, [...(left().get(this.reviewer) ?? []), ...unsaved]);
    clearTimeout(this.retry);
    this.line.close();
  }
}

/** @param {any[]} place */
const keyOf = (place) => JSON.stringify(place);

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const review = new Review(model, el);
  review.begin();
  return () => review.close();
}

export default { render };
