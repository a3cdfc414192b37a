// @ts-check
// What the moderating page has of the answers: all that may be known of each, and the texts of those that are drawn.
// Whatever is not shown leaves it when the cover falls.

import { toUnits } from "../shared/texts.js";

/** @typedef {import("./view.js").Head} Head */
/** @typedef {{ id: string, version: number, number: number, text: string, more: boolean, fold: number, words: number, marks: any[], found: number, original?: string, draft?: string, key?: string, whole: boolean }} Text */

/** How much of a text a folded card shows; all of it where there is no more. @param {Text} text */
export const fold = (text) => toUnits(text.text, text.fold);

export class Answers {
  /** @param {import("../shared/channel.js").Line} line */
  constructor(line) {
    this.line = line;
    /** @type {Map<string, Head>} */
    this.heads = new Map();
    /** @type {Map<string, Text>} */
    this.texts = new Map();
    this.covered = true;
    this.turns = 0; // a text that was asked for before the cover fell is not taken
    this.cursor = "";
    this.fetching = false;
  }

  /** Ask; an answer that does not come is a problem like any other. @param {string} what @param {Record<string, any>} [content] @returns {Promise<any>} */
  ask(what, content = {}) {
    return this.line.ask(what, { covered: this.covered, ...content }).catch(() => ({ ok: false, problem: "down" }));
  }

  /** Take up what is new; whether anything was. @param {any} reply @param {(id: string) => void} forget */
  take({ cursor, whole, heads, gone }, forget) {
    const first = !this.cursor;
    this.cursor = cursor;
    if (whole) this.heads.clear();
    for (const head of heads) this.heads.set(head.id, head);
    for (const id of gone) forget(id);
    return first || whole || heads.length > 0 || gone.length > 0;
  }

  /** Have the texts of these cards, as far as they may be had; whether any came. @param {string[]} now @param {(id: string) => boolean} wants the whole of it */
  async fetch(now, wants) {
    const { heads, texts, turns } = this;
    const lacks = (/** @type {string} */ id) => texts.get(id)?.key !== heads.get(id)?.key || (wants(id) && !texts.get(id)?.whole);
    const missing = now.filter((id) => (!this.covered || heads.get(id)?.shown) && lacks(id));
    if (this.fetching || !missing.length) return false;
    const whole = missing.find(wants);
    const ids = whole ? [whole] : missing;
    const keys = new Map(ids.map((id) => [id, heads.get(id)?.key]));
    this.fetching = true;
    const reply = await this.ask("texts", { ids, whole: Boolean(whole) });
    this.fetching = false;
    if (turns !== this.turns) return true;
    for (const text of reply.texts ?? []) this.keep(text, keys.get(text.id), Boolean(whole));
    return Boolean(reply.texts?.length);
  }

  /** @param {any} text @param {string | undefined} key of the card that it was asked for @param {boolean} whole */
  keep(text, key, whole) {
    this.texts.set(text.id, { ...text, key, whole });
  }

  /**
   * Do something with an answer as it was seen. Somebody else's click meanwhile is no reason to lose this one, as long as
   * they left alone what it is about.
   * @param {Head} head @param {string} action @param {string | undefined} value @param {boolean} whole @param {string[]} [sure]
   */
  async act(head, action, value, whole, sure) {
    const text = this.texts.get(head.id);
    const seen = text?.key === head.key ? head : text ?? head;
    const content = { card: head.id, action, value, number: seen.number, whole, sure };
    const reply = await this.does("act", { ...content, version: seen.version });
    const { problem, card } = reply;
    if (problem !== "conflict" || card.key !== (text?.key ?? head.key) || (action === "theme" && card.theme !== head.theme)) return reply;
    return this.does("act", { ...content, version: card.version });
  }

  /** Do something; the card and its text are then as they are now. @param {string} what @param {Record<string, any>} [content] */
  async does(what, content = {}) {
    const { turns } = this;
    const reply = await this.ask(what, content);
    const { card, text } = reply;
    if (!card) return reply;
    this.heads.set(card.id, card);
    if (text && turns === this.turns) this.keep(text, card.key, content.whole === true);
    else this.texts.delete(card.id);
    return reply;
  }

  /** Which answers have these words; nothing where that came too late. @param {string} words @returns {Promise<Set<string> | null | undefined>} */
  async find(words) {
    const { turns } = this;
    if (!words) return null;
    const reply = await this.ask("find", { words });
    return reply.found && turns === this.turns ? new Set(reply.found) : undefined;
  }

  uncover() {
    this.covered = false;
    this.turns += 1;
  }

  /** Let go of whatever is not shown. */
  cover() {
    this.covered = true;
    this.turns += 1;
    for (const [id, text] of this.texts) {
      const head = this.heads.get(id);
      if (head?.shown && text.key === head.key) [text.original, text.draft] = [undefined, undefined];
      else this.texts.delete(id);
    }
  }
}
