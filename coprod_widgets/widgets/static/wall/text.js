// @ts-check
// Answers as text that cannot disturb what stands around it: no invisible signs, no turned direction.

import { fill, h } from "../shared/dom.js";
import { ODD, toUnits } from "../shared/texts.js";

/** @typedef {{ start: number, end: number, kind: string, reason: string, replacement?: string }} Mark in code points */

/** A text for whoever moderates, where a small box stands for what is invisible. @param {string} text @param {string} title @returns {(Node | string)[]} */
export function withOdd(text, title) {
  const parts = [];
  let at = 0;
  for (const odd of text.matchAll(ODD)) {
    parts.push(text.slice(at, odd.index), h("span", { class: "coprod-odd", title }, "▯"));
    at = odd.index + odd[0].length;
  }
  return [...parts, text.slice(at)].filter((part) => part !== "");
}

/** @param {string} text @param {Mark[]} marks @param {string} odd what the box is called @returns {(Node | string)[]} */
export function marked(text, marks, odd) {
  const parts = [];
  let at = 0;
  for (const mark of marks) {
    const start = toUnits(text, mark.start);
    const end = toUnits(text, mark.end);
    parts.push(...withOdd(text.slice(at, start), odd), h("mark", { title: mark.reason }, ...withOdd(text.slice(start, end), odd)));
    at = end;
  }
  return [...parts, ...withOdd(text.slice(at), odd)];
}

/** The words under each mark. @param {string} text @param {Mark[]} marks */
export const wordsOf = (text, marks) => marks.map((mark) => ({ ...mark, words: text.slice(toUnits(text, mark.start), toUnits(text, mark.end)) }));

/** The marked words of a text, wherever they stand in it, replaced by what says as much of the person as is needed. @param {string} text @param {{ words: string, replacement?: string }[]} marks */
export function replaced(text, marks) {
  let result = text;
  for (const { words, replacement } of [...marks].sort((one, other) => other.words.length - one.words.length)) {
    const there = new RegExp(`(^|[^\\p{L}\\p{N}])${words.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "gu");
    result = result.replace(there, (_, before) => `${before}[${replacement || "…"}]`);
  }
  return result;
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Draw an element anew only if what it shows is another; whoever is in it stays in it. Whether it was.
 * @param {HTMLElement} element @param {any} state @param {() => any[]} draw
 */
export function renew(element, state, draw) {
  const signature = JSON.stringify(state);
  if (drawn.get(element) === signature) return false;
  drawn.set(element, signature);
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const inside = active && element.contains(active) && active !== element;
  fill(element, ...draw());
  if (!inside) return true;
  const same = active.dataset.do && element.querySelector(`[data-do="${active.dataset.do}"]`);
  /** @type {HTMLElement | null} */ (same || element.closest("[tabindex]"))?.focus({ preventScroll: true });
  return true;
}

/** A button for one thing to do. @param {string} does @param {string} label @param {(event: MouseEvent) => void} onclick @param {Record<string, any>} [attributes] @param {...any} more */
export const button = (does, label, onclick, attributes = {}, ...more) =>
  h("button", { type: "button", "data-do": does, onclick, ...attributes }, label, ...more);
