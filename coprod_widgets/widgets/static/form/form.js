// @ts-check
// The learner's form: one part of the self-study at a time, every text saved as it is written.

import { Box } from "./box.js";
import { ACTORS, drawCanvas, inRole } from "./canvas.js";
import { askColleague, Consents } from "./consent.js";
import { Course } from "./class_info.js";
import { fill, h, keepKeys } from "../shared/dom.js";
import { Drafts } from "./drafts.js";
import { Line } from "../shared/channel.js";
import { aboutPage, printPage, privacyPage, receiptPage, reviewPage, showErrors, startPage, yoursPage } from "./pages.js";
import { around, fitting } from "../shared/typed.js";
import { clock, dayOf, speak, telling } from "../shared/words.js";

// Why a text is not stored that may be stored later; the last three, where another version of the page is served by now.
const UNSTORED = ["store", "unknown_question", "unusable", "elsewhere"];
const NOTHING = { text: "", number: 0, saved_at: "" };

class Form {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.study = model.get("study");
    this.wholePage = model.get("whole_page");
    // A few questions at the end of a lesson stand there at once: no start, no parts, no review, nothing to hand in.
    this.lesson = model.get("lesson");
    // One question alone would leave five of the six fields empty for ever.
    this.hasCanvas = this.questions().filter((/** @type {any} */ question) => question.actor && question.aspect).length > 1;
    this.language = this.study.language;
    const told = telling(model.get("words"));
    // Each text that says where words are kept says it of now: a browser's storage can fail at any moment.
    /** @type {import("../shared/words.js").Tell} */
    this.t = (key, values = {}) => told(key, { ...this.whereKept(told), ...values });
    this.name = `coprod-${Math.random().toString(36).slice(2, 8)}`;
    this.course = new Course(this);
    this.drafts = new Drafts(this.study.key, this.course.name);
    this.line = new Line(model, (up) => this.turned(up), (told) => this.beat(told));
    this.line.about = { course: this.course.name };
    this.ready = false;
    this.memory = false;
    this.keepsRevisions = false;
    this.longest = 0;
    this.edition = ""; // another one says that other texts are stored now, as after a backup was put back
    /** @type {number | undefined} */
    this.retry = undefined;
    /** @type {any[]} answers to questions that are not asked any more */
    this.earlier = [];
    this.place = this.drafts.place;
    this.handedIn = "";
    this.told = { first: false, trouble: false };
    this.consents = new Consents(this);
    this.keptUntil = "";
    /** @type {Map<string, Box>} */
    this.boxes = new Map();
    this.draw(el);
  }

  // --- words ---

  /** @param {string} text @returns {any[]} */
  inRoles(text) {
    const words = Object.entries(this.roles()).map(([actor, role]) => [actor, inRole(this.t, actor, role)]);
    return around(text, Object.fromEntries(words));
  }

  /** The words in use for the two actors: the learner's own, once given, as they stand behind "the". @returns {Record<string, string>} */
  roles() {
    const own = Object.fromEntries(this.study.roles.map((/** @type {any} */ role) =>
      [role.actor, this.boxes.get(role.key)?.answered ? fitting(this.boxes.get(role.key)?.text ?? "", this.language) : ""]));
    return Object.fromEntries(ACTORS.map((actor) => [actor, own[actor] || this.t(actor)]));
  }

  /** What fills `{kept}` and `{where}` in the form's words. @param {import("../shared/words.js").Tell} told */
  whereKept(told) {
    return this.drafts?.works === false
      ? { kept: told("kept_page"), where: told("where_page") }
      : { kept: told("kept_browser"), where: told("where_browser") };
  }

  /** @param {string} iso @param {boolean} [withDay] */
  clock(iso, withDay = false) {
    return clock(iso, this.language, withDay);
  }

  /** A day without the time, as it is kept: in UTC. @param {string} iso */
  day(iso) {
    return dayOf(iso, this.language);
  }

  /** @param {string} name */
  id(name) {
    return `${this.name}-${name}`;
  }

  /** @param {any} question */
  promptId(question) {
    return this.id(`prompt-${this.sectionOf(question.key)}-${question.number}`);
  }

  // --- drawing ---

  /** @param {HTMLElement} el */
  draw(el) {
    for (const question of this.study.roles) this.boxes.set(question.key, new Box(this, question, { lines: 1 }));
    for (const section of this.study.sections)
      for (const question of section.questions) this.boxes.set(question.key, new Box(this, question));
    this.contents = h("ol", {});
    this.progress = h("span", { class: "coprod-progress" });
    this.status = h("span", { class: "coprod-status", "data-state": "quiet" });
    this.saveNow = h("button", { type: "button", class: "coprod-quiet", onclick: () => this.saveAll(true) }, this.t("save_now"));
    this.banner = h("div", { class: "coprod-banner", hidden: true });
    this.unkept = h("div", { class: "coprod-unkept", hidden: true });
    this.polite = h("div", { class: "coprod-unseen", role: "status" });
    this.alarm = h("div", { class: "coprod-unseen", role: "alert" });
    this.page = h("div", { class: "coprod-page" });
    this.print = h("div", { class: "coprod-print" });
    this.canvas = h("aside", { class: "coprod-aside", "aria-label": this.t("canvas_title") });
    this.toggle = h("button", { type: "button", class: "coprod-quiet coprod-toggle", "aria-expanded": "false", "aria-controls": this.id("contents"),
      onclick: () => this.openContents(this.toggle.getAttribute("aria-expanded") !== "true") }, this.t("contents"));
    const bar = h("div", { class: "coprod-bar" }, !this.lesson && this.toggle, this.progress, h("span", { class: "coprod-state" }, this.status, this.saveNow));
    this.nav = h("nav", { id: this.id("contents"), class: "coprod-contents", "aria-label": this.t("contents") }, this.contents);
    const more = h("div", { class: "coprod-more" }, ...["yours", "privacy", ...(this.study.credits.length ? ["about"] : [])].map((step) =>
      h("button", { type: "button", class: "coprod-link", onclick: () => this.go(step) }, this.t(step))));
    this.root = h("div", { class: "coprod-form", lang: this.language, "data-whole": this.wholePage, "data-lesson": this.lesson },
      bar, !this.lesson && this.nav, this.course.line, this.banner, this.unkept, this.page, (this.wholePage || !this.lesson) && this.course.support, !this.lesson && more, this.polite, this.alarm, this.print);
    keepKeys(this.root);
    el.append(this.root);
  }

  /** @param {string} words */
  heading(words) {
    return h(this.wholePage ? "h1" : "h2", { class: "coprod-heading", tabindex: "-1", id: this.id("heading") }, words);
  }

  steps() {
    return ["start", ...this.study.sections.map((/** @type {any} */ section) => section.key), "review"];
  }

  /** @param {string} key of a question */
  sectionOf(key) {
    const found = this.study.sections.find((/** @type {any} */ section) => section.questions.some((/** @type {any} */ question) => question.key === key));
    return (found ?? this.study.sections[0]).key;
  }

  /** What is written of one field of the canvas; null where no question asks about it. @param {string} actor @param {string} aspect */
  textAt(actor, aspect) {
    const asked = this.study.sections.flatMap((/** @type {any} */ section) => section.questions)
      .filter((/** @type {any} */ question) => question.actor === actor && question.aspect === aspect);
    return !asked.length ? null : asked.map((/** @type {any} */ question) => this.boxes.get(question.key)?.text ?? "").join("\n").trim();
  }

  /** @param {any} section */
  sectionPage(section) {
    const index = this.study.sections.indexOf(section);
    const steps = this.steps();
    const at = steps.indexOf(section.key);
    const fields = [];
    let prompt = "";
    for (const question of section.questions) {
      if (question.part && question.prompt !== prompt)
        fields.push(h("p", { class: "coprod-prompt", id: this.promptId(question) }, h("span", { class: "coprod-number" }, `${question.number}. `), question.prompt));
      prompt = question.prompt;
      fields.push(/** @type {Box} */ (this.boxes.get(question.key)).element);
    }
    const roles = index === 0 && this.study.roles.length > 0 && h("fieldset", { class: "coprod-roles" },
      h("legend", {}, this.t("roles_title")), h("p", { class: "coprod-hint" }, this.t("roles_text")),
      ...this.study.roles.map((/** @type {any} */ role) => this.boxes.get(role.key)?.element));
    if (this.lesson) return [this.heading(this.study.title), h("p", {}, this.study.lead),
      h("fieldset", {}, h("legend", { class: "coprod-unseen" }, section.title), ...fields)];
    return [
      this.heading(this.t("part_of", { n: index + 1, of: this.study.sections.length, title: section.title })),
      roles,
      h("fieldset", { "aria-describedby": index ? null : this.id("names") }, h("legend", { class: section.text ? "coprod-prompt" : "coprod-unseen" },
        h("span", { class: "coprod-number" }, `${section.letter}. `), section.text || section.title),
        !index && h("p", { id: this.id("names"), class: "coprod-names" }, this.t("names_not"), " ", h("em", {}, this.t("names_but"))), ...fields),
      this.hasCanvas && this.canvas,
      h("p", { class: "coprod-buttons" },
        h("button", { type: "button", onclick: () => this.go(steps[at - 1]) }, this.t("back")),
        h("button", { type: "button", class: "coprod-main", onclick: () => this.go(steps[at + 1]) }, this.t(at + 2 === steps.length ? "to_review" : "continue"))),
    ];
  }

  drawContents() {
    const row = (/** @type {string} */ step, /** @type {string} */ words, /** @type {string} */ small = "") =>
      h("li", {}, h("button", { type: "button", class: "coprod-link", "aria-current": step === this.step ? "step" : null, onclick: () => this.go(step) },
        h("span", {}, words), small && h("span", { class: "coprod-small" }, small)));
    fill(this.contents,
      row("start", this.t("start_short")),
      ...this.study.sections.map((/** @type {any} */ section) => row(section.key, `${section.letter}. ${section.title}`,
        this.t("answered_of", { n: this.answered(section.questions), of: section.questions.length }))),
      row("review", this.t("review")),
      ...(this.handedIn ? [row("receipt", this.t("receipt"))] : []),
      ...(this.course.sharing ? [row("class", this.t("class_title"))] : []));
    this.progress.textContent = this.t("answered", { n: this.answered(), of: this.questions().length });
  }

  /** @param {boolean} open */
  openContents(open) {
    this.toggle.setAttribute("aria-expanded", String(open));
    this.root.toggleAttribute("data-contents", open);
  }

  questions() {
    return this.study.sections.flatMap((/** @type {any} */ section) => section.questions);
  }

  /** @param {any[]} [questions] */
  answered(questions = this.questions()) {
    return questions.filter((question) => this.boxes.get(question.key)?.answered).length;
  }

  /** Is there text in any box, a role's too, or an answer to an earlier question? */
  written() {
    return this.earlier.length > 0 || [...this.boxes.values()].some((box) => box.answered);
  }

  /** Texts changed: the contents, the canvas and the hints follow. */
  changed() {
    if (!this.page || this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.drawContents();
      for (const box of this.boxes.values()) box.retell();
      fill(this.canvas, drawCanvas(this.t, this.roles(), (actor, aspect) => this.textAt(actor, aspect)));
    });
  }

  /** @param {boolean} [blank] what Ctrl-P prints: the answers, or the blank form where there are none */
  fillPrint(blank = !this.answered()) {
    fill(this.print, printPage(this, blank));
  }

  // --- moving about ---

  lastPlace() {
    return this.place && this.place !== "start" ? this.place : "";
  }

  /**
   * Show a step, or a step and one of its boxes (`b/patient_plan`).
   * @param {string} place
   * @param {{ push?: boolean, focus?: boolean }} [how]
   */
  go(place, { push = true, focus = true } = {}) {
    const [step, question] = (this.lesson ? this.study.sections[0].key : place).split("/");
    const section = this.study.sections.find((/** @type {any} */ one) => one.key === step);
    /** @type {Record<string, (form: any) => any[]>} */
    const pages = { review: reviewPage, receipt: receiptPage, yours: yoursPage, privacy: privacyPage, about: aboutPage, class: (form) => form.course.page() };
    const open = step === "receipt" ? this.handedIn : step === "class" ? this.course.sharing : this.isStep(step);
    this.step = section || open ? step : "start";
    this.course.show();
    for (const box of this.boxes.values()) if (box.dirty) box.save();
    fill(this.page, ...(section ? this.sectionPage(section) : (pages[this.step] ?? startPage)(this)));
    this.page.dataset.step = section ? "section" : this.step;
    for (const box of this.boxes.values()) if (box.element.isConnected) box.measure();
    this.openContents(false);
    this.changed();
    this.title(false);
    if (push && this.wholePage) addressed(() => history.pushState({ place }, "", `#${this.step}`));
    if (section || step === "review") this.remember(place);
    if (!focus) return;
    const box = question && this.boxes.get(question);
    if (box) box.area.focus();
    else this.page.querySelector(".coprod-heading").focus();
    (box ? box.element : this.root).scrollIntoView({ block: box ? "center" : "start" });
  }

  /** @param {boolean} error */
  title(error) {
    if (!this.wholePage) return;
    const heading = this.page.querySelector(".coprod-heading")?.textContent;
    document.title = (error ? this.t("error_title") : "") + (this.step === "start" ? this.study.title : `${heading} – ${this.study.title}`);
  }

  /** @param {string} key of the question whose box has the focus */
  stand(key) {
    if (this.boxes.get(key)?.lines !== 1) this.remember(`${this.step}/${key}`);
  }

  /** @param {string} place */
  remember(place) {
    if (place === this.place) return;
    this.place = place;
    this.drafts.place = place;
    clearTimeout(this.placeTimer);
    this.placeTimer = setTimeout(() => {
      if (this.ready && this.line.up && this.known) this.ask("place", { place }).catch(() => {});
    }, 1000);
  }

  // --- saving ---

  /** @param {string} ask @param {Record<string, any>} [content] @param {number} [patience] */
  ask(ask, content = {}, patience = undefined) {
    return this.line.ask(ask, { device: this.drafts.device(), ...this.line.about, ...content }, patience);
  }

  /** Begin: what the store has, what this browser kept, and the place. */
  async begin() {
    this.line.open();
    const offered = /^#resume=(.+)$/.exec(location.hash);
    if (this.wholePage && offered) {
      this.offeredCode = decoded(offered[1]);
      addressed(() => history.replaceState(null, "", location.pathname + location.search));
    }
    let step = this.wholePage && this.isStep(location.hash.slice(1)) && location.hash.slice(1);
    await Promise.race([this.hello(), new Promise((resolve) => setTimeout(resolve, 3000))]);
    if (this.offeredCode && this.ready && !this.known) await this.resumeWithLink();
    if (!this.drafts.works && !this.known) step = "start"; // reloaded, and its text is gone from here: there a resume code is asked for
    const place = step && !this.place.startsWith(`${step}/`) ? step : this.place;
    const another = this.offeredCode && this.known && bare(this.offeredCode) !== bare(this.drafts.read("code") ?? "");
    if (this.known) this.offeredCode = "";
    this.go(this.offeredCode ? "start" : place || "start", { push: false, focus: Boolean(place) });
    if (another) this.refuse("resume_another");
    this.listen();
  }

  async resumeWithLink() {
    const code = this.offeredCode;
    const reply = await this.resume(/** @type {string} */ (code));
    if (!reply.ok) return;
    this.offeredCode = "";
    await this.resumed(reply.code);
  }

  /** Let this browser in with a code, unless somebody's text is here already: it would stay behind. @param {string} code */
  async resume(code) {
    if (!this.ready || this.written()) return { ok: false, problem: "no_answer" };
    return this.ask("resume", { code }).catch(() => ({ ok: false, problem: "no_answer" }));
  }

  /** Another window left this browser: so does this one, once its own text is stored. @param {string} key */
  async leftElsewhere(key) {
    if (key !== this.drafts.key) return;
    await this.saveAll();
    if (this.gone || this.pending().length) return;
    this.drafts.key = undefined;
    this.empty();
  }

  listen() {
    this.drafts.onleft = (key) => this.leftElsewhere(key);
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const looking = setInterval(() => this.notice(), this.line.beat);
    signal.addEventListener("abort", () => clearInterval(looking));
    const away = () => {
      for (const box of this.boxes.values()) if (box.dirty) box.save(true);
    };
    window.addEventListener("pagehide", away, { signal });
    this.line.onleave = away; // before the served page ends its kernel
    window.addEventListener("beforeprint", () => this.print.firstChild || this.fillPrint(), { signal });
    window.addEventListener("afterprint", () => fill(this.print), { signal });
    window.addEventListener("beforeunload", (event) => {
      if (this.drafts.works || this.gone || !this.pending().length) return;
      event.preventDefault(); // what is only on this page goes with it: the browser asks first
      event.returnValue = true;
    }, { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? away() : this.hello()), { signal });
    if (this.wholePage)
      window.addEventListener("popstate", (event) => {
        const place = event.state?.place ?? (location.hash.slice(1) || "start");
        if (location.hash.startsWith("#resume=")) location.reload(); // a resume link, put into the open page
        else if (this.isStep(place.split("/")[0])) this.go(place, { push: false }); // else a link on the page, such as "Skip to …"
      }, { signal });
  }

  /** Some tools put text into a box without an event: what is there counts as written, with every heartbeat. */
  notice() {
    for (const box of this.boxes.values()) if (box.area.value !== box.noticed) box.written();
  }

  /** @param {string} step */
  isStep(step) {
    if (step === "about") return this.study.credits.length > 0;
    return [...this.steps(), "receipt", "yours", "privacy", "class"].includes(step);
  }

  /** What a heartbeat brings along. @param {any} told */
  beat(told) {
    this.course.hear(told);
    this.report(); // a page may be open over midnight
    if (this.edition && told.edition && told.edition !== this.edition) this.hello();
  }

  /** What does the store have? Asked at the start, after a break, and when the page is looked at again. */
  async hello() {
    let reply;
    try {
      reply = await this.ask("hello");
    } catch {
      return;
    }
    if (!reply.ok) return this.failed(reply.problem);
    this.failed(null);
    const first = !this.ready;
    this.memory = reply.kept === "notebook";
    this.keepsRevisions = true;
    this.longest = reply.longest;
    const replaced = Boolean(!first && this.edition && reply.edition && reply.edition !== this.edition);
    this.edition = reply.edition ?? "";
    if (!first && !(replaced && reply.known) && [...this.boxes].some(([key, box]) => box.base > (reply.answers[key]?.number ?? 0))) return this.wasDeleted();
    this.known = reply.known;
    this.course.hear(reply);
    this.handedIn = reply.handed_in_at ?? "";
    this.keptUntil = reply.until ?? "";
    this.consents.settle(reply.choices);
    this.place ||= reply.place ?? "";
    // A page of an earlier version still has a box for what the study has dropped since.
    this.showEarlier((reply.earlier ?? []).filter((/** @type {any} */ one) => !this.boxes.has(one.question)));
    let fresh = false;
    let again = false;
    for (const [key, box] of this.boxes) {
      const revision = reply.answers[key] ?? NOTHING;
      if (replaced && box.lost(revision)) again ||= !box.choice; // where there is a choice nothing is stored before it is made
      else if (!first || box.dirty) fresh = box.refresh(revision) || fresh;
      else {
        box.settle(revision);
        box.put(revision.text);
      }
    }
    if (fresh && this.step === "review") this.go("review", { push: false, focus: false }); // what is handed in is what is shown
    if (first) {
      for (const { question, page, draft } of await this.drafts.left()) this.takeUp(question, page, draft, reply.answers[question]);
      this.ready = true;
      this.storeUnasked();
    }
    this.changed();
    this.saveAll();
    if (again) this.say(this.t("stored_again"), true);
  }

  /** The answers to questions that are not asked any more, wherever they are on screen. @param {any[]} earlier */
  showEarlier(earlier) {
    const same = JSON.stringify(earlier) === JSON.stringify(this.earlier);
    this.earlier = earlier;
    if (!same && this.ready && ["review", "yours"].includes(this.step)) this.go(this.step, { push: false, focus: false });
  }

  /** A draft of a question that is not asked any more has no box: it goes to the store, where it can be read. */
  async storeUnasked() {
    const { version } = this.study;
    let stored = false;
    for (const { question, page, draft } of await this.drafts.left()) {
      if (this.boxes.has(question)) continue;
      const reply = await this.ask("save", { question, text: draft.text, base: draft.base, version }).catch(() => ({ ok: false }));
      if (!reply.ok) continue; // it stays in this browser
      this.drafts.drop(question, page);
      stored = true;
    }
    if (stored) await this.hello();
  }

  /** Delete one answer to a question that is not asked any more. @param {string} question */
  async removeEarlier(question) {
    const reply = await this.ask("remove", { question }).catch(() => ({ ok: false }));
    if (reply.problem === "gone") return this.wasDeleted();
    if (!reply.ok) return this.refuse("delete_failed");
    this.earlier = this.earlier.filter((one) => one.question !== question);
    this.go(this.step, { push: false });
    this.say(this.t("earlier_deleted"));
  }

  /** @param {string} question @param {string} page @param {any} draft @param {any} stored */
  takeUp(question, page, draft, stored) {
    const box = this.boxes.get(question);
    if (!box || box.dirty || box.choice) return; // an older draft waits until the newer one is settled
    if (draft.text !== box.saved.text) box.adopt(draft, stored);
    this.drafts.drop(question, page);
  }

  /** @param {boolean} [asked] by the learner, who then wants to hear of it */
  async saveAll(asked = false) {
    if (asked && !this.line.up) this.line.ping();
    await Promise.all([...this.boxes.values()].map((box) => box.dirty && box.save()));
    this.report();
    if (asked && !this.pending().length) this.say(this.status.textContent ?? "");
    if (asked && this.pending().length) this.speakWhenSaved = true;
  }

  pending() {
    return [...this.boxes.values()].filter((box) => box.dirty || box.sending);
  }

  /** Of these, the ones that can be stored: their part is open. */
  storing() {
    return this.pending().filter((box) => box.sending || !box.waits);
  }

  /** The first part with a text that waits until the part opens again; none while the whole session is closed. */
  waiting() {
    const box = !this.course.closed && [...this.boxes.values()].find((one) => one.waits);
    return box ? this.study.sections.find((/** @type {any} */ section) => section.key === this.sectionOf(box.question.key)) : null;
  }

  /** @param {string | null} problem with the store as a whole */
  failed(problem) {
    this.problem = problem;
    if (problem) this.retry ??= setInterval(() => this.hello(), 4000);
    else if (this.retry) {
      clearInterval(this.retry);
      this.retry = undefined;
    }
    this.report();
  }

  savedFirst() {
    if (!this.known && this.place) this.ask("place", { place: this.place }).catch(() => {});
    this.known = true;
    if (!this.told.first && !this.pending().some((box) => box.dirty)) {
      this.told.first = true;
      this.say(this.t("saved_first"));
    }
  }

  /** Say the one true thing about saving. */
  report() {
    if (!this.status) return;
    const boxes = [...this.boxes.values()];
    const pending = this.pending();
    const halted = pending.length > 0 && !this.storing().length;
    const stuck = boxes.some((box) => UNSTORED.includes(box.problem ?? "")) || this.problem;
    if (stuck && !this.retry && this.ready) this.failed(this.problem ?? "store");
    if (!stuck && this.retry) return this.failed(null);
    const broken = !halted && pending.length > 0 && (!this.line.up || Boolean(stuck)) || Boolean(this.problem && !this.ready);
    const state = this.gone ? "gone" : halted ? "closed" : broken ? "broken" : boxes.some((box) => box.choice || box.refusal) ? "choice" : pending.length ? "saving" : "saved";
    const last = boxes.map((box) => box.saved.at).sort().at(-1);
    const words = {
      gone: "",
      closed: this.course.closed ? this.t("status_closed") : this.t("status_part_closed", this.waiting() ?? {}),
      broken: this.t(this.drafts.works ? "status_broken" : "status_broken_page"),
      choice: this.t(boxes.some((box) => box.choice) ? "status_choice" : "status_refused"),
      saving: this.t("status_saving"),
      saved: last ? this.t(this.memory ? "status_memory" : "status_saved", { time: this.clock(last) }) : "",
    }[state];
    const held = state === "choice" && boxes.find((box) => box.choice || box.refusal);
    if (held) this.showHeld(held, words, last ? this.t("status_saved", { time: this.clock(last) }) : "");
    else if (this.status.textContent !== words) this.status.textContent = words;
    this.status.dataset.state = words ? state : "quiet";
    this.saveNow.hidden = !words;
    this.showBanner(broken);
    this.showUnkept();
    if (broken && !this.told.trouble) this.say(`${words} ${this.banner.textContent}`, true);
    if (this.told.trouble && state === "saved") this.say(this.t("status_again", { time: this.clock(last || new Date().toISOString()) }));
    if (this.speakWhenSaved && state === "saved") {
      this.speakWhenSaved = false;
      this.say(words);
    }
    if (broken) this.told.trouble = true;
    else if (state === "saved") this.told.trouble = false;
  }

  /** The first answer that needs a choice, as a way to it; and what is true of all others. @param {Box} box @param {string} words @param {string} saved */
  showHeld(box, words, saved) {
    const told = saved ? `${words} ${saved}` : words;
    const { key } = box.question;
    if (this.status.textContent === told && this.status.querySelector("button")?.dataset.key === key) return;
    fill(this.status, h("button", { type: "button", class: "coprod-quiet", "data-key": key, onclick: () => this.go(`${this.sectionOf(key)}/${key}`) }, words),
      saved && h("span", { class: "coprod-rest" }, ` ${saved}`));
  }

  /** @param {boolean} broken */
  showBanner(broken) {
    const words = !this.line.up ? this.bannerOfLine() : broken ? this.t("banner_store") : "";
    this.banner.hidden = !words && !this.gone;
    if (!this.gone && this.banner.textContent !== words) this.banner.textContent = words;
  }

  bannerOfLine() {
    const { works } = this.drafts;
    if (!this.wholePage) return this.t(works ? "banner_kernel" : "banner_kernel_page");
    const { why, said } = this.line;
    if (why === "place") return this.t("banner_place", { place: said });
    if (why === "network") return this.t("banner_network");
    if (why === "server") return this.t("banner_server");
    if (why === "form") return this.t("banner_form");
    return [this.t("banner_line"), works && this.t("banner_reload")].filter(Boolean).join(" ");
  }

  /** This browser keeps nothing: say so before anything is lost, and give the code that opens the text again. */
  showUnkept() {
    const shown = !this.drafts.works && !this.memory && !this.gone;
    const code = this.code ?? this.drafts.read("code") ?? "";
    if (shown && this.known && !code) this.askForCode();
    const said = shown ? code || "later" : "";
    if (said === this.unkeptSaid) return;
    this.unkeptSaid = said;
    this.unkept.hidden = !shown;
    if (!shown) return;
    fill(this.unkept, h("p", {}, this.t("unkept"), " ", this.t(code ? "unkept_code" : "unkept_later")), code && h("p", { class: "coprod-code" }, code));
    this.say(this.unkept.textContent ?? "", true);
  }

  async askForCode() {
    if (this.askingCode || !this.line.up) return;
    this.askingCode = true;
    await this.resumeCode().catch(() => {});
    this.askingCode = false;
    if (this.code) this.report();
  }

  /** Where words are kept has changed: what is on screen about it too. */
  keptElsewhere() {
    for (const box of this.boxes.values()) box.showTrouble();
    if (["privacy", "review"].includes(this.step)) this.go(this.step, { push: false, focus: false });
    this.report();
  }

  /** @param {boolean} up */
  turned(up) {
    if (!up) return this.report();
    for (const box of this.boxes.values()) if (UNSTORED.includes(box.problem ?? "")) box.problem = null;
    this.report();
    this.hello();
  }

  /** @param {string | any[]} words text, or the pieces of it @param {boolean} [loud] */
  say(words, loud = false) {
    if (loud) speak(this.alarm, words, this.polite);
    else speak(this.polite, words, this.alarm);
  }

  // --- handing in, leaving, deleting ---

  /** @param {boolean} [sure] the last question was answered */
  async handIn(sure = false) {
    if (this.handing) return; // a double click is one hand-in
    this.handing = true;
    await this.handInOnce(sure).finally(() => (this.handing = false));
  }

  /** Before something shared is handed in: who might be recognised? */
  lastQuestion() {
    askColleague(this, this.page.querySelector(".coprod-last"), {
      handIn: () => this.handIn(true),
      change: () => this.go("review", { push: false }),
    });
  }

  async handInOnce(sure = false) {
    if (this.course.closed) return showErrors(this, [{ text: this.t("error_closed") }]);
    await this.saveAll();
    for (let tries = 0; tries < 40 && this.storing().some((box) => !box.choice && !box.problem) && this.line.up; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 250));
    const held = [...this.boxes.values()].filter((box) => !box.waits && (box.choice || box.refusal));
    if (held.length) return showErrors(this, held.map((box) => ({ key: box.question.key, text: this.t(box.choice ? "error_choice" : "error_refused", { prompt: box.question.part || box.question.prompt }) })));
    if (!this.answered()) return showErrors(this, [{ text: this.t("error_empty") }]);
    await this.consents.rest();
    if (this.storing().length || !this.line.up) return showErrors(this, [{ text: this.t("error_unsaved") }]);
    if (this.consents.any && !sure) return this.lastQuestion();
    // Nothing is unsaved: which revisions these are says all. Their texts, all at once, could be too long for a message.
    const revisions = Object.fromEntries([...this.boxes].map(([key, box]) => [key, box.revision]));
    const reply = await this.ask("hand_in", { revisions }).catch(() => ({ problem: "no_answer" }));
    if (reply.ok) {
      this.handedIn = reply.handed_in_at;
      this.go("receipt");
      return this.say(this.t("receipt_when", { time: this.clock(this.handedIn, true) }));
    }
    if (reply.problem === "mismatch") {
      await this.hello();
      return showErrors(this, reply.questions.map((/** @type {string} */ key) => ({ key, text: this.t("error_mismatch", { prompt: this.boxes.get(key)?.question.prompt }) })));
    }
    if (reply.problem === "gone") return this.wasDeleted();
    if (reply.problem === "closed") this.course.shut();
    if (reply.problem === "closed") return showErrors(this, [{ text: this.t("error_closed") }]);
    showErrors(this, [{ text: this.t(reply.problem === "no_answer" ? "error_unsaved" : "error_store") }]);
  }

  /** Were answers changed after they were handed in? */
  changedSince() {
    return Boolean(this.handedIn) && [...this.boxes.values()].some((box) => (box.dirty && !box.waits) || box.saved.at > this.handedIn);
  }

  /** @param {string} code */
  resumeLink(code) {
    return `${location.origin}${location.pathname}${location.search}#resume=${code}`;
  }

  /** The resume code: made once, then kept by this browser, for the store has only its digest. */
  async resumeCode() {
    const code = this.drafts.read("code") ?? this.code;
    const address = `${location.origin}${location.pathname}${location.search}`;
    const reply = await this.ask("code", { address, code });
    if (reply.ok) this.drafts.write("code", (this.code = reply.code));
    return reply;
  }

  /** Another device's self-study goes on here. @param {string} code as the kernel gave it back */
  async resumed(code) {
    this.code = code; // a browser that keeps nothing would ask for another, which ends this one
    this.drafts.write("code", code);
    this.ready = false;
    this.place = "";
    for (const box of this.boxes.values()) box.fold();
    await this.hello();
    this.offeredCode = "";
    this.go(this.lastPlace() || "start");
    this.say(this.t("resumed"));
  }

  /** On a shared computer: nothing of this learner stays in this browser. */
  async leave() {
    await this.saveAll();
    for (const { question, page, draft } of await this.drafts.left()) {
      const box = this.boxes.get(question);
      this.takeUp(question, page, draft, { number: box?.base, text: box?.saved.text, saved_at: box?.saved.at });
    }
    if (this.storing().length) return this.refuse("leave_unsaved");
    if (this.pending().length && !this.leavesText) {
      this.leavesText = true;
      return this.refuse("leave_closed");
    }
    this.drafts.channel?.postMessage({ left: this.drafts.key });
    this.drafts.clear();
    this.empty();
    this.say(this.t("left"));
  }

  async deleteAll() {
    const reply = await this.ask("delete").catch(() => ({ ok: false }));
    if (!reply.ok && reply.problem !== "gone") return this.refuse("delete_failed");
    this.drafts.clear();
    this.empty();
    const words = reply.problem === "gone" ? this.t("delete_nothing") : this.t("deleted", {
      answers: this.t(reply.answers === 1 ? "deleted_answers_one" : "deleted_answers", { n: reply.answers }),
      versions: this.t(reply.revisions === 1 ? "deleted_versions_one" : "deleted_versions", { n: reply.revisions }),
    });
    this.page.querySelector(".coprod-heading").after(h("p", { class: "coprod-note" }, words));
    this.say(words);
  }

  /** Say on the page, and aloud, why something was not done. @param {string} why */
  refuse(why) {
    this.page.querySelector(".coprod-refused")?.remove();
    this.page.querySelector(".coprod-heading").after(h("p", { class: "coprod-error coprod-refused" }, this.t(why)));
    this.page.querySelector(".coprod-heading").scrollIntoView({ block: "center" });
    this.say(this.t(why), true);
  }

  /** An empty form, as on a first visit. */
  empty() {
    this.code = undefined;
    fill(this.print);
    for (const box of this.boxes.values()) {
      box.fold();
      box.settle(NOTHING);
      box.put("");
      box.hints.forget();
    }
    this.place = "";
    this.earlier = [];
    this.handedIn = "";
    this.known = false;
    this.gone = false;
    this.consents.empty();
    this.go("start");
    this.report();
  }

  /** What this page shows is no longer in the store: another window deleted it, or the store is another one. */
  wasDeleted() {
    if (this.gone) return;
    this.gone = true;
    this.banner.hidden = false;
    fill(this.banner, h("p", {}, this.t("gone")), h("p", { class: "coprod-buttons" },
      h("button", { type: "button", onclick: () => this.keepAnew() }, this.t("gone_keep")),
      h("button", { type: "button", onclick: () => { this.drafts.clear(); this.empty(); } }, this.t("gone_clear"))));
    this.say(this.t("gone"), true);
    this.report();
  }

  keepAnew() {
    const texts = new Map([...this.boxes].map(([key, box]) => [key, box.text]));
    this.drafts.clear();
    this.gone = false;
    this.known = false;
    this.consents.empty();
    for (const [key, box] of this.boxes) {
      box.fold();
      box.settle(NOTHING);
      box.put(texts.get(key) ?? "");
    }
    this.saveAll();
    this.storeEarlierAnew();
  }

  async storeEarlierAnew() {
    for (const { question, text } of this.earlier) await this.ask("save", { question, text, base: 0, version: this.study.version }).catch(() => {});
  }

  close() {
    for (const box of this.boxes.values()) box.keep();
    this.leaving?.abort();
    clearInterval(this.retry);
    this.line.close();
    this.drafts.close();
  }
}

/** Change the address. Some browsers refuse it where it changes often; the page goes on all the same. @param {() => void} change */
function addressed(change) {
  try {
    change();
  } catch (error) {
    console.warn(error);
  }
}


/** A code for comparing: as its kernel reads it, but for words around it. @param {string} code */
const bare = (code) => code.replace(/[^\p{L}\p{N}]/gu, "").toUpperCase();

/** @param {string} code from an address, which anyone can mangle */
function decoded(code) {
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}

/** @param {{ model: any, el: HTMLElement }} place */
function render({ model, el }) {
  const form = new Form(model, el);
  form.begin();
  return () => form.close();
}

export default { render };
