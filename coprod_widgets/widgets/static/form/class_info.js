// @ts-check
// The class that a learner is in: what it is called, what it is doing just now, the way in with a code, and what
// classmates agreed to show.

import { fill, h } from "../shared/dom.js";
import { printable } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";
import { clock } from "../shared/words.js";

const LOOK = 4000; // milliseconds between two looks at what classmates wrote: what is hidden leaves every phone
const SHARING = ["sharing", "discussion", "closed"];

/** One learner's class; without a name they write on their own. */
export class Course {
  /** @param {any} form */
  constructor(form) {
    this.form = form;
    const { name = "", title = "", support = "", refused = false, joinable = false } = form.model.get("course") ?? {};
    this.name = name;
    this.title = title;
    this.refused = refused;
    this.joinable = joinable && form.wholePage;
    this.phase = "";
    /** @type {Record<string, string>} the phase of each part that is apart from the class */
    this.sections = {};
    this.until = NaN; // when the time for it is over
    this.said = "";
    this.seen = ""; // of what classmates wrote
    this.line = h("div", { class: "coprod-course", hidden: !name });
    // Whom a learner can turn to, at the end of every page.
    this.support = h("p", { class: "coprod-support" }, form.t(support ? "support" : "support_general"), support && " ", support && h("bdi", { translate: "no" }, support));
  }

  /** Nothing more is stored. */
  get closed() {
    return this.phase === "closed";
  }

  /** Is nothing more stored of this question? @param {string} question its key */
  closes(question) {
    return this.of(this.form.sectionOf(question)) === "closed";
  }

  /** May classmates' answers to any part be read? */
  get sharing() {
    return Boolean(this.name) && this.form.study.sections.some((/** @type {any} */ section) => SHARING.includes(this.of(section.key)));
  }

  /** What a part is doing: its own phase, or that of the class. @param {string} section its key */
  of(section) {
    return this.sections[section] ?? this.phase;
  }

  /** Until when there is time. Nothing counts down here: whoever writes is not to be hurried. */
  get time() {
    const { t, language } = this.form;
    if (Number.isNaN(this.until)) return "";
    return this.until > Date.now() ? t("course_until", { time: clock(new Date(this.until).toISOString(), language) }) : t("course_up");
  }

  /** What the class is doing, as the kernel says it with every heartbeat. @param {{ phase?: string, sections?: Record<string, string>, left?: number | null }} told */
  hear({ phase, sections = {}, left = null }) {
    if (!this.name || !phase) return; // the store could not say
    const until = left === null ? NaN : Date.now() + 1000 * left;
    if (!(Math.abs(until - this.until) < 1500)) this.until = until; // the same, after another way through the kernel
    const told = JSON.stringify([phase, sections, this.time]);
    if (told === this.said) return;
    this.said = told;
    const { form } = this;
    const words = () => this.line.querySelector("p")?.textContent ?? "";
    const before = this.phase && words();
    const waited = [...form.boxes.values()].filter((box) => box.waits);
    this.phase = phase;
    this.sections = sections;
    for (const box of form.boxes.values()) box.lock(this.closes(box.question.key));
    this.show();
    form.drawContents();
    form.report();
    if (waited.some((box) => !box.waits)) form.saveAll(); // its part is open again
    if (before && before !== words()) form.say(words());
  }

  /** A text was refused: the session is closed, or this part of it. @param {string} [section] */
  shut(section) {
    const left = Number.isNaN(this.until) ? null : (this.until - Date.now()) / 1000;
    if (section) this.hear({ phase: this.phase, sections: { ...this.sections, [section]: "closed" }, left });
    else this.hear({ phase: "closed" });
  }

  /** The line about the class, on every page: it says what holds for the part on screen. */
  show() {
    const { form } = this;
    const { t } = form;
    const here = form.step === "class"; // which says so itself
    const inPart = form.study.sections.some((/** @type {any} */ section) => section.key === form.step);
    const phase = !inPart && this.sharing && !this.closed ? "sharing" : this.of(form.step);
    const doing = phase === "closed" ? "closed" : SHARING.includes(phase) ? "sharing" : "open";
    const told = form.step in this.sections && doing !== "open" ? `course_part_${doing}` : `course_${doing}`;
    fill(this.line,
      h("p", {}, h("strong", {}, this.title), (!here || this.closed) && ` ${t(told)}`, this.time && ` ${this.time}`),
      doing !== "open" && !here && h("button", { type: "button", class: "coprod-quiet", onclick: () => form.go("class") }, t("class_title")),
      !this.closed && form.step !== "privacy" && h("button", { type: "button", class: "coprod-quiet", onclick: () => form.go("privacy") }, t("course_choice")),
      this.closed && form.wholePage && !form.known && h("a", { href: location.pathname }, t("course_alone")));
  }

  /** The way into a class, for a page that was opened without one. */
  draw() {
    const { form } = this;
    const { t } = form;
    if (this.name || !this.joinable) return null;
    const id = form.id("join");
    const input = h("input", { id, type: "text", translate: "no", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
      "aria-describedby": `${id}-hint ${id}-error`, "aria-invalid": this.refused ? "true" : null });
    const error = h("p", { id: `${id}-error`, class: "coprod-error", hidden: !this.refused }, this.refused && t("join_link"));
    const send = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const reply = await this.join(input.value);
      if (reply.ok || reply.wait) return;
      error.textContent = t(reply.problem === "refused" ? "join_refused" : "not_now");
      error.hidden = false;
      input.setAttribute("aria-invalid", "true");
      form.title(true);
      input.focus();
      form.say(error.textContent, true);
    };
    return h("details", { open: this.refused },
      h("summary", {}, t("join_title")),
      h("form", { class: "coprod-resume", novalidate: true, onsubmit: send },
        h("label", { for: id }, t("join_label")),
        h("p", { id: `${id}-hint`, class: "coprod-hint" }, t("join_hint")),
        error, input, h("p", { class: "coprod-buttons" }, h("button", { type: "submit" }, t("join_go")))));
  }

  /** Open the page anew for the class whose code it is; what was written so far stays where it is. @param {string} code */
  async join(code) {
    await this.form.saveAll();
    const reply = await this.form.ask("join", { code }).catch(() => ({ ok: false, problem: "no_answer" }));
    // A page that has to wait because others guess is opened anew: the code in its address is always looked at.
    if (reply.ok || reply.wait) location.assign(`${location.pathname}?session=${encodeURIComponent(reply.code ?? code.trim())}`);
    return reply;
  }

  /** What classmates wrote and agreed to show: asked for each time the page is opened, and kept nowhere. */
  page() {
    const { form } = this;
    const { t } = form;
    const list = h("div", { class: "coprod-class" });
    this.seen = "";
    this.look(list);
    clearInterval(this.looking);
    this.looking = setInterval(() => {
      if (!list.isConnected) {
        clearInterval(this.looking);
        this.seen = "";
      } else if (!document.hidden) this.look(list);
    }, LOOK);
    return [
      form.heading(t("class_title")),
      h("p", {}, t("class_text")),
      list,
      h("p", { class: "coprod-buttons" },
        h("button", { type: "button", onclick: () => { this.seen = ""; this.look(list); } }, t("class_again")),
        h("button", { type: "button", class: "coprod-main", onclick: () => form.go(form.lastPlace() || "start") }, t("class_back"))),
    ];
  }

  /** @param {HTMLElement} list */
  async look(list) {
    const { form } = this;
    const { t } = form;
    if (!list.firstChild) fill(list, h("p", {}, t("loading")));
    const reply = await form.ask("classmates").catch(() => ({ ok: false }));
    const found = JSON.stringify(reply.ok && [reply.shown, form.answered() > 0]);
    if (found === this.seen) return;
    this.seen = found;
    if (!reply.ok) return fill(list, h("p", {}, t("not_now")));
    const asked = form.questions().filter((/** @type {any} */ question) => reply.shown.some((/** @type {any} */ one) => one.question === question.key));
    fill(list, ...asked.map((/** @type {any} */ question) => h("section", { "data-actor": question.actor },
      h("h2", {}, question.part ? `${question.prompt} ${question.part}` : question.prompt),
      h("ul", {}, ...reply.shown.filter((/** @type {any} */ one) => one.question === question.key).map((/** @type {any} */ one) => h("li", {},
        h("div", { class: "coprod-text", ...TYPED }, printable(one.text)),
        one.edited && h("p", { class: "coprod-hint" }, h("em", {}, t("class_edited")))))))));
    if (!asked.length) fill(list, h("p", { class: "coprod-note" }, t(form.answered() ? "class_none" : "class_first")));
    form.say(t(reply.shown.length === 1 ? "class_count_one" : "class_count", { n: reply.shown.length }));
  }
}
