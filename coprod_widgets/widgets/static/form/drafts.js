// @ts-check
// What this browser keeps: the key that stands for it, its resume code, the place, and texts not yet in the store.

import { randomKey } from "../shared/channel.js";

/** @typedef {{ text: string, base: number, at: number, sent: string[] }} Draft */

/** The browser's own storage for one self-study; every call survives a browser that refuses to store. */
export class Drafts {
  /** @param {string} study @param {string} [course] the class it is written for: its texts are kept apart from others */
  constructor(study, course = "") {
    this.root = `coprod/${study}/`;
    this.room = course && `in/${course}/`;
    /** @type {string | undefined} */
    this.key = undefined;
    this.page = randomKey(6); // drafts belong to a page, so that two windows don't write over one another
    /** @type {Set<string>} drafts of this page that the browser did not take */
    this.unkept = new Set();
    this.full = !this.probe();
    this.channel = channelOf(this.root);
    this.channel?.addEventListener("message", ({ data }) => {
      if (data.ask === "who is open?") this.channel?.postMessage({ open: this.page });
      if (data.left) this.onleft?.(data.left);
    });
    /** @type {((key: string) => void) | undefined} another window said: nothing of this learner stays here */
    this.onleft = undefined;
  }

  close() {
    this.channel?.close();
  }

  /** Does this browser keep what it is told? Some throw, and some only pretend. */
  probe() {
    return this.write("works", "1") && this.read("works") === "1";
  }

  /**
   * May the page say that a text is kept here? Only if the last one was, and the key too, without which a reload
   * would not find it. Once a text was refused for want of room, a later one has to be taken first.
   */
  get works() {
    return !this.full && (this.key === undefined || this.read("device") === this.key);
  }

  /** This browser's key: made here, so that a first save sent twice is still one learner. */
  device() {
    this.key ??= this.read("device") ?? randomKey(16);
    if (this.read("device") === null) this.write("device", this.key); // never over the key of whoever came after
    return this.key;
  }

  /** @param {string} name @returns {string | null} */
  read(name) {
    try {
      return localStorage.getItem(this.root + name);
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {string} value @returns {boolean} whether it was kept */
  write(name, value) {
    try {
      localStorage.setItem(this.root + name, value);
      return true;
    } catch {
      return false;
    }
  }

  /** Where in this class's form the learner was. */
  get place() {
    return this.read(`${this.room}place`) ?? "";
  }

  set place(place) {
    this.write(`${this.room}place`, place);
  }

  /** @param {string} name */
  forget(name) {
    try {
      localStorage.removeItem(this.root + name);
    } catch {
      // nothing was kept, so nothing is left
    }
  }

  /** @param {string} question @param {Omit<Draft, "at">} draft @returns {boolean} */
  keep(question, draft) {
    const kept = this.write(`${this.room}draft/${question}/${this.page}`, JSON.stringify({ ...draft, at: Date.now() }));
    this.unkept[kept ? "delete" : "add"](question);
    this.full = !kept || this.unkept.size > 0;
    return kept;
  }

  /** @param {string} question @param {string} [page] */
  drop(question, page = this.page) {
    if (page === this.page) this.unkept.delete(question);
    this.forget(`${this.room}draft/${question}/${page}`);
  }

  /**
   * Drafts left behind by pages that are no longer open, newest first.
   * @returns {Promise<{ question: string, page: string, draft: Draft }[]>}
   */
  async left() {
    const found = this.all();
    if (!found.length) return [];
    const open = await this.openPages();
    return found
      .filter(({ page }) => page !== this.page && !open.has(page))
      .sort((one, other) => other.draft.at - one.draft.at);
  }

  all() {
    const found = [];
    for (const name of this.names().filter((name) => name.startsWith(this.room))) {
      const [, question, page] = /^draft\/([^/]+)\/([^/]+)$/.exec(name.slice(this.room.length)) ?? [];
      if (!question) continue;
      try {
        found.push({ question, page, draft: JSON.parse(this.read(name) ?? "") });
      } catch {
        this.forget(name);
      }
    }
    return found;
  }

  names() {
    try {
      const names = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? "");
      return names.filter((name) => name.startsWith(this.root)).map((name) => name.slice(this.root.length));
    } catch {
      return [];
    }
  }

  /** Which other pages of this browser are open: they answer at once, or are asleep and count as closed. */
  async openPages() {
    const open = new Set();
    if (!this.channel) return open;
    const hear = (/** @type {MessageEvent} */ { data }) => data.open && open.add(data.open);
    this.channel.addEventListener("message", hear);
    this.channel.postMessage({ ask: "who is open?" });
    await new Promise((resolve) => setTimeout(resolve, 150));
    this.channel.removeEventListener("message", hear);
    return open;
  }

  /** Leave no trace of this learner in this browser. */
  clear() {
    for (const name of this.names()) this.forget(name);
    this.key = undefined;
  }
}

/** Between the pages of one browser; some refuse it together with their storage. @param {string} name */
function channelOf(name) {
  try {
    return "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : null;
  } catch {
    return null;
  }
}
