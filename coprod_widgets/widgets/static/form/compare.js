// @ts-check
// What one text has that another lacks, word by word.

/** @typedef {{ text: string, fresh: boolean }} Part of a text; fresh is what the other one lacks */

const MOST = 400_000; // comparisons of two words; above it only what both begin and end with is left out

/** @param {string} text @param {string} other @returns {Part[]} which together are the text */
export function compared(text, other) {
  const [mine, theirs] = [text, other].map((one) => one.match(/\s+|[\p{L}\p{N}\p{M}'’]+|[^\s\p{L}\p{N}]/gu) ?? []);
  let start = 0;
  while (start < Math.min(mine.length, theirs.length) && mine[start] === theirs[start]) start += 1;
  let end = 0;
  while (end < Math.min(mine.length, theirs.length) - start && mine[mine.length - 1 - end] === theirs[theirs.length - 1 - end]) end += 1;
  const [middle, their] = [mine, theirs].map((words) => words.slice(start, words.length - end));
  const kept = middle.length * their.length > MOST ? new Set() : inBoth(middle, their);
  const fresh = (/** @type {number} */ at) => at >= start && at < mine.length - end && !kept.has(at - start);
  /** @type {Part[]} */
  const parts = [];
  mine.forEach((word, at) => {
    const last = parts[parts.length - 1];
    if (last?.fresh === fresh(at)) last.text += word;
    else parts.push({ text: word, fresh: fresh(at) });
  });
  return parts;
}

/** Places of the longest sequence of words that both have. @param {string[]} mine @param {string[]} theirs */
function inBoth(mine, theirs) {
  const rows = Array.from({ length: mine.length + 1 }, () => new Uint32Array(theirs.length + 1));
  for (let at = mine.length - 1; at >= 0; at -= 1)
    for (let to = theirs.length - 1; to >= 0; to -= 1)
      rows[at][to] = mine[at] === theirs[to] ? rows[at + 1][to + 1] + 1 : Math.max(rows[at + 1][to], rows[at][to + 1]);
  const found = new Set();
  for (let at = 0, to = 0; at < mine.length && to < theirs.length; ) {
    if (mine[at] === theirs[to]) {
      found.add(at);
      at += 1;
      to += 1;
    } else if (rows[at + 1][to] >= rows[at][to + 1]) at += 1;
    else to += 1;
  }
  return found;
}
