// @ts-check
// Making elements. Text always goes in as text nodes: nothing here, or anywhere in the kit, parses markup.

/**
 * Make an element: `class`, `text`-free attributes, `on…` listeners; strings among the children become text nodes.
 * @param {string} tag
 * @param {Record<string, any>} [attributes] null, undefined and false leave an attribute out, true sets it empty
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAll(element, attributes);
  element.append(...present(children));
  return element;
}

/**
 * The same for a drawing.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...any} children nodes; null, undefined and false are left out
 * @returns {any}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAll(element, attributes);
  element.append(...present(children));
  return element;
}

/** @param {Element} element @param {Record<string, any>} attributes */
function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

/** @param {any[]} children @returns {(Node | string)[]} */
function present(children) {
  return children.filter((child) => child !== null && child !== undefined && child !== false);
}

/** Replace what an element holds. @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/**
 * Keep what is typed in an element from the page around it: JupyterLab's single-key shortcuts listen further out. On
 * the served page nobody does but the learner's own tools, such as text expanders. @param {HTMLElement} root
 */
export function keepKeys(root) {
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const kind of ["keydown", "keypress", "keyup", "copy", "cut", "paste", "contextmenu"])
    root.addEventListener(kind, (event) => root.closest("#coprod-widgets") || event.stopPropagation());
}

/** Fill the screen with an element, where the browser can; else say so. @param {HTMLElement} element @returns {Promise<boolean>} */
export async function fillScreen(element) {
  try {
    await element.requestFullscreen();
    return true;
  } catch {
    return false;
  }
}

/** How many words a text has, in any script. @param {string} text @param {string} language */
export function countWords(text, language) {
  if (!("Segmenter" in Intl)) return text.split(/\s+/u).filter(Boolean).length;
  const segments = new Intl.Segmenter(language, { granularity: "word" }).segment(text);
  let words = 0;
  for (const segment of segments) if (segment.isWordLike) words += 1;
  return words;
}
