// @ts-check
// The moderating wall: covered until its instructor uncovers it. It asks for the texts of those cards that it draws,
// and while it is covered it has, and draws, only what is shown.

import { fill, fillScreen, h, keepKeys } from "../shared/dom.js";
import { Line, randomKey } from "../shared/channel.js";
import { Answers, fold } from "./answers.js";
import { drawClassCanvas } from "./canvas.js";
import { placeCards } from "./card.js";
import { WallClock } from "./clock.js";
import { Choice, Phases, drawCover, drawEmpty, drawNewest, drawPages, drawThumb, drawUndo, keysOf, showKeys, whyNot } from "./frame.js";
import { Projector } from "./projector.js";
import { Stage } from "./stage.js";
import { button, renew } from "./text.js";
import { CANVAS, counted, listed, names } from "./view.js";
import { speak, telling } from "../shared/words.js";

const LOOK = 600; // milliseconds between two looks at what is new: within two seconds all of it stands here
const A_PAGE = 50; // cards on one page

class Wall {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.outline = model.get("outline");
    this.language = model.get("language");
    this.title = model.get("title");
    this.t = telling(model.get("words"));
    this.named = names(this.outline);
    this.name = `coprod-${randomKey(4)}`;
    this.line = new Line(model, () => this.report());
    this.answers = new Answers(this.line);
    this.heads = this.answers.heads;
    this.texts = this.answers.texts;
    /** @type {Map<string, string>} what is being edited out, by card */
    this.drafts = new Map();
    /** @type {Map<string, import("./card.js").CardView>} */
    this.views = new Map();
    this.view = { where: "", filter: "waiting", sort: "oldest" };
    /** @type {Set<string> | null} */
    this.found = null;
    this.words = "";
    this.current = this.opened = "";
    /** @type {AbortController | undefined} */
    this.leaving = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = this.searching = undefined;
    this.closed = this.drawing = this.pressed = false;
    /** @type {{ id: string, kind: string, doubts?: string[], undo?: boolean } | null} what a card asks */
    this.asked = null;
    this.from = 0;
    /** @type {string[]} */
    this.list = [];
    /** @type {Map<string, import("./view.js").Head>} what was listed since it was looked at anew, as it was then */
    this.held = new Map();
    this.canvas = null;
    this.problem = this.staged = this.left = "";
    this.draw(el);
  }

  get covered() {
    return this.answers.covered;
  }

  /** @param {string} name */
  id(name) {
    return `${this.name}-${name}`;
  }

  /** @param {{ question: string }} head */
  placeOf(head) {
    return this.named.get(head.question)?.short ?? head.question;
  }

  // --- drawing ---

  /** @param {HTMLElement} el */
  draw(el) {
    const { t } = this;
    this.banner = h("p", { class: "coprod-banner", role: "alert", hidden: true });
    this.phases = /** @type {any} */ (new Phases(this));
    this.clock = /** @type {any} */ (new WallClock(this));
    this.people = h("p", { class: "coprod-people" });
    this.guard = h("div", { class: "coprod-guard", "data-covered": true });
    this.choice = /** @type {any} */ (new Choice(this));
    this.note = h("p", { class: "coprod-note", role: "status" });
    this.undoing = button("undo", t("undo_nothing"), () => this.undo(), { "aria-keyshortcuts": "U", "aria-disabled": "true" });
    this.newest = button("newest", "", () => this.look({}), { hidden: true });
    this.pages = h("div", { class: "coprod-row coprod-pages" });
    this.cards = h("ol", { class: "coprod-cards", role: "list" });
    this.figure = h("div", { class: "coprod-figure", hidden: true });
    this.empty = h("p", { class: "coprod-nothing", hidden: true });
    this.keys = h("div", { class: "coprod-keys", hidden: true });
    this.helping = button("help", t("keys"), () => this.help(this.keys.hidden), { "aria-keyshortcuts": "?", "aria-expanded": "false" }, h("kbd", { "aria-hidden": "true" }, "?"));
    this.themes = h("datalist", { id: this.id("themes") });
    this.thumb = h("div", { class: "coprod-thumb" });
    this.stage = /** @type {any} */ (new Stage(t, () => this.leaveStage()));
    this.work = h("div", { class: "coprod-work" }, this.banner, this.phases.element, this.clock.element, this.people, this.choice.element,
      h("div", { class: "coprod-head" }, this.guard, h("div", { class: "coprod-row coprod-done" }, this.note, this.newest, this.undoing, this.helping)), this.keys, this.figure, this.empty, this.cards, this.pages, this.themes, this.thumb);
    this.root = h("section", { class: "coprod-wall", lang: this.language, tabindex: "-1", "aria-label": t("wall") }, this.work, this.stage.element);
    keepKeys(this.root);
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    el.append(this.root);
    this.refresh();
  }

  refresh() {
    const heads = [...this.heads.values()];
    const canvas = this.view.where === CANVAS;
    drawCover(this, this.guard, counted(heads, this.outline, "", null));
    this.choice.show(counted(heads, this.outline, this.view.where, this.found), this.view, this.covered);
    this.list = canvas ? [] : listed(heads, this.outline, this.view, { covered: this.covered, found: this.found, held: this.held });
    const at = this.list.indexOf(this.current);
    this.from = Math.max(0, at < 0 ? Math.min(this.from, (Math.ceil(this.list.length / A_PAGE) - 1) * A_PAGE) : at - (at % A_PAGE));
    const now = this.list.slice(this.from, this.from + A_PAGE);
    if (!now.includes(this.current)) this.current = now[0] ?? "";
    if (this.staged && !this.heads.get(this.staged)?.shown) this.leaveStage();
    this.drawing = true;
    placeCards(this, this.cards, now);
    this.drawing = false;
    drawPages(this, this.pages, now.length, A_PAGE);
    drawNewest(this, this.newest);
    drawEmpty(this, this.empty);
    drawThumb(this, this.thumb);
    this.figure.hidden = !canvas;
    if (canvas && this.canvas) renew(this.figure, this.canvas, () => [drawClassCanvas(this.t, this.canvas, this.id("canvas"))]);
    const themes = [...new Set(heads.map((head) => head.theme))].filter(Boolean).sort();
    renew(this.themes, themes, () => themes.map((theme) => h("option", { value: theme })));
    this.fetch(now);
  }

  /** @param {string} words */
  say(words) {
    speak(this.note, words);
  }

  report() {
    const words = !this.line.up ? this.t("down") : this.problem === "store" ? this.t("store") : "";
    this.banner.hidden = !words;
    if (this.banner.textContent !== words) this.banner.textContent = words;
  }

  /** @param {boolean} open */
  help(open) {
    showKeys(this, this.keys, this.helping, open);
  }

  // --- what is new ---

  begin() {
    this.line.open();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    document.addEventListener("fullscreenchange", () => this.turnedFull(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.cover(), { signal });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => (this.pressed = false), { signal });
    window.addEventListener("pagehide", () => this.cover(), { signal });
    this.poll();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.searching);
    this.clock.clock.close();
    this.leaving?.abort();
    this.line.close();
  }

  async poll() {
    const reply = await this.answers.ask("changes", { cursor: this.answers.cursor });
    if (this.closed) return;
    this.problem = reply.ok ? "" : reply.problem;
    if (reply.ok) this.take(reply);
    this.report();
    this.timer = setTimeout(() => this.poll(), LOOK);
  }

  /** @param {any} reply */
  take(reply) {
    const { phase, left, counts, last } = reply;
    this.phases.show(reply);
    this.clock.show(phase, left);
    renew(this.people, counts, () => [h("strong", { dir: "auto" }, this.title), " ", this.t("people", counts)]);
    drawUndo(this, this.undoing, last);
    if (!this.answers.take(reply, (id) => this.forget(id))) return;
    this.refresh();
    if (this.words) this.search(this.words);
    if (this.view.where === CANVAS) this.fetchCanvas();
  }

  /** @param {string} id */
  forget(id) {
    for (const kept of [this.heads, this.texts, this.drafts]) kept.delete(id);
    if (this.asked?.id === id) this.asked = null;
  }

  /** @param {string[]} now */
  async fetch(now) {
    const wants = (/** @type {string} */ id) => this.opened === id || (this.asked?.id === id && this.asked.kind === "edit");
    if ((await this.answers.fetch(now, wants)) && !this.closed) this.refresh();
  }

  async fetchCanvas() {
    const reply = await this.answers.ask("canvas");
    if (!reply.ok || this.view.where !== CANVAS) return;
    this.canvas = reply;
    this.refresh();
  }

  // --- looking ---

  /** @param {Partial<import("./view.js").View>} view */
  look(view) {
    this.view = { ...this.view, ...view };
    this.held.clear();
    this.from = 0;
    this.current = "";
    this.asked = null;
    this.refresh();
    if (this.view.where === CANVAS) this.fetchCanvas();
  }

  /** @param {string} words */
  search(words) {
    if (words.trim() !== this.words) this.held.clear();
    this.words = words.trim();
    clearTimeout(this.searching);
    this.searching = setTimeout(async () => {
      const found = await this.answers.find(this.words);
      if (found === undefined || this.closed) return;
      this.found = found;
      this.refresh();
    }, 150);
  }

  /** @param {string} id */
  choose(id) {
    if (this.drawing || id === this.current || !this.heads.has(id)) return; // a focus that drawing moves chooses nothing
    this.current = id;
    if (this.asked?.id !== id) this.asked = null;
    this.refresh();
  }

  /** @param {number} by */
  step(by) {
    const at = this.list.indexOf(this.current);
    const to = this.list[at + by];
    if (at < 0 || !to) return this.say(this.t(by < 0 ? "first_card" : "last_card"));
    this.opened = "";
    this.held.delete(this.current); // no pointer is about to press anything: what was dealt with may go
    this.choose(to);
    this.goTo();
  }

  /** @param {number} by */
  turn(by) {
    const to = this.from + by * A_PAGE;
    if (to < 0 || to >= this.list.length) return;
    this.from = to;
    this.current = "";
    this.refresh();
    this.goTo();
  }

  /** Bring the current card into sight, and the keyboard to it unless it is at the thumb's buttons. */
  goTo() {
    const card = this.views.get(this.current)?.element;
    card?.scrollIntoView({ block: "nearest" });
    if (!this.thumb.contains(document.activeElement)) card?.focus({ preventScroll: true });
  }

  open() {
    this.opened = this.opened === this.current ? "" : this.current;
    this.refresh();
  }

  // --- the cover ---

  uncover() {
    this.answers.uncover();
    this.held.clear();
    if (this.heads.has(this.left)) this.current = this.left;
    this.say(this.t("now_uncovered"));
    this.refresh();
    if (this.words) this.search(this.words);
    this.goTo();
  }

  /** Off this screen, out of the page and out of its memory: whatever is not shown. */
  cover() {
    if (this.covered) return;
    this.answers.cover();
    this.held.clear();
    this.left = this.current;
    this.opened = "";
    this.asked = null;
    this.found = this.words ? new Set() : null;
    this.say(this.t("now_covered"));
    this.refresh();
    if (this.words) this.search(this.words);
  }

  /** The current answer, for the room: the cover falls first. */
  async present() {
    const head = this.heads.get(this.current);
    if (!head?.shown) return this.say(this.t("not_shown"));
    this.cover();
    const reply = await this.answers.ask("texts", { ids: [head.id], whole: true });
    if (!reply.texts?.length) return this.say(this.t("failed"));
    this.staged = head.id;
    this.work.hidden = true;
    this.stage.show(this.named.get(head.question)?.prompt ?? "", { ...reply.texts[0], edited: head.edited });
    await fillScreen(this.root);
  }

  leaveStage() {
    if (!this.staged) return;
    this.staged = "";
    this.stage.clear();
    this.work.hidden = false;
    if (document.fullscreenElement === this.root) document.exitFullscreen();
    this.goTo();
  }

  turnedFull() {
    if (document.fullscreenElement) this.cover();
    else this.leaveStage();
  }

  // --- doing ---

  /** Have a card ask something; nothing for an empty kind. @param {string} kind */
  ask(kind) {
    if (!this.current) return this.say(this.t("pick_first"));
    this.asked = kind ? { id: this.current, kind } : null;
    this.refresh();
    if (!kind) this.goTo();
  }

  /** Show what its instructor has before them to the end: a folded answer is unfolded first, one in doubt asks. */
  show() {
    const head = this.heads.get(this.current);
    const text = this.texts.get(this.current);
    if (!head || head.shown || this.covered || !text) return this.act("show");
    if (this.asked?.id === head.id && this.asked.kind === "edit") return this.say(this.t("edit_open"));
    if (text.key !== head.key || this.folded(text)) return this.unfold(this.current);
    if (fold(text) < text.text.length && this.readOn()) return this.say(this.t("read_first"));
    const doubts = [head.flagged && "flagged", text.found > 0 && "named"].filter(Boolean);
    if (doubts.length) return this.doubt(this.current, /** @type {string[]} */ (doubts));
    this.act("show");
  }

  /** Whether there is more of an answer than stands on its card. @param {import("./answers.js").Text} text */
  folded(text) {
    return text.more || (this.opened !== text.id && fold(text) < text.text.length);
  }

  /** Scroll on where the end of the current answer is below the screen; whether it was. */
  readOn() {
    const card = /** @type {import("./card.js").CardView} */ (this.views.get(this.current));
    const frame = this.work.getBoundingClientRect();
    const top = Math.max(frame.top, 0);
    const end = Math.min(frame.bottom, window.innerHeight) - this.thumb.offsetHeight;
    const below = () => card.text.getBoundingClientRect().bottom - end;
    const before = below();
    if (before < 5) return false;
    const by = Math.min(before + 10, 0.7 * (end - top));
    this.work.scrollBy(0, by);
    if (below() === before) window.scrollBy(0, by);
    if (below() === before) card.text.scrollIntoView({ block: "end" }); // another box scrolls, as in JupyterLab
    return true;
  }

  /** Have an answer on the page to its end, before it can be shown. @param {string} id */
  unfold(id) {
    this.opened = id;
    this.say(this.t("read_first"));
    this.refresh();
  }

  /** Ask for a second thought. @param {string} id @param {string[]} doubts @param {boolean} [undo] what would show it */
  doubt(id, doubts, undo = false) {
    this.asked = { id, kind: "sure", doubts, undo };
    this.refresh();
  }

  /** @param {string} action @param {string} [value] @param {string[]} [sure] the doubts that were asked about */
  async act(action, value, sure) {
    const id = this.current;
    const head = this.heads.get(id);
    if (!head) return this.say(this.t("pick_first"));
    const text = this.texts.get(id);
    if (action === "show" && !text) return this.say(this.t(this.covered ? "refused_covered" : "loading_text"));
    const whole = this.opened === id;
    const reply = await this.answers.act(head, action, value, whole, sure);
    if (this.closed) return;
    if (reply.last !== undefined) drawUndo(this, this.undoing, reply.last);
    if (!reply.ok) return this.excuse(reply, id, sure);
    if (action === "edit") this.drafts.delete(id);
    if (action === "edit" && reply.text?.more) this.opened = id; // whoever wrote it has read it
    if (this.asked?.id === id) this.asked = null;
    this.say(this.t(`did_${action}`, { place: this.placeOf(head) }));
    this.refresh();
    if (!this.root.contains(document.activeElement) || document.activeElement === this.root) this.goTo();
  }

  /** @param {string[]} [sure] the doubts that were asked about */
  async undo(sure) {
    const reply = await this.answers.does("undo", { sure });
    if (this.closed) return;
    if (this.asked?.undo) this.asked = null;
    if (reply.last !== undefined) drawUndo(this, this.undoing, reply.last);
    if (!reply.ok) return this.excuse(reply, "", sure ?? [], true);
    if (!reply.card) return this.say(this.t("undo_nothing"));
    this.say(this.t("did_undo", { place: this.placeOf(reply.card) }));
    this.current = this.heads.has(reply.card.id) && (!this.covered || reply.card.shown) ? reply.card.id : this.current;
    this.refresh();
    this.goTo();
  }

  /** @param {any} reply that is not ok @param {string} id @param {string[]} [sure] @param {boolean} [undo] */
  excuse(reply, id, sure = [], undo = false) {
    const { problem, which } = reply;
    if (problem === "gone") this.forget(id);
    const reading = ["unread", "flagged", "named"].includes(problem) && this.heads.has(which);
    if (reading && undo) this.turnTo(which);
    if (reading && problem === "unread") return this.unfold(which);
    if (reading) return this.doubt(which, [...sure, problem], undo);
    this.say(undo && problem === "covered" ? this.t("refused_covered_undo") : whyNot(this.t, reply));
    this.refresh();
  }

  /** Stand at an answer, wherever it is listed. @param {string} id */
  turnTo(id) {
    this.choice.search.value = "";
    this.found = null;
    this.words = "";
    this.look({ where: "", filter: "all" });
    this.current = id;
  }

  // --- keys ---

  /** @param {KeyboardEvent} event */
  key(event) {
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && !this.keys.hidden) this.help(false);
    if (event.key === "Escape") return this.staged ? this.leaveStage() : this.cover();
    // A key that is held down would unfold an answer and show it, or answer what is asked, in one go.
    if (event.repeat && !["j", "k", "arrowdown", "arrowup"].includes(event.key.toLowerCase()) && !at.closest("input, select, textarea")) return event.preventDefault();
    const opening = this.asked?.kind === "edit" && !this.texts.get(this.asked.id)?.whole; // its field comes in a moment
    if (this.staged || opening || at.closest("input, select, textarea")) return;
    if (event.key === "Enter" && at.closest("button")) return;
    const go = keysOf(this)[event.key.toLowerCase()];
    if (!go) return;
    event.preventDefault();
    go();
  }
}

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const wall = model.get("projector") ? new Projector(model, el) : new Wall(model, el);
  wall.begin();
  return () => wall.close();
}

export default { render };
