// @ts-check
// Texts that people write: what of them can be stored.

/** What can be stored: no NUL, no half of a surrogate pair. @param {string} text */
export const storable = (text) =>
  text.replace(/\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
