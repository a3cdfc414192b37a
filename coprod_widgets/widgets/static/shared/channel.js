// @ts-check
// The line to the kernel: numbered questions, each with its answer, and a heartbeat that notices when nobody answers.

/** No answer came. What was asked may or may not have been done: ask again. */
export class NoAnswer extends Error {
  /** @param {string} ask @param {boolean} [silent] nobody said why: the connection may look open and be dead */
  constructor(ask, silent = false) {
    super(ask);
    this.silent = silent;
  }
}

/** Bytes of one message. The server closes a connection over which a longer one comes, and with it all that is on its way. */
export const MOST_BYTES = 1_100_000;
const SLOWEST = 2; // bytes a millisecond: a network that takes them slower than this counts as dead
// What changes nothing if it is not answered: a page may leave without it.
const READS = ["ping", "hello", "identifiers", "revisions", "classmates", "code", "join"];

/** Questions and answers over a widget's own messages; never over its synced state. */
export class Line {
  /**
   * @param {any} model anywidget's model
   * @param {(up: boolean) => void} onchange
   * @param {(reply: any) => void} [onbeat] what a heartbeat brought along
   */
  constructor(model, onchange, onbeat = () => {}) {
    this.model = model;
    this.onchange = onchange;
    this.onbeat = onbeat;
    this.beat = 1000 * model.get("heartbeat"); // milliseconds between heartbeats
    this.patience = 1.6 * this.beat; // until a heartbeat counts as lost
    this.longPatience = 4 * this.beat; // until anything else does: a long text on a slow network takes its time
    this.up = true;
    this.why = ""; // there is no connection, as far as the page's host knows; `said` is what the server says of it
    this.said = "";
    this.onleave = () => {}; // the page goes: what is not on its way yet is asked now
    this.name = randomKey(8); // two views of one widget share a kernel: each listens for its own answers
    this.asked = 0;
    /** @type {Record<string, any>} what every heartbeat says of its page */
    this.about = {};
    /** @type {Map<string, { ask: string, size: number, resolve: (reply: any) => void, reject: (error: Error) => void, timer: any }>} */
    this.waiting = new Map();
    this.hear = this.hear.bind(this);
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  open() {
    this.model.on("msg:custom", this.hear);
    this.timer = setTimeout(() => this.ping(), this.beat);
    this.closing = new AbortController();
    const { signal } = this.closing;
    // Another network, or a page that comes back: the old connection may be dead without anybody having said so.
    const look = () => document.hidden || this.ping(this.beat);
    for (const kind of ["online", "pageshow"]) window.addEventListener(kind, look, { signal });
    document.addEventListener("visibilitychange", look, { signal });
  }

  close() {
    this.closing?.abort();
    this.model.off("msg:custom", this.hear);
    clearTimeout(this.timer);
    this.drop();
  }

  /**
   * Ask the kernel; resolves with its reply, which says `ok`, or rejects with NoAnswer. What is too long is not sent.
   * @param {string} ask
   * @param {Record<string, any>} [content]
   * @param {number} [patience]
   * @returns {Promise<any>}
   */
  ask(ask, content = {}, patience = this.longPatience) {
    const id = `${this.name}-${(this.asked += 1)}`;
    const message = { id, ask, ...content };
    const said = JSON.stringify(message);
    const size = said.length;
    if (3 * size > MOST_BYTES && new TextEncoder().encode(said).length > MOST_BYTES) return Promise.resolve({ ok: false, problem: "too_long" });
    return new Promise((resolve, reject) => {
      const ahead = [...this.waiting.values()].reduce((sum, one) => sum + one.size, size); // it comes after these
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        this.turn(false);
        reject(new NoAnswer(ask, true));
      }, patience + ahead / SLOWEST);
      this.waiting.set(id, { ask, size, resolve, reject, timer });
      this.model.send(message);
    });
  }

  /** See at once whether anyone is there; if not, the page's host opens another connection. @param {number} [patience] */
  async ping(patience = this.patience) {
    clearTimeout(this.timer);
    try {
      this.onbeat(await this.ask("ping", this.about, patience));
      this.turn(true);
    } catch (error) {
      this.turn(false);
      if (error instanceof NoAnswer && error.silent) this.model.renew?.(); // JupyterLab looks after its own
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ping(), this.up ? this.beat : 0.4 * this.beat);
  }

  /** @param {any} message */
  hear(message) {
    if (message?.host) return this.told(message);
    const waiting = this.waiting.get(message?.reply_to);
    if (!waiting) return;
    this.waiting.delete(message.reply_to);
    clearTimeout(waiting.timer);
    this.turn(true);
    waiting.resolve(message);
  }

  /** What the served page's host says of the connection. @param {{ host: string, why?: string, said?: string, unfinished?: boolean }} message */
  told(message) {
    if (message.host === "down") {
      this.why = message.why ?? "";
      this.said = message.said ?? "";
      if (this.up) this.turn(false);
      else this.onchange(false); // for another reason now
      this.drop();
    } else if (message.host === "up") {
      this.why = this.said = "";
      this.drop(); // what was asked meanwhile went nowhere
      this.ping();
    } else if (message.host === "leaving") {
      this.onleave();
      message.unfinished ||= [...this.waiting.values()].some(({ ask }) => !READS.includes(ask));
    }
  }

  /** @param {boolean} up */
  turn(up) {
    if (up === this.up) return;
    this.up = up;
    this.onchange(up);
  }

  drop() {
    for (const [id, { reject, timer }] of this.waiting) {
      clearTimeout(timer);
      this.waiting.delete(id);
      reject(new NoAnswer(id));
    }
  }
}

/** Random letters and digits. `randomUUID` is missing on plain http, `getRandomValues` is not. @param {number} bytes */
export function randomKey(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) => b.toString(16).padStart(2, "0")).join("");
}
