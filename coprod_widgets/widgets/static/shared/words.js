// @ts-check
// What a widget says: its own words, the time of day, and what a screen reader is told.

/** @typedef {(key: string, values?: Record<string, any>) => string} Tell */

/** The interface's words by key, with each `{…}` filled in. @param {Record<string, string>} words @returns {Tell} */
export function telling(words) {
  return (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/**
 * A time of day, with its day where that is not today; with its day in full where that is asked for.
 * @param {string} iso @param {string} language @param {boolean} [withDay]
 */
export function clock(iso, language, withDay = false) {
  const [then, now] = [new Date(iso), new Date()];
  const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  /** @type {any} */
  const day = withDay ? { day: "numeric", month: "long", year: "numeric" }
    : then.toDateString() === now.toDateString() ? {} : { day: "numeric", month: "short", ...year };
  return new Intl.DateTimeFormat(regional(language), { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(then);
}

/** A day without the time, as it is kept: in UTC. @param {string} iso @param {string} language */
export function dayOf(iso, language) {
  return new Intl.DateTimeFormat(regional(language), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(iso));
}

/** The language of the words, as the browser's first region writes dates: an English page in Sweden has no American ones. @param {string} language */
export function regional(language) {
  try {
    const region = navigator.languages.map((one) => new Intl.Locale(one).region).find(Boolean);
    return region ? new Intl.Locale(language, { region }).toString() : language;
  } catch {
    return language; // a browser may report what is no language
  }
}

/**
 * Have a live region spoken. What the other one said is over, and emptied: somebody who reads the page later would
 * take it for true.
 * @param {HTMLElement} place @param {string | any[]} words text, or the pieces of it @param {HTMLElement} [other] where there are two
 */
export function speak(place, words, other) {
  other?.replaceChildren();
  const before = place.textContent;
  place.replaceChildren(...[words].flat());
  // The same words again would change nothing, and so not be spoken.
  if (place.textContent === before) place.append("\u00A0");
}
