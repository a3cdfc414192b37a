// @ts-check
// The pages around the questions: start, review, receipt, "your text" (resume, take home, delete), what happens to
// it, and credits.

import { documentOf, download, earlierPrompt, markdownOf, pageOf } from "./document.js";
import { countWords, fill, h } from "../shared/dom.js";
import { qr } from "../shared/qr.js";
import { visibleIn } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

/** @param {any} form */
export function startPage(form) {
  const { study, t } = form;
  const answered = form.written();
  const minutes = t(study.minutes === 1 ? "start_minutes_one" : "start_minutes", { n: study.minutes });
  return [
    form.heading(study.title),
    !form.memory && form.course.refused && form.course.draw(),
    h("p", { class: "coprod-lead" }, study.lead),
    h("div", { class: "coprod-note" },
      h("p", {}, t(study.sections.length === 1 ? "start_how_one" : "start_how", { n: study.sections.length, minutes })),
      h("p", {}, t(form.memory ? "start_memory" : "start_saving"), form.keptUntil && ` ${t("start_kept", { day: form.day(form.keptUntil) })}`),
      h("p", {}, t("start_names"))),
    h("p", { class: "coprod-buttons" },
      h("button", { type: "button", class: "coprod-main", onclick: () => form.go(form.lastPlace() || form.steps()[1]) },
        t(answered || form.place ? "continue_where" : "start")),
      form.handedIn && h("button", { type: "button", onclick: () => form.go("receipt") }, t("see_receipt"))),
    !form.memory && !form.course.refused && form.course.draw(),
    !form.memory && !answered && resumeForm(form),
    study.readings.length > 0 && h("h2", {}, study.readings_title),
    study.readings.length > 0 && h("ul", { class: "coprod-readings" }, ...study.readings.map((/** @type {any} */ reading) => h("li", {},
      reading.note && `${reading.note} `, reading.citation, " ",
      h("a", { href: reading.url, target: "_blank", rel: "noopener noreferrer" }, t("open_reading"), h("span", { class: "coprod-unseen" }, `: doi ${reading.doi}`))))),
  ];
}

/** Coming back on another device. @param {any} form */
function resumeForm(form) {
  const { t } = form;
  const id = form.id("resume");
  const input = h("input", { id, type: "text", translate: "no", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    "aria-describedby": `${id}-hint ${id}-error`, value: form.offeredCode ?? "" });
  const error = h("p", { id: `${id}-error`, class: "coprod-error", hidden: true });
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const reply = await form.resume(input.value);
    if (reply.ok) return form.resumed(reply.code);
    error.textContent = reply.problem === "refused" ? t("resume_refused", { n: Math.max(1, Math.ceil(reply.wait)) }) : t("not_now");
    error.hidden = false;
    input.setAttribute("aria-invalid", "true");
    form.title(true);
    input.focus();
    form.say(error.textContent, true);
  };
  return h("details", { open: Boolean(form.offeredCode) },
    h("summary", {}, t("resume_title")),
    h("form", { class: "coprod-resume", novalidate: true, onsubmit: send },
      h("label", { for: id }, t("resume_label")),
      h("p", { id: `${id}-hint`, class: "coprod-hint" }, t("resume_hint")),
      error, input, h("p", { class: "coprod-buttons" }, h("button", { type: "submit" }, t("resume_go")))));
}

/** @param {any} form */
export function reviewPage(form) {
  const { study, t } = form;
  const changed = form.changedSince();
  return [
    form.heading(t("review")),
    h("div", { class: "coprod-summary", hidden: true }),
    h("p", {}, t("review_text")),
    form.handedIn && h("p", { class: "coprod-note" }, t(changed ? "review_changed" : "review_handed_in", { time: form.clock(form.handedIn, true) })),
    ...study.sections.map((/** @type {any} */ section) => h("section", { "aria-label": `${section.letter}. ${section.title}`, class: "coprod-review" },
      h("h2", {}, `${section.letter}. ${section.title}`),
      ...section.questions.map((/** @type {any} */ question) => reviewOne(form, section, question)))),
    earlierPart(form),
    !form.memory && form.consents.draw(),
    h("div", { class: "coprod-last" },
      h("p", {}, t("hand_in_means")),
      waitingNote(form),
      h("p", { class: "coprod-buttons" },
        h("button", { type: "button", onclick: () => form.go(study.sections.at(-1).key) }, t("back")),
        h("button", { type: "button", class: "coprod-main", onclick: () => form.handIn() }, t(form.handedIn ? "hand_in_again" : "hand_in")))),
  ];
}

/** What handing in leaves out: a part closed before it was stored. @param {any} form */
function waitingNote(form) {
  const section = form.waiting();
  return section && h("p", { class: "coprod-note" }, form.t("hand_in_without", section));
}

/** @param {any} form @param {any} section @param {any} question */
function reviewOne(form, section, question) {
  const { t } = form;
  const box = form.boxes.get(question.key);
  const words = question.part ? `${question.prompt} ${question.part}` : question.prompt;
  return h("div", { class: "coprod-reviewed", "data-actor": question.actor },
    h("h3", {}, question.part || `${question.number ? `${question.number}. ` : ""}${question.prompt}`),
    box.answered ? h("div", { class: "coprod-text", ...TYPED }, box.text) : h("p", { class: "coprod-hint" }, t("not_answered")),
    box.hints.note,
    h("button", { type: "button", class: "coprod-quiet", onclick: () => form.go(`${section.key}/${question.key}`) },
      t("change"), h("span", { class: "coprod-unseen" }, `: ${words}`)));
}

/** The errors on top, with a link to each box; takes the focus. @param {any} form @param {{ key?: string, text: string }[]} errors */
export function showErrors(form, errors) {
  const summary = form.page.querySelector(".coprod-summary");
  if (!summary) return;
  const id = form.id("errors");
  fill(summary,
    h("h2", { id, tabindex: "-1" }, form.t("hand_in_failed")),
    h("ul", {}, ...errors.map(({ key, text }) => h("li", {}, key
      ? h("button", { type: "button", class: "coprod-link", onclick: () => form.go(`${form.sectionOf(key)}/${key}`) }, text)
      : text))));
  summary.hidden = false;
  form.title(true);
  summary.firstChild.focus();
}

/** @param {any} form */
export function receiptPage(form) {
  const { study, t } = form;
  const row = (/** @type {any} */ question) => {
    const box = form.boxes.get(question.key);
    const words = countWords(box.saved.text, form.language);
    return h("tr", {}, h("th", { scope: "row" }, question.part ? `${question.part}` : question.prompt),
      h("td", {}, visibleIn(box.saved.text) ? String(words) : t("not_answered_short")),
      h("td", {}, box.saved.at && visibleIn(box.saved.text) ? form.clock(box.saved.at) : ""));
  };
  return [
    form.heading(t("receipt")),
    h("p", { class: "coprod-done" }, form.handedIn && t("receipt_when", { time: form.clock(form.handedIn, true) })),
    h("p", {}, t(form.memory ? "receipt_memory" : "receipt_text")),
    waitingNote(form),
    h("table", { class: "coprod-receipt" },
      h("caption", { class: "coprod-unseen" }, t("receipt_table")),
      h("thead", {}, h("tr", {}, ...["question", "word_count", "saved_at"].map((name) => h("th", { scope: "col" }, t(name))))),
      h("tbody", {}, ...study.sections.flatMap((/** @type {any} */ section) => section.questions.map(row)))),
    h("p", { class: "coprod-buttons" },
      h("button", { type: "button", onclick: () => form.go(study.sections[0].key) }, t("amend")),
      h("button", { type: "button", onclick: () => form.go("yours") }, t("take_home"))),
  ];
}

/** @param {any} form */
export function yoursPage(form) {
  const { study, t } = form;
  const name = study.key.replaceAll("_", "-");
  return [
    form.heading(t("yours")),
    !form.memory && h("section", {}, h("h2", {}, t("code_title")), codePart(form)),
    h("section", {}, h("h2", {}, t("take_home")), h("p", {}, t("take_home_text")),
      h("p", { class: "coprod-buttons" },
        h("button", { type: "button", onclick: () => download(`${name}.html`, "text/html", pageOf(form)) }, t("take_html")),
        h("button", { type: "button", onclick: () => download(`${name}.md`, "text/markdown", markdownOf(form)) }, t("take_markdown")),
        h("button", { type: "button", onclick: () => printed(form, false) }, t("print_filled")),
        h("button", { type: "button", onclick: () => printed(form, true) }, t("print_blank")))),
    earlierPart(form),
    !form.memory && form.consents.draw(),
    !form.memory && h("section", {}, h("h2", {}, t("leave_title")), h("p", {}, t("leave_text")),
      h("p", { class: "coprod-buttons" }, h("button", { type: "button", onclick: () => form.leave() }, t("leave")))),
    h("section", {}, h("h2", {}, t("delete_title")), deletePart(form)),
  ];
}

/** What was written under questions that are not asked any more: to read and to delete. @param {any} form */
function earlierPart(form) {
  const { t } = form;
  if (!form.earlier.length) return null;
  return h("section", { "aria-label": t("earlier_title"), class: "coprod-review coprod-unasked" },
    h("h2", {}, t("earlier_title")), h("p", {}, t("earlier_text")),
    ...form.earlier.map((/** @type {any} */ one) => earlierOne(form, one)));
}

/** @param {any} form @param {any} one */
function earlierOne(form, one) {
  const { t } = form;
  const words = earlierPrompt(t, one);
  const place = h("div", {});
  const button = (/** @type {string} */ name, /** @type {() => void} */ onclick, kind = "coprod-quiet") =>
    h("button", { type: "button", class: kind, onclick }, t(name), h("span", { class: "coprod-unseen" }, `: ${words}`));
  const rest = () => fill(place, button("earlier_delete", ask));
  const ask = () => {
    fill(place, h("p", {}, t("earlier_sure")), h("p", { class: "coprod-buttons" },
      button("earlier_no", rest), button("earlier_yes", () => form.removeEarlier(one.question), "coprod-danger")));
    place.querySelector("button").focus();
  };
  rest();
  return h("div", { class: "coprod-reviewed" }, h("h3", {}, words), h("div", { class: "coprod-text", ...TYPED }, one.text), place);
}

/** @param {any} form @param {boolean} blank */
function printed(form, blank) {
  form.fillPrint(blank);
  try {
    window.print(); // the page's afterprint empties it again
  } catch {
    fill(form.print); // browsers inside other apps have no print
    form.refuse("print_no");
  }
}

/** @param {any} form */
function codePart(form) {
  const { t } = form;
  const place = h("div", {});
  const show = (/** @type {string} */ code, /** @type {string[]} */ matrix) => fill(place,
    h("p", {}, t("code_text")),
    h("p", { class: "coprod-code", translate: "no" }, code),
    form.wholePage && h("p", {}, t("code_link"), " ", h("a", { href: form.resumeLink(code), translate: "no" }, form.resumeLink(code))),
    form.wholePage && matrix && qr(matrix, t("code_qr")));
  const fetchCode = async () => {
    try {
      const reply = await form.resumeCode();
      if (reply.ok) show(reply.code, reply.qr);
      else fill(place, h("p", {}, t(reply.problem === "unknown" ? "code_later" : "not_now")));
    } catch {
      fill(place, h("p", {}, t("not_now")));
    }
  };
  fill(place, h("p", {}, t("loading")));
  fetchCode();
  return place;
}

/** @param {any} form */
function deletePart(form) {
  const { t } = form;
  const place = h("div", {});
  const ask = () => {
    const n = form.answered() + form.earlier.length; // none where all was emptied, and its earlier versions are stored
    const sure = n ? t(n === 1 ? "delete_sure_one" : "delete_sure", { n }) : t("delete_sure_versions");
    fill(place, h("p", {}, h("strong", {}, sure), " ", t("delete_text")),
      h("p", { class: "coprod-buttons" },
        h("button", { type: "button", onclick: rest }, t("delete_no")),
        h("button", { type: "button", class: "coprod-danger", onclick: () => form.deleteAll() }, t("delete_yes"))));
    place.querySelector("button").focus();
  };
  const rest = () => (form.known || form.written()
    ? fill(place, h("p", {}, t("delete_text")), h("p", { class: "coprod-buttons" }, h("button", { type: "button", onclick: ask }, t("delete"))))
    : fill(place, h("p", {}, t("delete_nothing"))));
  rest();
  return place;
}

/** @param {any} form */
export function aboutPage(form) {
  const { study, t } = form;
  return [
    form.heading(t("about")),
    ...study.credits.map((/** @type {any} */ credit) => h("section", {}, h("h2", {}, credit.heading), h("p", {}, credit.text),
      credit.url && h("p", {}, h("a", { href: credit.url, target: "_blank", rel: "noopener noreferrer" }, credit.url)))),
  ];
}

/** What is stored, where, how long and for whom; and the learner's own say in it. @param {any} form */
export function privacyPage(form) {
  const { t } = form;
  const part = (/** @type {string} */ name, /** @type {string[]} */ texts = [t(`${name}_text`)]) =>
    h("section", {}, h("h2", {}, t(name)), ...texts.map((text) => h("p", {}, text)));
  if (form.memory) return [form.heading(t("privacy")), h("p", {}, t("privacy_memory")), part("privacy_limits")];
  const long = form.keptUntil ? t("privacy_until", { day: form.day(form.keptUntil) }) : t("privacy_no_day", { where: t("yours") });
  return [
    form.heading(t("privacy")),
    part("privacy_what"),
    part("privacy_where", [t("privacy_where_text"), t(form.drafts.works ? "privacy_browser" : "unkept")]),
    part("privacy_long", [long]),
    part("privacy_who"),
    form.consents.draw({ where: "yours" }),
    part("privacy_back", [t("privacy_back_text"), t("privacy_deleted_text"), t("privacy_never_text")]),
    part("privacy_limits"),
  ];
}

/** For print; kept out of sight on screen. @param {any} form @param {boolean} blank */
export function printPage(form, blank) {
  return documentOf(form, { blank });
}
