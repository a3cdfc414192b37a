// @ts-check
// The way into a session, for the back row: address, code, QR code, and how far the class is.

import { Clock } from "../shared/clock.js";
import { fill, fillScreen, h, keepKeys } from "../shared/dom.js";
import { Line } from "../shared/channel.js";
import { qr } from "../shared/qr.js";
import { telling } from "../shared/words.js";

const LOOK = 1500; // milliseconds between two looks at the counts
const COUNTS = ["joined", "writing", "handed_in"];

class Panel {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.t = telling(model.get("words"));
    this.line = new Line(model, () => this.report());
    this.broken = this.said = "";
    this.note = h("p", { class: "coprod-note", role: "status" });
    this.clock = new Clock(this.t, model.get("language"));
    this.place = h("div", { class: "coprod-place" }, h("p", {}, this.t("loading")));
    this.root = h("section", { class: "coprod-join", lang: model.get("language") }, this.place, this.note);
    keepKeys(this.root);
    el.append(this.root);
  }

  async begin() {
    this.line.open();
    this.leaving = new AbortController();
    document.addEventListener("fullscreenchange", () => this.turned(), { signal: this.leaving.signal });
    await this.hello();
  }

  async hello() {
    const reply = await this.line.ask("hello").catch(() => ({ ok: false }));
    if (this.closed) return;
    if (!reply.ok) this.timer = setTimeout(() => this.hello(), LOOK);
    else this.show(reply);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.leaving?.abort();
    this.clock.close();
    this.line.close();
  }

  /** @param {any} told */
  show(told) {
    const { t } = this;
    this.link = told.link;
    const spoken = [...told.code].filter((sign) => /[\p{L}\p{N}]/u.test(sign)).join(" ");
    this.numbers = new Map(COUNTS.map((one) => [one, h("dd", {}, "–")]));
    this.counts = h("dl", { class: "coprod-counts", hidden: !told.counting }, ...COUNTS.map((one) => h("div", {}, h("dt", {}, t(`count_${one}`)), this.numbers?.get(one))));
    this.full = h("button", { type: "button", onclick: () => this.fullScreen() }, t("full"));
    this.by_hand = h("div", { class: "coprod-by-hand" });
    fill(this.place,
      h("h2", { dir: "auto" }, told.title),
      told.local && h("p", { class: "coprod-warning" }, t("only_here")),
      h("div", { class: "coprod-ways" },
        h("div", { class: "coprod-typing" },
          h("p", { class: "coprod-step" }, t("open")), h("p", { class: "coprod-address", dir: "ltr", translate: "no" }, told.address),
          h("p", { class: "coprod-step" }, t("code")), h("p", { class: "coprod-code", dir: "ltr", translate: "no" }, h("span", { "aria-hidden": "true" }, told.code), h("span", { class: "coprod-unseen" }, t("code_spoken", { code: spoken })))),
        h("div", { class: "coprod-scanning" }, qr(told.qr, t("qr")), h("p", { class: "coprod-step" }, t("or_scan")))),
      h("div", { class: "coprod-foot" }, this.counts, this.clock.element),
      h("div", { class: "coprod-row" }, h("button", { type: "button", onclick: () => this.copy() }, t("copy")), this.full), this.by_hand);
    if (told.counting) this.poll();
  }

  async poll() {
    const reply = await this.line.ask("counts").catch(() => ({ ok: false }));
    if (this.closed) return;
    this.broken = reply.ok ? "" : "store";
    if (reply.ok) this.clock.hear(reply.left);
    for (const [one, place] of this.numbers ?? []) {
      const number = String(reply.counts?.[one] ?? place.textContent);
      if (place.textContent !== number) place.textContent = number;
    }
    this.ended = reply.phase === "closed";
    this.root.toggleAttribute("data-closed", this.ended);
    this.report();
    this.timer = setTimeout(() => this.poll(), LOOK);
  }

  report() {
    const { t } = this;
    const words = !this.line.up ? t("no_answer") : this.broken ? t("no_store") : this.ended ? t("phase_closed") : "";
    if (words === this.said) return;
    this.said = words;
    this.note.textContent = words;
  }

  /** Copy the link. On plain http there is no clipboard for a page, so a field holds it, selected. */
  async copy() {
    const { t } = this;
    try {
      await navigator.clipboard.writeText(this.link);
      fill(this.by_hand);
      this.note.textContent = t("copied");
    } catch {
      const field = h("input", { readonly: true, "aria-label": t("link"), value: this.link });
      fill(this.by_hand, h("p", {}, t("copy_by_hand")), field);
      field.focus();
      field.select();
    }
  }

  async fullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    if (!(await fillScreen(this.root))) this.note.textContent = this.t("no_full");
  }

  turned() {
    if (this.full) this.full.textContent = this.t(document.fullscreenElement === this.root ? "leave_full" : "full");
  }
}

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const panel = new Panel(model, el);
  panel.begin();
  return () => panel.close();
}

export default { render };
