// @ts-check
// Texts that people write: what of them can be stored, where a place in them is, and where their words begin and end.

/** What can be stored: no NUL, no half of a surrogate pair. @param {string} text */
export const storable = (text) => text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\0\uD800-\uDFFF]/g, (found) => (found.length === 2 ? found : "\uFFFD"));

// What nobody sees: spaces, control and format characters, what browsers leave out, the empty Braille cell, and the
// mark that stands for an object which is not there.
const SEEN = /[^\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\uFFFC]/u;

/** Is there anything to see in a text? As `texts.py` says it. @param {string} text */
export const visibleIn = (text) => SEEN.test(text);

// Controls, invisible signs and what turns the direction of writing. What joins letters and emoji stays.
export const ODD = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]+/gu;

/** What somebody wrote, as everybody else may see it: without what is invisible. @param {string} text */
export const printable = (text) => text.replace(ODD, "");

/** A place as Python counts it: in code points, where this language counts UTF-16 units. @param {string} text @param {number} units */
export const toPoints = (text, units) => Array.from(text.slice(0, units)).length;

/** A place as this language counts it. @param {string} text @param {number} points */
export function toUnits(text, points) {
  let units = 0;
  for (const character of text) {
    if (points <= 0) break;
    points -= 1;
    units += character.length;
  }
  return units;
}

/** @typedef {{ start: number, end: number }} Span in UTF-16 units, without the end */

/** The words of a text, and the signs between them; no spaces. @param {string} text @param {string} [language] @returns {Span[]} */
export function pieces(text, language) {
  const found = "Segmenter" in Intl
    ? Array.from(segmenter(language).segment(text), ({ index, segment }) => ({ index, piece: segment }))
    : Array.from(text.matchAll(/\S+/gu), (match) => ({ index: match.index, piece: match[0] }));
  return found.filter(({ piece }) => piece.trim()).map(({ index, piece }) => ({ start: index, end: index + piece.length }));
}

/** @param {string} [language] which may be anything @returns {Intl.Segmenter} */
function segmenter(language) {
  try {
    return new Intl.Segmenter(language || undefined, { granularity: "word" });
  } catch {
    return segmenter();
  }
}

/** The whole words that a span touches; null where it touches none. @param {Span[]} words from `pieces` @param {Span} span @returns {Span | null} */
export function wholeWords(words, span) {
  const touched = words.filter((word) => word.end > span.start && word.start < span.end);
  return touched.length ? { start: touched[0].start, end: touched[touched.length - 1].end } : null;
}
