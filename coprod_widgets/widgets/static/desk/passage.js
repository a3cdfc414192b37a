// @ts-check
// The text that is coded: it can be read and selected, with a keyboard too, but not written in. Excerpts are marked.

import { fill, h } from "../shared/dom.js";
import { pieces, wholeWords } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

const LANES = 3; // lines under words that have several themes

/** @typedef {import("../shared/texts.js").Span} Span */
/** @typedef {Span & { name: string, hue: number }} Mark */

export class Passage {
  /**
   * @param {Record<string, any>} labels attributes that name and describe the text
   * @param {() => void} onpick called when other words are selected
   */
  constructor(labels, onpick) {
    this.onpick = onpick;
    this.text = "";
    /** @type {Span | null} */
    this.picked = null;
    /** @type {Span[]} */
    this.words = [];
    /** @type {Mark[]} */
    this.marks = [];
    // Editable, so that caret and Shift with the arrow keys work as everywhere; whatever would change it is refused.
    // Not checked for spelling and not translated: both may send a text to somebody else's server.
    this.element = h("div", {
      ...labels, class: "coprod-passage", role: "textbox", contenteditable: "true", "aria-readonly": "true", "aria-multiline": "true",
      inputmode: "none", spellcheck: "false", autocorrect: "off", autocapitalize: "off", "data-gramm": "false", ...TYPED,
      onbeforeinput: (/** @type {Event} */ event) => event.preventDefault(), ondragstart: (/** @type {Event} */ event) => event.preventDefault(),
      onmousedown: (/** @type {MouseEvent} */ event) => this.press(event),
      oninput: () => this.draw(), // an input method's letters can't be refused, only taken away again
    });
    this.select = this.select.bind(this);
    document.addEventListener("selectionchange", this.select);
  }

  close() {
    document.removeEventListener("selectionchange", this.select);
  }

  /** @param {string} text @param {string} language @param {Mark[]} marks */
  show(text, language, marks) {
    this.text = text;
    this.words = pieces(text, language);
    this.picked = null;
    this.element.lang = language;
    this.mark(marks);
    this.onpick();
  }

  /** Mark these excerpts; what is selected stays selected. @param {Mark[]} marks */
  mark(marks) {
    this.marks = marks;
    this.draw();
  }

  get excerpt() {
    return this.picked ? this.text.slice(this.picked.start, this.picked.end) : "";
  }

  // --- what it looks like ---

  draw() {
    fill(this.element, ...segments(this.text, this.marks).map(({ start, end, over, lanes }) => {
      const words = this.text.slice(start, end);
      return over.length ? this.drawMark(words, end, over, lanes) : words;
    }));
    this.reselect();
  }

  /** @param {string} words @param {number} end @param {Mark[]} over @param {number[]} lanes */
  drawMark(words, end, over, lanes) {
    const ends = over.filter((mark) => mark.end === end).map((mark) => mark.name);
    const element = h("mark", { "data-ends": ends.join(" · ") || null, "data-over": over.length > 1, title: over.map((mark) => mark.name).join(", ") }, words);
    over.forEach((mark, at) => element.style.setProperty(`--lane-${lanes[at]}`, `var(--hue-${mark.hue})`));
    return element;
  }

  // --- what is selected ---

  select() {
    const span = this.selection();
    if (!span && document.activeElement !== this.element) return; // what was selected stays so while the focus is elsewhere
    const picked = span && wholeWords(this.words, span);
    if (picked?.start === this.picked?.start && picked?.end === this.picked?.end) return;
    this.picked = picked;
    this.onpick();
  }

  /** @param {MouseEvent} event */
  press(event) {
    if (event.shiftKey) return event.stopPropagation(); // JupyterLab would select cells, and nothing in the text
    // Selecting may begin within what is selected, where a browser would rather drag it.
    if (event.button === 0 && document.activeElement === this.element) document.getSelection()?.removeAllRanges();
  }

  /** @returns {Span | null} */
  selection() {
    const selection = document.getSelection();
    if (!selection?.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!this.element.contains(range.startContainer) || !this.element.contains(range.endContainer)) return null;
    const before = document.createRange();
    before.setStart(this.element, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    return { start, end: start + range.toString().length };
  }

  reselect() {
    if (document.activeElement !== this.element || !this.picked) return;
    const [from, to] = [this.placeOf(this.picked.start, false), this.placeOf(this.picked.end, true)];
    document.getSelection()?.setBaseAndExtent(from.node, from.offset, to.node, to.offset);
  }

  /** @param {number} at @param {boolean} last rather the end of a piece of text than the beginning of the next one */
  placeOf(at, last) {
    const walker = document.createTreeWalker(this.element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const { length } = /** @type {Text} */ (node);
      if (at < length || (last && at === length)) return { node, offset: at };
      at -= length;
    }
    return { node: this.element, offset: this.element.childNodes.length };
  }
}

/**
 * A text cut wherever a mark begins or ends; each piece with the marks over it and the lane that each has throughout.
 * @param {string} text @param {Mark[]} marks
 */
function segments(text, marks) {
  const sorted = [...marks].sort((one, other) => one.start - other.start || other.end - one.end);
  /** @type {number[]} */
  const ends = []; // where each lane is free again
  const lanes = new Map(sorted.map((mark) => {
    const free = ends.findIndex((end) => end <= mark.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = mark.end;
    return [mark, (lane % LANES) + 1];
  }));
  const cuts = [...new Set([0, text.length, ...marks.flatMap((mark) => [mark.start, mark.end])])].sort((one, other) => one - other);
  return cuts.slice(0, -1).map((start, at) => {
    const over = sorted.filter((mark) => mark.start <= start && mark.end > start);
    return { start, end: cuts[at + 1], over, lanes: over.map((mark) => lanes.get(mark) ?? 1) };
  });
}
