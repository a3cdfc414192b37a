// @ts-check
// The class's clock on the moderating wall: to start, to give a minute more, to stop.

import { Clock } from "../shared/clock.js";
import { h } from "../shared/dom.js";
import { whyNot } from "./frame.js";
import { button } from "./text.js";

const USUAL = { joining: 5, writing: 15, sharing: 10, discussion: 15 }; // minutes in a lesson of fifty
const LONGEST = 240;

export class WallClock {
  /** @param {any} wall */
  constructor(wall) {
    const { t } = wall;
    this.wall = wall;
    this.phase = "";
    this.clock = new Clock(t, wall.language, (words) => wall.say(words));
    this.minutes = h("input", { type: "number", id: wall.id("minutes"), min: 1, max: LONGEST, inputmode: "numeric", required: true });
    this.starting = h("form", { class: "coprod-row", novalidate: true, onsubmit: (/** @type {Event} */ event) => this.start(event) },
      h("label", { for: wall.id("minutes") }, t("clock")), this.minutes, h("span", {}, t("clock_minutes")), h("button", { "data-do": "clock-start" }, t("clock_start")));
    this.going = h("div", { class: "coprod-row", hidden: true }, this.clock.element,
      button("clock-more", t("clock_more"), () => this.set(1, true)), button("clock-stop", t("clock_stop"), () => this.stop()));
    this.element = h("div", { class: "coprod-clocks" }, this.starting, this.going);
  }

  /** @param {string} phase @param {number | null} left */
  show(phase, left) {
    if (phase !== this.phase && phase in USUAL) this.minutes.value = String(USUAL[/** @type {keyof typeof USUAL} */ (phase)]);
    this.phase = phase;
    this.clock.hear(left);
    const { running } = this.clock;
    const focused = this.element.contains(document.activeElement);
    this.element.hidden = phase === "closed" && !running;
    this.going.hidden = !running;
    this.starting.hidden = running;
    const there = document.activeElement;
    if (focused && !(there instanceof HTMLElement && there.offsetParent)) (running ? this.going : this.starting).querySelector("button")?.focus();
  }

  /** @param {Event} event */
  async start(event) {
    event.preventDefault();
    const minutes = Math.round(Number(this.minutes.value));
    if (!(minutes >= 1)) return this.wall.say(this.wall.t("clock_how_long", { longest: LONGEST }));
    if (await this.set(minutes, false)) this.wall.say(this.wall.t("clock_started", { until: this.clock.end }));
  }

  async stop() {
    if (await this.set(0, false)) this.wall.say(this.wall.t("clock_stopped"));
  }

  /** @param {number} minutes @param {boolean} more */
  async set(minutes, more) {
    const { wall } = this;
    const reply = await wall.answers.ask("time", { minutes, more });
    if (!reply.ok) wall.say(whyNot(wall.t, reply));
    else this.show(this.phase, reply.left);
    return reply.ok;
  }
}
