// @ts-check
// What in a box may point to somebody: asked of the kernel when the box is left, shown under it, remembered nowhere.

import { fill, h } from "../shared/dom.js";
import { toUnits, visibleIn } from "../shared/texts.js";
import { around, TYPED, typed } from "../shared/typed.js";

const SHOWN = 3; // words that are shown at once; the others wait behind a line

/** @typedef {{ start: number, end: number, instead: string }} Place in UTF-16 units */
/** @typedef {{ words: string, likely: boolean, reason: string, places: Place[] }} Hint the same words, wherever they stand */

export class Hints {
  /** @param {any} form @param {any} box */
  constructor(form, box) {
    this.form = form;
    this.box = box;
    this.on = !form.lesson; // whose answers are about the lesson
    this.english = /^en\b/.test(form.language); // the check reads nothing else, and gives its reasons in English
    this.unread = false; // whether it could not read this text
    /** @type {Hint[]} */
    this.hints = [];
    /** @type {string | null} the text that they are about */
    this.text = "";
    /** @type {Promise<void> | undefined} */
    this.looking = undefined;
    /** @type {{ start: number, was: string, is: string, words: string, instead: string } | null} the last replacement, while it can be undone */
    this.last = null;
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    /** @type {Set<string>} */
    this.fine = new Set();
    /** @type {Set<string>} words that were announced */
    this.told = new Set();
    this.draw();
  }

  draw() {
    const { t } = this.form;
    this.lead = h("p", { class: "coprod-hints-lead" }, t("hints_lead"));
    this.list = h("ul", {});
    this.summary = h("summary", {});
    this.rest = h("ul", {});
    this.more = h("details", {}, this.summary, this.rest);
    this.done = h("span", {});
    this.undone = h("p", { class: "coprod-hints-done" }, this.done, " ",
      h("button", { type: "button", class: "coprod-quiet", onclick: () => this.undo() }, t("hints_undo")));
    const label = t("hints_label", { prompt: this.prompt });
    this.element = h("div", { class: "coprod-hints", role: "group", "aria-label": label }, this.undone, this.lead, this.list, this.more);
    this.unchecked = h("p", { class: "coprod-hints-unchecked" }, t("hints_unchecked"));
    this.element.append(this.unchecked);
    this.note = h("p", { class: "coprod-hint" }); // for the review
    this.show();
  }

  get prompt() {
    return this.box.question.part || this.box.question.prompt;
  }

  get open() {
    return this.hints.filter(({ words }) => !this.fine.has(words));
  }

  get likely() {
    return this.open.filter(({ likely }) => likely);
  }

  /** The box was left, or changed by one of our buttons. */
  look() {
    const { form, box } = this;
    const { text } = box;
    if (!this.on || text === this.text) return;
    if (!visibleIn(text)) return this.clear();
    if (!this.english) return void ((this.unread = true), this.show());
    if (text.length > form.longest || !form.ready || !form.line.up) return;
    this.text = text;
    this.looking = this.ask(text);
  }

  /** @param {string} text */
  async ask(text) {
    const reply = await this.form.ask("identifiers", { text }).catch(() => ({ ok: false }));
    await released();
    if (this.text !== text) return; // another text was asked about, or the box is somebody else's by now
    if (!reply.ok || this.box.text !== text) return void (this.text = null);
    const fresh = reply.checked === false && !this.unread;
    this.unread = reply.checked === false;
    this.hints = grouped(text, reply.found);
    this.show();
    if (fresh) this.form.say(this.form.t("hints_unchecked"));
    this.tell();
  }

  /** Say, once for each word, that there is something to look at. */
  tell() {
    const fresh = this.likely.filter(({ words }) => !this.told.has(words));
    for (const { words } of fresh) this.told.add(words);
    if (fresh.length) this.form.say(this.form.t(fresh.length === 1 ? "hints_found_one" : "hints_found", { n: fresh.length, prompt: this.prompt }));
  }

  /** Somebody types: what is no longer there needs no look. */
  typed() {
    if (this.element.hidden) return;
    const { text } = this.box;
    if (this.last && !text.startsWith(this.last.is, this.last.start)) this.last = null;
    this.hints = this.hints.filter(({ words }) => text.includes(words));
    this.show();
  }

  /** Another text is in the box. */
  clear() {
    this.hints = [];
    this.unread = false;
    this.text = null;
    this.last = null;
    this.show();
  }

  /** Another learner is at the box. */
  forget() {
    this.fine.clear();
    this.told.clear();
    this.clear();
  }

  // --- what it looks like ---

  show() {
    const { t } = this.form;
    const { open, likely } = this;
    const first = likely.slice(0, SHOWN);
    const rest = open.filter((hint) => !first.includes(hint));
    const at = /** @type {HTMLElement | null} */ (document.activeElement);
    const inside = this.element.contains(at);
    this.element.hidden = !open.length && !this.last && !this.unread;
    this.unchecked.hidden = !this.unread;
    this.lead.hidden = this.list.hidden = !first.length;
    this.more.hidden = !rest.length;
    this.undone.hidden = !this.last;
    const rows = new Map(open.map((hint) => [JSON.stringify([hint.words, hint.reason, hint.places[0].instead]), hint]));
    this.rows = new Map([...rows].map(([key, hint]) => [key, this.rows.get(key) ?? this.row(hint)]));
    const shown = [...this.rows.values()];
    fill(this.list, ...first.map((hint) => shown[open.indexOf(hint)]));
    fill(this.rest, ...rest.map((hint) => shown[open.indexOf(hint)]));
    this.summary.textContent = t(first.length ? "hints_more" : "hints_maybe", { n: rest.length });
    fill(this.done, ...(this.last ? this.changed() : []));
    this.note.hidden = !likely.length && !this.unread;
    this.note.textContent = !likely.length ? t("hints_unchecked") : t(likely.length === 1 ? "hints_note_one" : "hints_note", { n: likely.length });
    if (inside) (at?.isConnected && at.offsetParent ? at : this.box.area).focus();
  }

  /** @param {Hint} hint */
  row({ words, reason, places }) {
    const { t } = this.form;
    const way = (/** @type {string} */ name, /** @type {() => void} */ onclick, quiet = false) =>
      h("button", { type: "button", class: quiet && "coprod-quiet", "aria-label": `${name}: ${words}`, translate: "no", onclick }, h("span", { translate: "yes" }, name));
    return h("li", {},
      h("p", {}, h("button", { type: "button", class: "coprod-quiet coprod-found", "aria-label": `${words}${t("hints_find")}`, translate: "no", onclick: () => this.find(words) },
        h("strong", TYPED, words)), ` – ${reason}`),
      h("p", { class: "coprod-ways" },
        way(t("hints_use", { instead: places[0].instead }), () => this.replace(words)),
        way(t("hints_fine"), () => this.accept(words), true)));
  }

  changed() {
    const { words = "", instead = "" } = this.last ?? {};
    return around(this.form.t("hints_changed"), { words: typed(words), instead });
  }

  // --- what one can do ---

  /** Select these words in the box, and the next ones at the next click. @param {string} words */
  find(words) {
    const { area } = this.box;
    const { text } = this.box;
    const places = this.hints.find((hint) => hint.words === words)?.places.filter(({ start }) => text.startsWith(words, start)) ?? [];
    const place = places.find(({ start }) => start > area.selectionStart || area.selectionEnd === area.selectionStart) ?? places[0];
    area.focus();
    if (place) area.setSelectionRange(place.start, place.end);
    area.scrollIntoView({ block: "center" });
  }

  /** These words are nobody's. The next words get the focus. @param {string} words */
  accept(words) {
    const after = this.open.findIndex((hint) => hint.words === words);
    this.fine.add(words);
    this.show();
    const next = [...this.rows.values()][Math.min(after, this.rows.size - 1)]?.querySelector(".coprod-ways .coprod-quiet");
    if (next instanceof HTMLElement && next.offsetParent) next.focus();
    else this.box.area.focus();
  }

  /** Put other words there, wherever these stand: one step for the box's own undo. @param {string} words */
  async replace(words) {
    await this.looking; // the click may itself have left the box
    const { text } = this.box;
    const places = this.hints.find((hint) => hint.words === words)?.places.filter(({ start }) => text.startsWith(words, start));
    if (!places?.length) return this.box.area.focus();
    const { start } = places[0];
    const end = places[places.length - 1].end;
    let is = "";
    places.forEach((place, n) => {
      is += text.slice(n ? places[n - 1].end : start, place.start) + fitted(text, place, this.box.lines > 1);
    });
    const change = { start, was: text.slice(start, end), is, words, instead: places[0].instead };
    this.put(change);
    this.last = change;
    this.show();
    this.form.say(this.changed());
  }

  undo() {
    const { last } = this;
    this.last = null;
    if (last) this.put({ start: last.start, was: last.is, is: last.was });
    this.show();
    this.box.area.focus();
  }

  /** Change the box as typing would. @param {{ start: number, was: string, is: string }} change */
  put(change) {
    const { box } = this;
    if (!box.text.startsWith(change.was, change.start)) return;
    box.area.focus();
    box.area.setSelectionRange(change.start, change.start + change.was.length);
    // No other way leaves the box's own undo working; it is called deprecated, and every browser has it.
    if (!document.execCommand("insertText", false, change.is)) {
      box.area.setRangeText(change.is, change.start, change.start + change.was.length, "end");
      box.written();
    }
    this.look();
  }
}

/** The kernel's findings by their words, in the order of the text. @param {string} text @param {any[]} found in code points @returns {Hint[]} */
function grouped(text, found) {
  /** @type {Map<string, Hint>} */
  const hints = new Map();
  let [points, units] = [0, 0];
  for (const one of found) {
    const start = units + toUnits(text.slice(units), one.start - points);
    const end = start + toUnits(text.slice(start), one.end - one.start);
    [points, units] = [one.end, end];
    const words = text.slice(start, end);
    const hint = hints.get(words) ?? /** @type {Hint} */ ({ words, likely: false, reason: one.reason, places: [] });
    if (one.likely && !hint.likely) Object.assign(hint, { likely: true, reason: one.reason });
    hint.places.push({ start, end, instead: one.instead });
    hints.set(words, hint);
  }
  return [...hints.values()];
}

/** The other words as they fit there: a capital to open a sentence, no second article. @param {string} text @param {Place} place @param {boolean} sentences */
function fitted(text, { start, instead }, sentences) {
  const before = `\n${text.slice(0, start)}`.slice(-20);
  if (/\b(a|an|the|my|our|your|his|her|their)\s+$/i.test(before)) return instead.replace(/^(a|an|the) /, "");
  const opens = sentences && /([.!?…]["'”’)]*\s+|\n\s*)["'“‘(]*$/.test(before);
  return opens ? instead.charAt(0).toUpperCase() + instead.slice(1) : instead;
}

/** Until no button is held down: what is being clicked must not move away. */
async function released() {
  if (!document.querySelector(":active")) return;
  await new Promise((resolve) => {
    const listening = new AbortController();
    for (const kind of ["pointerup", "pointercancel", "dragend", "keyup"])
      document.addEventListener(kind, () => { listening.abort(); setTimeout(resolve); }, { capture: true, signal: listening.signal });
  });
}
