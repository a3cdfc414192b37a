// @ts-check
// The learner's own document: for print, and to take home as a page or as Markdown.

import { ACTORS, askedOf, drawCanvas } from "./canvas.js";
import { h } from "../shared/dom.js";
import { visibleIn } from "../shared/texts.js";
import { TYPED } from "../shared/typed.js";

/**
 * Everything as one document, filled or blank.
 * @param {any} form @param {{ blank?: boolean }} [options]
 */
export function documentOf(form, { blank = false } = {}) {
  const { study, t } = form;
  const text = (/** @type {string} */ key) => (blank ? "" : form.boxes.get(key).text);
  return h("article", { class: "coprod-document" },
    h("h1", {}, study.title),
    h("p", {}, study.lead),
    !blank && h("p", { class: "coprod-when" }, madeOn(form)),
    ...study.roles.map((/** @type {any} */ role) => answer(role, text(role.key), t, true)),
    ...study.sections.flatMap((/** @type {any} */ section) => sectionOf(section, text, t)),
    ...(blank || !form.earlier.length ? [] : [h("h2", {}, t("earlier_title")), ...form.earlier.map((/** @type {any} */ one) =>
      answer({ prompt: earlierPrompt(t, one) }, one.text, t))]),
    !blank && form.hasCanvas && drawCanvas(t, form.roles(), (actor, aspect) => form.textAt(actor, aspect)),
    study.readings.length > 0 && h("h2", {}, study.readings_title),
    study.readings.length > 0 && h("ul", {}, ...study.readings.map((/** @type {any} */ reading) =>
      h("li", {}, reading.note && `${reading.note} `, reading.citation, " ", h("a", { href: reading.url }, reading.url)))),
    study.credits.length > 0 && h("h2", {}, t("about")),
    ...study.credits.map((/** @type {any} */ credit) => h("p", {}, h("strong", {}, credit.heading), ` ${credit.text} `, credit.url && h("a", { href: credit.url }, credit.url))));
}

/** @param {any} form */
const madeOn = (form) => form.t("document_made", { time: form.clock(new Date().toISOString(), true) });

/** @param {any} section @param {(key: string) => string} text @param {any} t */
function sectionOf(section, text, t) {
  let prompt = "";
  const rows = [];
  for (const question of section.questions) {
    if (question.part && question.prompt !== prompt) rows.push(h("h3", {}, `${question.number}. ${question.prompt}`));
    prompt = question.prompt;
    rows.push(answer(question, text(question.key), t));
  }
  return [h("h2", {}, section.text ? `${section.letter}. ${section.text}` : `${section.letter}. ${section.title}`), ...rows];
}

/** @param {any} question @param {string} text @param {any} t @param {boolean} [small] */
function answer(question, text, t, small = false) {
  const heading = question.part || (question.number ? `${question.number}. ${question.prompt}` : question.prompt);
  return h("div", { class: small ? "coprod-answer coprod-small" : "coprod-answer", "data-actor": question.actor },
    small ? h("p", {}, heading) : h(question.part ? "h4" : "h3", {}, heading),
    visibleIn(text) ? h("div", { class: "coprod-text", ...TYPED }, text) : h("div", { class: "coprod-blank", "aria-label": t("not_answered") }));
}

/** What a question asked that is not asked any more, as far as the store knows. @param {any} t @param {any} one */
export function earlierPrompt(t, one) {
  return [one.prompt, one.part].filter(Boolean).join(" ") || t("earlier_unknown");
}

/** A page that stands alone: no script, no link but to the readings. @param {any} form */
export function pageOf(form) {
  const page = document.implementation.createHTMLDocument(form.study.title);
  page.documentElement.lang = form.language;
  page.head.append(
    h("meta", { charset: "utf-8" }),
    h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    h("style", {}, `body { margin: 0; }\n${styleOf(form)}`));
  page.body.append(h("div", { class: "coprod-form coprod-alone" }, documentOf(form)));
  return `<!doctype html>\n${page.documentElement.outerHTML}`;
}

/** The form's style: the model brings it, or the server has sent it beside the page. @param {any} form */
function styleOf(form) {
  const own = form.model.get("_css");
  if (own) return own;
  const sheets = [...document.styleSheets].filter(({ href }) => href && /\/coprod\/form\.css$/.test(new URL(href).pathname));
  return sheets.flatMap((sheet) => Array.from(sheet.cssRules, (rule) => rule.cssText)).join("\n");
}

/** @param {any} form */
export function markdownOf(form) {
  const { study, t } = form;
  const lines = [`# ${plain(study.title)}`, plain(study.lead), `*${plain(madeOn(form))}*`];
  for (const role of study.roles) {
    const text = form.boxes.get(role.key).text.trim();
    if (visibleIn(text)) lines.push(`${plain(role.prompt)} ${plain(text)}`);
  }
  let prompt = "";
  for (const section of study.sections) {
    lines.push(`## ${section.letter}. ${plain(section.text || section.title)}`);
    for (const question of section.questions) {
      const heading = `${question.number ? `${question.number}. ` : ""}${plain(question.prompt)}`;
      if (question.prompt !== prompt) lines.push(`### ${heading}`);
      prompt = question.prompt;
      if (question.part) lines.push(`#### ${plain(question.part)}`);
      lines.push(quoted(form.boxes.get(question.key).text) || `*${plain(t("not_answered"))}*`);
    }
  }
  if (form.earlier.length) lines.push(`## ${plain(t("earlier_title"))}`);
  for (const one of form.earlier) lines.push(`### ${plain(earlierPrompt(t, one))}`, quoted(one.text));
  if (form.hasCanvas) lines.push(...canvasLines(form));
  if (study.readings.length) lines.push(`## ${plain(study.readings_title)}`);
  for (const { note, citation, url } of study.readings) lines.push(`- ${note ? `${plain(note)} ` : ""}${plain(citation)} <${url}>`);
  if (study.credits.length) lines.push(`## ${plain(t("about"))}`);
  for (const { heading, text, url } of study.credits) lines.push(`**${plain(heading)}** ${plain(text)}${url ? ` <${url}>` : ""}`);
  return `${lines.join("\n\n")}\n`;
}

/** The canvas as headings and quotations: a table's cells would break the lines of what was written. @param {any} form */
function canvasLines(form) {
  const { t } = form;
  const lines = [`## ${plain(t("canvas_title"))}`];
  const roles = form.roles();
  const text = (/** @type {string} */ actor, /** @type {string} */ aspect) => form.textAt(actor, aspect);
  for (const aspect of askedOf(text)) {
    lines.push(`### ${plain(t(aspect))}`);
    for (const actor of ACTORS) {
      const name = roles[actor] === t(actor) ? t(actor) : `${t(actor)} (${roles[actor]})`;
      lines.push(`**${plain(name)}**`, quoted(text(actor, aspect) ?? "") || `*${plain(t(text(actor, aspect) === null ? "canvas_unasked" : "canvas_open"))}*`);
    }
  }
  return lines;
}

/** Text that Markdown shows as it was typed. @param {string} text */
function plain(text) {
  return text.replace(/[\\`*_[\]<>#|~&$]/g, "\\$&").replace(/^(\s*)([-+=])/gm, "$1\\$2").replace(/^(\s*\d+)([.)])/gm, "$1\\$2").replace(/^ {4}/gm, "&nbsp;   ");
}

/** @param {string} text */
function quoted(text) {
  if (!visibleIn(text)) return "";
  return text.split("\n").map((line) => `> ${plain(line)}`.trimEnd()).join("  \n");
}

/** Hand a file to the learner without leaving the page. @param {string} name @param {string} kind @param {string} text */
export function download(name, kind, text) {
  const url = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  h("a", { href: url, download: name, target: "_blank" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
