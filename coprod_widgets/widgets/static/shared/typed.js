// @ts-check
// What people typed, wherever a page shows it: as they typed it, and among the interface's own words.

import { h } from "./dom.js";

/**
 * The attributes of an element that shows what somebody typed. A browser's translator would change the words, and
 * sends them to its maker. Each paragraph takes its own direction; the stylesheets see to that.
 */
export const TYPED = { dir: "auto", translate: "no" };

/** What somebody typed, within a line of other words. @param {string} text @returns {HTMLElement} */
export function typed(text) {
  return h("span", TYPED, text);
}

/**
 * The interface's words with elements among them, for what must not be mixed into one text.
 * @param {string} words with their `{…}` still in them @param {Record<string, any>} values text, an element, or several
 * @returns {any[]} for `h` or `fill`
 */
export function around(words, values) {
  return words.split(/\{(\w+)\}/).flatMap((piece, at) => (at % 2 ? values[piece] ?? `{${piece}}` : piece || []));
}

const DETERMINER = /^(?:a|an|the|my|our|your|his|her|their|its|this|that)\s+/i;
const PRONOUN = /^(?:a|an|the|my|our|your|his|her|their|its|i|me|myself|we|us|ourselves|you|he|him|she|they|them|it)$/i;
// What keeps its capital: "Swedish nurse", "Italian uncle"; but a physician and a technician are no peoples.
const PROPER = /(?:ish|ese|ian|ean|ch|american|african|german)$|['’]s$/i;

/**
 * The words for a person as they fit behind "the" in an English sentence: without an article, and without the capital
 * of a sentence that they opened. Empty where no such sentence can be made: "us".
 * @param {string} words as they were typed @param {string} language of the sentences
 */
export function fitting(words, language) {
  let role = words.replace(/\s+/g, " ").trim();
  if (!/^en\b/i.test(language)) return role;
  role = role.replace(/[\s.,;:!?…]+$/, "");
  while (DETERMINER.test(role)) role = role.replace(DETERMINER, "");
  if (PRONOUN.test(role)) return "";
  const [first] = role.split(" ");
  const opens = /^[A-Z][a-z'’]+$/.test(first) && !/[A-Z]/.test(role.slice(1));
  return opens && (/ician$/.test(first) || !PROPER.test(first)) ? first.toLowerCase() + role.slice(first.length) : role;
}
