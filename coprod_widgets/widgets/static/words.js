// @ts-check
// What a widget says: its own words, the time of day, and what a screen reader is told.

/** @typedef {(key: string, values?: Record<string, any>) => string} Tell */

/** The interface's words by key, with each `{…}` filled in. @param {Record<string, string>} words @returns {Tell} */
export function telling(words) {
  return (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** @param {string} iso @param {string} language @param {boolean} [withDay] */
export function clock(iso, language, withDay = false) {
  /** @type {Intl.DateTimeFormatOptions} */
  const day = withDay ? { day: "numeric", month: "long", year: "numeric" } : {};
  return new Intl.DateTimeFormat(language, { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** Have a live region spoken. @param {HTMLElement} place @param {string | any[]} words text, or the pieces of it */
export function speak(place, words) {
  const before = place.textContent;
  place.replaceChildren(...[words].flat());
  // The same words again would change nothing, and so not be spoken.
  if (place.textContent === before) place.append("\u00A0");
}
