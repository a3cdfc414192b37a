// @ts-check
// What the learner agrees to: each use its own choice, shown as made only once it is stored.

import { fill, h } from "../shared/dom.js";

const USES = ["class", "research"];
const FAILED = ["consent_failed", "consent_wait"];
const PATIENCE = 8000; // milliseconds until a choice counts as not saved

/** @typedef {{ given: boolean, at: string }} Choice */

/** The choices of one learner, and the places on the page that show them. */
export class Consents {
  /** @param {any} form */
  constructor(form) {
    this.form = form;
    /** @type {Record<string, Choice>} what the store has */
    this.kept = {};
    /** @type {Record<string, boolean>} what the learner wants, while it is on its way */
    this.wanted = {};
    /** @type {Record<string, string>} what is said beside a choice that was just made */
    this.told = {};
    /** @type {Set<Promise<string>>} */
    this.sending = new Set();
    /** @type {Record<string, { box: HTMLInputElement, line: HTMLElement }>} */
    this.shown = {};
  }

  /** Is anything shared? */
  get any() {
    return USES.some((use) => this.kept[use]?.given);
  }

  /** Take over what the store has. @param {Record<string, Choice>} kept */
  settle(kept) {
    for (const use of USES) if (kept[use]?.at !== this.kept[use]?.at) this.told[use] = ""; // what was said of it is past
    this.kept = kept;
    this.show();
  }

  /** Nobody has chosen: somebody new, or everything was deleted. */
  empty() {
    this.told = {};
    this.settle({});
  }

  /** The choices as a part of a page. @param {{ where?: string }} [options] the page's own name is not mentioned on itself */
  draw({ where = "privacy" } = {}) {
    const { form } = this;
    const { t } = form;
    this.told = {};
    const element = h("fieldset", { class: "coprod-consent" },
      h("legend", {}, t("consent_title")),
      h("p", { class: "coprod-hint" }, t("consent_text", { where: t(where) })),
      ...USES.map((use) => this.drawOne(use)));
    this.show();
    return element;
  }

  /** @param {string} use */
  drawOne(use) {
    const { t } = this.form;
    const id = this.form.id(`consent-${use}`);
    const box = h("input", { id, type: "checkbox", "aria-describedby": `${id}-means ${id}-line`, onchange: () => this.choose(use) });
    const line = h("p", { id: `${id}-line`, class: "coprod-choice" });
    this.shown[use] = { box, line };
    return h("div", { class: "coprod-use" }, box,
      h("div", {}, h("label", { for: id }, t(`consent_${use}`)),
        h("p", { id: `${id}-means`, class: "coprod-hint" }, t(`consent_${use}_means`)), line));
  }

  show() {
    for (const [use, { box, line }] of Object.entries(this.shown)) {
      box.checked = this.wanted[use] ?? this.kept[use]?.given ?? false;
      const words = this.words(use);
      if (line.textContent !== words) line.textContent = words;
      line.toggleAttribute("data-failed", FAILED.includes(this.told[use]));
    }
  }

  /** @param {string} use */
  words(use) {
    const { t } = this.form;
    const choice = this.kept[use];
    if (this.wanted[use] !== undefined) return t("consent_saving");
    if (FAILED.includes(this.told[use])) return t(this.told[use]);
    if (!choice) return t("consent_never");
    if (this.told[use]) return t(choice.given ? "consent_saved" : "consent_saved_back", { time: this.form.clock(choice.at) });
    return t(choice.given ? "consent_given" : "consent_taken_back", { time: this.form.clock(choice.at, true) });
  }

  /** The box was clicked: its state is a wish until the store has it. @param {string} use */
  async choose(use) {
    const first = this.wanted[use] === undefined;
    this.wanted[use] = this.shown[use].box.checked;
    if (!first) return; // the wish that is on its way is followed by this one
    this.show();
    const sending = this.send(use);
    this.sending.add(sending);
    const told = await sending;
    this.sending.delete(sending);
    delete this.wanted[use];
    this.told[use] = told;
    this.show();
    this.form.say(`${this.form.t(`consent_${use}`)}: ${this.words(use)}`, FAILED.includes(told));
  }

  /** Until no choice is on its way. */
  async rest() {
    await Promise.all(this.sending);
  }

  /** @param {string} use @returns {Promise<string>} what to say about it */
  async send(use) {
    const { form } = this;
    for (;;) {
      const given = this.wanted[use];
      if (!form.ready || !form.line.up) return "consent_wait";
      const content = { use, given, version: Number(form.t("consent_version")), language: form.language, known: Boolean(form.known) };
      const reply = await form.ask("agree", content, PATIENCE).catch(() => ({ ok: false }));
      if (!reply.ok) {
        if (reply.problem === "gone") form.wasDeleted();
        return "consent_failed";
      }
      form.known = true;
      this.kept = reply.choices;
      if (this.wanted[use] === given) return "consent_saved";
    }
  }
}

/**
 * The last question before something shared is handed in. It stands where the buttons were, and takes the focus.
 * @param {any} form @param {HTMLElement} place @param {{ handIn: () => void, change: () => void }} ways
 */
export function askColleague(form, place, { handIn, change }) {
  const { t } = form;
  const id = form.id("colleague");
  fill(place, h("section", { class: "coprod-note coprod-colleague", "aria-labelledby": id },
    h("h2", { id, tabindex: "-1" }, t("colleague_title")),
    h("p", {}, t("colleague_text")),
    h("ul", {}, h("li", {}, t("colleague_names")), h("li", {}, t("colleague_rare"))),
    h("p", {}, t("colleague_help")),
    h("p", { class: "coprod-buttons" },
      h("button", { type: "button", onclick: change }, t("colleague_change")),
      h("button", { type: "button", class: "coprod-main", onclick: handIn }, t("colleague_hand_in")))));
  place.querySelector("h2")?.focus();
  place.scrollIntoView({ block: "start" });
}
