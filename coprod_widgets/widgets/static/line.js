// @ts-check
// The line to the kernel: numbered questions, each with its answer, and a heartbeat that notices when nobody answers.

/** No answer came. What was asked may or may not have been done: ask again. */
export class NoAnswer extends Error {}

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
    this.name = randomKey(8); // two views of one widget share a kernel: each listens for its own answers
    this.asked = 0;
    /** @type {Record<string, any>} what every heartbeat says of its page */
    this.about = {};
    /** @type {Map<string, { resolve: (reply: any) => void, reject: (error: Error) => void, timer: any }>} */
    this.waiting = new Map();
    this.hear = this.hear.bind(this);
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  open() {
    this.model.on("msg:custom", this.hear);
    this.timer = setTimeout(() => this.ping(), this.beat);
  }

  close() {
    this.model.off("msg:custom", this.hear);
    clearTimeout(this.timer);
    this.drop();
  }

  /**
   * Ask the kernel; resolves with its reply, which says `ok`, or rejects with NoAnswer.
   * @param {string} ask
   * @param {Record<string, any>} [content]
   * @param {number} [patience]
   * @returns {Promise<any>}
   */
  ask(ask, content = {}, patience = this.longPatience) {
    const id = `${this.name}-${(this.asked += 1)}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        this.turn(false);
        reject(new NoAnswer(ask));
      }, patience);
      this.waiting.set(id, { resolve, reject, timer });
      this.model.send({ id, ask, ...content });
    });
  }

  /** See at once whether anyone is there. */
  async ping() {
    clearTimeout(this.timer);
    try {
      this.onbeat(await this.ask("ping", this.about, this.patience));
      this.turn(true);
    } catch {
      this.turn(false);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ping(), this.up ? this.beat : 0.4 * this.beat);
  }

  /** @param {any} message */
  hear(message) {
    if (message?.host === "down") {
      this.turn(false);
      this.drop();
    } else if (message?.host === "up") {
      this.ping();
    }
    const waiting = this.waiting.get(message?.reply_to);
    if (!waiting) return;
    this.waiting.delete(message.reply_to);
    clearTimeout(waiting.timer);
    this.turn(true);
    waiting.resolve(message);
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
