// @ts-check
// Which answers are looked at, and in which order. Knows no page.

/** @typedef {{ id: string, question: string, number: number, at: string, shown: boolean, changed: boolean, flagged: boolean, version: number, key: string, theme: string, edited: boolean, length: number }} Head all of a card but its text */
/** @typedef {{ where: string, filter: string, sort: string }} View */

export const FILTERS = ["waiting", "shown", "flagged", "changed", "all"];
export const SORTS = ["oldest", "newest", "longest", "flagged", "theme"];
export const CANVAS = "canvas:";
const SECTION = "section:";

/** @type {Record<string, (head: Head) => boolean>} */
const FITS = {
  waiting: (head) => !head.shown,
  shown: (head) => head.shown,
  flagged: (head) => head.flagged,
  changed: (head) => head.changed,
  all: () => true,
};

const older = (/** @type {Head} */ one, /** @type {Head} */ other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : one.id < other.id ? -1 : 1);

/** @type {Record<string, (one: Head, other: Head) => number>} */
const ORDERS = {
  oldest: older,
  newest: (one, other) => older(other, one),
  longest: (one, other) => other.length - one.length || older(one, other),
  flagged: (one, other) => Number(other.flagged) - Number(one.flagged) || older(one, other),
  theme: (one, other) => Number(!one.theme) - Number(!other.theme) || one.theme.localeCompare(other.theme) || older(one, other),
};

/** @param {Head} head @param {string} filter */
export const fits = (head, filter) => FITS[filter](head);

/** The keys of the questions that are looked at; null for all. @param {any[]} outline @param {string} where @returns {Set<string> | null} */
export function questionsOf(outline, where) {
  if (!where || where === CANVAS) return null;
  const section = outline.find((one) => SECTION + one.key === where);
  return new Set(section ? section.questions.map((/** @type {any} */ one) => one.key) : [where]);
}

/**
 * The ids that are looked at, in order. What was listed once is held where it is, whatever is done with it, until it is
 * looked at anew: under a pointer that is about to press a button nothing may move.
 * @param {Iterable<Head>} heads @param {any[]} outline @param {View} view
 * @param {{ covered: boolean, found: Set<string> | null, held: Map<string, Head> }} also
 */
export function listed(heads, outline, { where, filter, sort }, { covered, found, held }) {
  const keys = questionsOf(outline, where);
  const here = [];
  for (const head of heads) {
    if (covered ? !head.shown : !held.has(head.id) && !FITS[filter](head)) continue;
    if ((keys && !keys.has(head.question)) || (found && !found.has(head.id))) continue;
    if (!held.has(head.id)) held.set(head.id, { ...head });
    here.push(held.get(head.id) ?? head);
  }
  return here.sort(ORDERS[sort]).map((head) => head.id);
}

/** How many there are by filter, among the questions that are looked at and, in a search, those that were found. @param {Iterable<Head>} heads @param {any[]} outline @param {string} where @param {Set<string> | null} found @returns {Record<string, number>} */
export function counted(heads, outline, where, found) {
  const keys = questionsOf(outline, where);
  const counts = Object.fromEntries(FILTERS.map((filter) => [filter, 0]));
  for (const head of heads)
    if ((!keys || keys.has(head.question)) && (!found || found.has(head.id))) for (const filter of FILTERS) if (FITS[filter](head)) counts[filter] += 1;
  return counts;
}

/** How a question is called in a few words: its number and part. @param {any[]} outline @returns {Map<string, { short: string, prompt: string, name: string }>} */
export function names(outline) {
  const found = new Map();
  for (const section of outline)
    for (const { key, number, prompt, part } of section.questions) {
      const short = `${section.letter}${number ? ` ${number}` : ""}`;
      found.set(key, { short, prompt, name: part || prompt });
    }
  return found;
}

/** What can be chosen to look at. @param {any} h @param {import("../shared/words.js").Tell} t @param {any[]} outline @param {string} canvas */
export function choices(h, t, outline, canvas) {
  const called = names(outline);
  return [
    h("option", { value: "" }, t("where_all")),
    h("option", { value: canvas }, t("where_canvas")),
    ...outline.map((section) => h("optgroup", { label: t("where_part", section) },
      h("option", { value: SECTION + section.key }, t("where_part", section)),
      ...section.questions.map((/** @type {any} */ one) => h("option", { value: one.key }, `${called.get(one.key)?.short} · ${called.get(one.key)?.name}`)))),
  ];
}
