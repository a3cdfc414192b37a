// @ts-check
// What stands around the cards of the moderating wall: phases, the cover, what is looked at, and the keys.

import { fill, h } from "../shared/dom.js";
import { TYPED } from "../shared/typed.js";
import { Parts } from "./parts.js";
import { button, renew } from "./text.js";
import { CANVAS, FILTERS, SORTS, choices, counted } from "./view.js";

export const PHASES = ["joining", "writing", "sharing", "discussion", "closed"];
const KEYS = [["J ↓", "key_next"], ["K ↑", "key_previous"], ["S", "show"], ["H", "hide"], ["E", "edit"], ["O", "unedit"], ["F", "flag"], ["T", "theme"],
  ["U", "undo"], ["↵", "key_read"], ["P", "present"], ["/", "key_search"], ["Esc", "key_cover"], ["?", "key_help"]];

/** The row of phases, with what the chosen or pointed-at one means for learners. */
export class Phases {
  /** @param {any} wall */
  constructor(wall) {
    this.wall = wall;
    /** @type {import("./parts.js").Phases} */
    this.now = { phase: "", sections: {} };
    this.parts = new Parts(wall, () => this.turn());
    this.means = h("p", { class: "coprod-hint", id: wall.id("means") });
    this.sure = h("div", { class: "coprod-forms" });
    this.buttons = PHASES.map((phase) => button(phase, wall.t(`phase_${phase}`), () => this.choose(phase), {
      "aria-describedby": wall.id("means"), onfocus: () => this.explain(phase), onmouseenter: () => this.explain(phase), onmouseleave: () => this.explain(this.phase),
    }));
    this.element = h("div", { class: "coprod-phases", onfocusout: () => this.explain(this.phase) },
      h("div", { class: "coprod-steps", role: "group", "aria-label": wall.t("phases") }, ...this.buttons, this.parts.element), this.means, this.parts.apart, this.sure);
  }

  /** The phase of the class, or of the part that is chosen. */
  get phase() {
    return this.parts.phase(this.now);
  }

  /** @param {string} phase */
  explain(phase) {
    const { t } = this.wall;
    const { chosen } = this.parts;
    const words = !phase ? "" : chosen ? t("part_means", { letter: chosen.letter, means: t(`means_${phase}`) }) : t(`means_${phase}`);
    if (this.means.textContent !== words) this.means.textContent = words;
  }

  /** @param {import("./parts.js").Phases} now */
  show({ phase, sections }) {
    if (JSON.stringify({ phase, sections }) === JSON.stringify(this.now)) return;
    this.now = { phase, sections };
    this.draw();
  }

  draw() {
    const { phase } = this;
    this.buttons.forEach((one, at) => one.setAttribute("aria-pressed", String(PHASES[at] === phase)));
    this.buttons[0].hidden = Boolean(this.parts.chosen); // nobody joins a part
    this.parts.show(this.now);
    this.explain(phase);
  }

  /** The row is for somebody else now. */
  turn() {
    fill(this.sure);
    this.draw();
  }

  /** @param {string} phase */
  choose(phase) {
    const { wall } = this;
    const { chosen } = this.parts;
    const rest = () => fill(this.sure);
    rest();
    const together = chosen || !Object.keys(this.now.sections).length;
    if (phase === this.phase && together) return;
    if (phase !== "closed") return this.move(phase);
    const no = button("close-no", wall.t("close_no"), () => { rest(); this.buttons[4].focus(); }, { class: "coprod-main" });
    fill(this.sure, h("p", { class: "coprod-sure" }, chosen ? wall.t("close_sure_part", chosen) : wall.t("close_sure")),
      h("div", { class: "coprod-row" }, no, button("close-yes", wall.t("close_yes"), () => { rest(); this.buttons[4].focus(); this.move("closed"); })));
    no.focus();
  }

  /** @param {string} phase */
  async move(phase) {
    const { wall } = this;
    const { chosen } = this.parts;
    const then = this.parts.moved(this.now, phase);
    const reply = await wall.answers.ask("move", { phase, section: chosen?.key ?? "" });
    if (!reply.ok) return wall.say(whyNot(wall.t, reply));
    this.show(then);
    const named = { phase: wall.t(`phase_${phase}`), letter: chosen?.letter };
    wall.say(wall.t(chosen ? "moved_part" : "moved", named));
  }
}

/** What is looked at: of which question, in which state, in which order, with which words. */
export class Choice {
  /** @param {any} wall */
  constructor(wall) {
    const { t } = wall;
    this.wall = wall;
    this.where = h("select", { "aria-label": t("where"), onchange: () => wall.look({ where: this.where.value }) }, ...choices(h, t, wall.outline, CANVAS));
    this.sort = h("select", { "aria-label": t("sort"), onchange: () => wall.look({ sort: this.sort.value }) }, ...SORTS.map((one) => h("option", { value: one }, t(`sort_${one}`))));
    this.search = h("input", { type: "search", placeholder: t("search"), "aria-label": t("search"), maxlength: 200, ...TYPED, autocomplete: "off", spellcheck: "false", oninput: () => wall.search(this.search.value) });
    this.filters = FILTERS.map((one) => ({ one, count: h("span", { class: "coprod-count" }), element: h("button", { type: "button", "data-do": one, onclick: () => wall.look({ filter: one }) }, `${t(`filter_${one}`)} `) }));
    for (const { element, count } of this.filters) element.append(count);
    this.row = h("div", { class: "coprod-steps coprod-filters", role: "group", "aria-label": t("filter") }, ...this.filters.map(({ element }) => element));
    this.element = h("div", { class: "coprod-choice" }, this.where, this.search, this.row, this.sort);
  }

  /** @param {Record<string, number>} counts @param {import("./view.js").View} view @param {boolean} covered */
  show(counts, view, covered) {
    const canvas = view.where === CANVAS;
    this.row.hidden = covered || canvas;
    this.sort.hidden = this.search.hidden = canvas;
    for (const { one, count, element } of this.filters) {
      element.setAttribute("aria-pressed", String(one === view.filter));
      if (count.textContent !== String(counts[one])) count.textContent = String(counts[one]);
    }
  }
}

/** The cover, and what it means. @param {any} wall @param {HTMLElement} place @param {Record<string, number>} counts of all answers */
export function drawCover(wall, place, counts) {
  const { t, covered } = wall;
  place.toggleAttribute("data-covered", covered);
  renew(place, [covered, covered && counts.waiting, covered && counts.shown], () => {
    if (!covered)
      return [h("p", {}, h("strong", {}, t("uncovered")), " ", t("uncovered_means")), button("cover", t("cover"), () => wall.cover(), { "aria-keyshortcuts": "Escape" }, h("kbd", { "aria-hidden": "true" }, "Esc"))];
    const waits = t(counts.waiting === 1 ? "covered_waits_one" : "covered_waits", { n: counts.waiting });
    return [
      h("p", {}, h("strong", {}, t("covered")), " ", `${waits}, ${t("covered_shown", { n: counts.shown })}. ${t("covered_means")}`),
      h("div", { class: "coprod-row" }, button("uncover", t("uncover"), () => wall.uncover(), { "aria-describedby": wall.id("warning") }),
        h("span", { class: "coprod-hint", id: wall.id("warning") }, t("uncover_warning"))),
    ];
  });
}

/** What each key does. @param {any} wall @returns {Record<string, () => void>} */
export function keysOf(wall) {
  const head = wall.heads.get(wall.current);
  const next = () => wall.step(1);
  const previous = () => wall.step(-1);
  return {
    j: next, arrowdown: next, k: previous, arrowup: previous, s: () => wall.show(), h: () => wall.act("hide"), e: () => wall.ask("edit"),
    o: () => head?.edited && wall.act("unedit"), f: () => wall.act(head?.flagged ? "unflag" : "flag"), t: () => wall.ask("theme"), u: () => wall.undo(),
    enter: () => wall.open(), p: () => wall.present(), "/": () => wall.choice.search.focus(), "?": () => wall.help(wall.keys.hidden),
  };
}

/** The list of keys, opened or closed. @param {any} wall @param {HTMLElement} place @param {HTMLElement} opener @param {boolean} open */
export function showKeys(wall, place, opener, open) {
  const { t } = wall;
  place.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  const close = button("keys-close", t("keys_close"), () => wall.help(false));
  fill(place, ...(open ? [h("dl", {}, ...KEYS.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(what))))), close] : []));
  (open ? close : opener).focus();
}

/** Where the words are that were searched for, if not among what is listed. @param {any} wall */
function foundElsewhere({ t, heads, outline, view, found, covered }) {
  const here = covered ? "shown" : view.filter;
  const counts = counted(heads.values(), outline, "", found);
  const there = counted(heads.values(), outline, view.where, found);
  const filters = FILTERS.slice(0, -1).filter((one) => one !== here && there[one] && !covered);
  if (filters.length) return t("search_elsewhere", { where: filters.map((one) => t("search_under", { n: there[one], filter: t(`filter_${one}`) })).join(", ") });
  return counts.all ? t("search_other_question", { n: counts.all }) : t(here === "all" || covered ? "search_none" : "search_none_anywhere");
}

/** Why there is no card. @param {any} wall @param {HTMLElement} place */
export function drawEmpty(wall, place) {
  const { t, view } = wall;
  place.hidden = view.where === CANVAS || wall.list.length > 0 || !wall.answers.cursor;
  const words = !wall.heads.size ? t("none_at_all") : wall.found ? foundElsewhere(wall) : wall.covered ? t("none_covered") : view.filter === "waiting" ? t("none_waiting") : t("none");
  if (place.textContent !== words) place.textContent = words;
}

/** From one page of cards to another. @param {any} wall @param {HTMLElement} place @param {number} here how many cards @param {number} most */
export function drawPages(wall, place, here, most) {
  const { t, from, list } = wall;
  place.hidden = list.length <= most;
  renew(place, [from, here, list.length], () => [
    button("earlier", t("earlier"), () => wall.turn(-1), { "aria-disabled": from ? null : "true" }),
    h("span", { class: "coprod-count" }, t("range", { from: from + 1, to: from + here, of: list.length })),
    button("later", t("later"), () => wall.turn(1), { "aria-disabled": from + here < list.length ? null : "true" }),
  ]);
}

/** The way to newer answers than this page's, which stays with the card that is looked at. @param {any} wall @param {HTMLElement} place */
export function drawNewest({ t, from, view }, place) {
  place.hidden = view.sort !== "newest" || from === 0;
  renew(place, place.hidden || from, () => [t(from === 1 ? "newer_one" : "newer", { n: from })]);
}

/** On a phone: what the thumb needs, always at the lower edge. @param {any} wall @param {HTMLElement} place */
export function drawThumb(wall, place) {
  const { t } = wall;
  const head = wall.heads.get(wall.current);
  place.hidden = !head;
  renew(place, [head?.shown, Boolean(head), wall.covered], () => [
    button("thumb-previous", t("previous"), () => wall.step(-1)),
    head?.shown ? button("thumb-show", t("hide"), () => wall.act("hide"), { class: "coprod-main" }) : button("thumb-show", t("show"), (event) => event.detail < 2 && wall.show(), { class: "coprod-main" }),
    button("thumb-next", t("next"), () => wall.step(1)),
  ]);
}

/** What undo would take back. @param {any} wall @param {HTMLElement} undoing @param {{ action: string } | null} last */
export function drawUndo({ t }, undoing, last) {
  undoing.setAttribute("aria-disabled", String(!last));
  renew(undoing, last?.action, () => [last ? t(`undo_${last.action}`) : t("undo_nothing"), h("kbd", { "aria-hidden": "true" }, "U")]);
}

/** Why nothing was done. @param {import("../shared/words.js").Tell} t @param {any} reply that is not ok */
export function whyNot(t, { problem, why }) {
  const words = { conflict: t("conflict"), gone: t("gone"), covered: t("refused_covered"), unread: t("read_first"), unusable: t("refused", { why: why ?? "" }) };
  return words[/** @type {keyof typeof words} */ (problem)] ?? t("failed");
}
