// @ts-check
// How much time the class has left: heard from the kernel, and counted on between two times it is heard.

import { h } from "./dom.js";
import { clock } from "./words.js";

const LAST = 60_000; // milliseconds of which it is said that they are the last

/** A clock that counts down; hidden until there is something to count. */
export class Clock {
  /** @param {import("./words.js").Tell} t @param {string} language @param {(words: string) => void} [say] what is done with what is to be heard */
  constructor(t, language, say = () => {}) {
    this.t = t;
    this.language = language;
    this.say = say;
    this.until = NaN;
    this.element = h("p", { class: "coprod-clock", hidden: true });
  }

  /** The time of day at which it ends. */
  get end() {
    return clock(new Date(this.until).toISOString(), this.language);
  }

  get running() {
    return !Number.isNaN(this.until);
  }

  /** How many seconds are left; null for no clock. @param {number | null | undefined} left */
  hear(left) {
    const until = left == null ? NaN : Date.now() + left * 1000;
    if (Math.abs(until - this.until) < 1500) return; // the same, after another way through the kernel
    this.until = until;
    this.before = until - Date.now();
    clearInterval(this.timer);
    if (this.running) this.timer = setInterval(() => this.show(), 500);
    this.show();
  }

  show() {
    const { t } = this;
    this.element.hidden = !this.running;
    if (!this.running) return;
    const left = this.until - Date.now();
    const seconds = Math.max(0, Math.ceil(left / 1000));
    const words = left > 0 ? t("clock_left", { left: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`, until: this.end }) : t("clock_up");
    if (this.element.textContent !== words) this.element.textContent = words;
    this.element.toggleAttribute("data-up", left <= 0);
    const was = /** @type {number} */ (this.before);
    this.before = left;
    if (was > 0 && left <= 0) this.say(t("clock_up"));
    else if (was > LAST && left <= LAST) this.say(t("clock_last"));
  }

  close() {
    clearInterval(this.timer);
  }
}
