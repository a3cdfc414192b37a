// @ts-check
// The projector's view. It asks for nothing but what is shown, and is given nothing else.

import { Clock } from "../shared/clock.js";
import { fill, fillScreen, h, keepKeys } from "../shared/dom.js";
import { Line, randomKey } from "../shared/channel.js";
import { drawClassCanvas } from "./canvas.js";
import { drawGrid, drawOne } from "./stage.js";
import { button, renew } from "./text.js";
import { CANVAS, choices, names, questionsOf } from "./view.js";
import { speak, telling } from "../shared/words.js";

const EVERY = 1000; // milliseconds between two looks
const SEVERAL = 12; // answers that are on the screen at once

export class Projector {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.outline = model.get("outline");
    this.language = model.get("language");
    this.course = { title: model.get("title"), code: "", closed: false };
    this.t = telling(model.get("words"));
    this.named = names(this.outline);
    this.name = `coprod-${randomKey(4)}`;
    this.line = new Line(model, () => this.report());
    /** @type {{ id: string, question: string, edited: boolean, key: string }[]} */
    this.shown = [];
    /** @type {Map<string, string>} */
    this.texts = new Map();
    this.state = "";
    this.where = "";
    this.several = false;
    this.at = "";
    this.canvas = null;
    this.problem = "";
    this.draw(el);
  }

  /** @param {HTMLElement} el */
  draw(el) {
    const { t } = this;
    this.stage = h("div", { class: "coprod-stage" });
    this.select = h("select", { "aria-label": t("where"), onchange: () => this.look(this.select.value) }, ...choices(h, t, this.outline, CANVAS));
    this.mode = button("mode", t("grid"), () => this.turn(), {});
    this.count = h("span", { class: "coprod-count" });
    this.steps = h("span", { class: "coprod-row" }, button("previous", t("previous"), () => this.step(-1)), this.count, button("next", t("next"), () => this.step(1)));
    this.whose = h("p", { class: "coprod-whose" });
    this.full = button("full", t("full"), () => this.fullScreen(), { class: "coprod-main" });
    this.note = h("p", { class: "coprod-note", role: "status" });
    this.clock = new Clock(t, this.language);
    this.root = h("section", { class: "coprod-wall", "data-projector": true, lang: this.language, tabindex: "-1", "aria-label": t("wall") },
      this.clock.element, this.stage, this.note, h("div", { class: "coprod-bar" }, this.whose, this.select, this.steps, this.mode, this.full));
    keepKeys(this.root);
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    el.append(this.root);
    this.show();
  }

  begin() {
    this.line.open();
    this.leaving = new AbortController();
    document.addEventListener("fullscreenchange", () => this.turned(), { signal: this.leaving.signal });
    this.poll();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.clock?.close();
    this.leaving?.abort();
    this.line.close();
  }

  async poll() {
    const reply = await this.line.ask("shown", { state: this.state }).catch(() => ({ ok: false }));
    if (this.closed) return;
    this.problem = reply.ok ? "" : "store";
    if (reply.ok) this.clock?.hear(reply.left);
    if (reply.shown) {
      const before = new Set(this.shown.map((one) => one.id));
      this.shown = reply.shown;
      this.course = reply.course;
      if (this.course.closed) this.canvas = null;
      const newest = this.here().find((one) => !before.has(one.id));
      if (newest && before.size) this.at = newest.id; // whoever shows an answer wants the room to see that one
      this.state = reply.state;
      const keys = new Set(this.shown.map((one) => one.key));
      for (const key of this.texts.keys()) if (!keys.has(key)) this.texts.delete(key);
      this.show();
    }
    if (this.where === CANVAS && !this.course.closed) await this.fetchCanvas();
    this.report();
    this.timer = setTimeout(() => this.poll(), EVERY);
  }

  async fetchCanvas() {
    const reply = await this.line.ask("canvas").catch(() => ({ ok: false }));
    if (!reply.ok || this.where !== CANVAS || this.course.closed) return;
    this.canvas = reply;
    this.show();
  }

  /** What of the shown answers is looked at. */
  here() {
    const keys = questionsOf(this.outline, this.where);
    return this.shown.filter((one) => !keys || keys.has(one.question));
  }

  show() {
    const { t } = this;
    const { title, code, closed } = this.course;
    const here = this.here();
    const canvas = this.where === CANVAS && !closed;
    renew(this.whose, [title, code], () => [h("bdi", {}, title), code && " · ", code && h("bdi", {}, code)]);
    this.select.hidden = closed;
    let at = here.findIndex((one) => one.id === this.at);
    if (at < 0) at = 0;
    const from = this.several ? at - (at % SEVERAL) : at;
    const now = canvas ? [] : here.slice(from, from + (this.several ? SEVERAL : 1));
    this.at = now[0]?.id ?? "";
    this.steps.hidden = canvas || here.length < 2;
    this.mode.hidden = canvas || closed;
    this.mode.textContent = t(this.several ? "one" : "grid");
    const missing = now.filter((one) => !this.texts.has(one.key));
    if (missing.length) return this.fetch(missing); // the number, too, is that of what stands there
    this.count.textContent = !now.length ? "" : now.length > 1 ? t("range", { from: from + 1, to: from + now.length, of: here.length }) : t("place_of", { n: from + 1, of: here.length });
    const told = now.map((one) => ({ ...one, text: this.texts.get(one.key) ?? "" }));
    renew(this.stage, [canvas && this.canvas, this.where, this.several, told, this.course], () => {
      if (canvas) return this.canvas ? [drawClassCanvas(t, this.canvas, `${this.name}-canvas`)] : [];
      const place = h("div", {});
      if (!told.length) fill(place, h("p", { class: "coprod-title", dir: "auto" }, title), h("p", { class: "coprod-nothing" }, t(closed ? "closed" : "nothing_shown")));
      else if (this.several) drawGrid(place, t, this.heading(told), told, (key) => this.named.get(key)?.name ?? "");
      else drawOne(place, t, this.named.get(told[0].question)?.prompt ?? "", told[0]);
      return [...place.childNodes];
    });
  }

  /** @param {{ question: string }[]} told */
  heading(told) {
    const same = told.every((one) => one.question === told[0].question);
    return same ? this.named.get(told[0].question)?.prompt ?? "" : "";
  }

  /** @param {{ id: string }[]} missing */
  async fetch(missing) {
    if (this.fetching) return;
    this.fetching = true;
    const reply = await this.line.ask("shown_texts", { ids: missing.map((one) => one.id) }).catch(() => ({ ok: false }));
    this.fetching = false;
    for (const { key, text } of reply.texts ?? []) this.texts.set(key, text);
    if (reply.texts?.length) this.show();
    else this.state = ""; // they are shown no more: the next look says what is
  }

  /** @param {string} where */
  look(where) {
    this.where = where;
    this.at = "";
    this.show();
    if (where === CANVAS) this.fetchCanvas();
  }

  /** @param {number} by */
  step(by) {
    const here = this.here();
    if (!here.length || this.where === CANVAS) return;
    const to = here.findIndex((one) => one.id === this.at) + by * (this.several ? SEVERAL : 1);
    if (to < 0 || to >= here.length) return speak(this.note, this.t(to < 0 ? "first_card" : "last_card"));
    speak(this.note, "");
    this.at = here[to].id;
    this.show();
  }

  turn() {
    this.several = !this.several;
    this.show();
  }

  async fullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    if (!(await fillScreen(this.root))) speak(this.note, this.t("no_full"));
  }

  turned() {
    this.full.textContent = this.t(document.fullscreenElement === this.root ? "leave_full" : "full");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const field = /** @type {HTMLElement} */ (event.target).closest("select, input, textarea");
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const keys = { j: () => this.step(1), arrowright: () => this.step(1), k: () => this.step(-1), arrowleft: () => this.step(-1), g: () => this.turn(), p: () => this.fullScreen() };
    const go = keys[event.key.toLowerCase()];
    if (!go) return;
    event.preventDefault();
    go();
  }

  report() {
    const words = !this.line.up ? this.t("down") : this.problem ? this.t("store") : "";
    if (words || this.troubled) this.note.textContent = words;
    this.troubled = Boolean(words);
  }
}
