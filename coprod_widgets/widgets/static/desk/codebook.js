// @ts-check
// The codebook beside the text: a button and a key for each theme, with its meaning folded away.

import { h } from "../shared/dom.js";

const KEYS = "1234567890abcdefghijklmnopqrstuvwxyz";
const HUES = 6; // more themes than these share a colour: their names tell them apart

/** @param {any[]} themes @param {string} key of a theme */
export function hueOf(themes, key) {
  return themes.findIndex(({ theme }) => theme === key) % HUES;
}

/** The theme whose key was pressed. @param {any[]} themes @param {KeyboardEvent} event */
export function themeOf(themes, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return undefined;
  // By its place for digits: a French keyboard gives them with Shift, which may still be down after selecting.
  const sign = /^Digit\d$/.test(event.code) ? event.code.slice(-1) : event.key.toLowerCase();
  return sign.length === 1 ? themes[KEYS.indexOf(sign)] : undefined;
}

/** @param {any} desk */
export function drawCodebook(desk) {
  const { t } = desk;
  return h("section", { class: "coprod-codebook", "aria-labelledby": desk.id("codebook") },
    h("h3", { id: desk.id("codebook") }, t("codebook")),
    h("ul", {}, ...desk.themes.map((/** @type {any} */ theme, /** @type {number} */ at) => drawTheme(desk, theme, at))));
}

/** @param {any} desk @param {any} theme @param {number} at */
function drawTheme(desk, theme, at) {
  const { t } = desk;
  const fact = (/** @type {string} */ name, /** @type {string} */ words) => words && h("p", {}, h("strong", {}, t(name)), words);
  const meaning = h("div", { id: desk.newId(), class: "coprod-meaning", hidden: true },
    h("p", {}, theme.meaning), fact("include", theme.include), fact("exclude", theme.exclude));
  return h("li", { "data-hue": at % HUES },
    h("button", { type: "button", "aria-keyshortcuts": KEYS[at], onmousedown: stay, onclick: () => desk.apply(theme) },
      h("kbd", { "aria-hidden": "true" }, KEYS[at]), h("span", { class: "coprod-hue" }), theme.name),
    h("button", { type: "button", class: "coprod-quiet", "aria-expanded": "false", "aria-controls": meaning.id, onclick: unfold },
      t("meaning"), h("span", { class: "coprod-unseen" }, t("meaning_of", { theme: theme.name }))),
    meaning);
}

/** The text keeps the focus and its selection when a theme is clicked. @param {Event} event */
function stay(event) {
  event.preventDefault();
}

/** Show or hide what a button stands for. @param {Event} event */
function unfold({ currentTarget }) {
  const button = /** @type {HTMLElement} */ (currentTarget);
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  if (button.nextElementSibling instanceof HTMLElement) button.nextElementSibling.hidden = !open;
}
