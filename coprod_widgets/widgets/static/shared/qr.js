// @ts-check
// A QR code, drawn from rows of 0 and 1.

import { svg } from "./dom.js";

/** @param {string[]} matrix rows of 0 and 1 @param {string} label */
export function qr(matrix, label) {
  const size = matrix.length + 8;
  const path = matrix.flatMap((row, y) => [...row].map((cell, x) => (cell === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  return svg("svg", { viewBox: `0 0 ${size} ${size}`, class: "coprod-qr", role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    svg("rect", { width: size, height: size, fill: "#fff" }), svg("path", { d: path, fill: "#000" }));
}
