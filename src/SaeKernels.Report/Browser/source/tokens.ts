import type { Report } from "./data";
import { h } from "./dom";
import { percent, short, visible } from "./text";
import type { Example, Interval } from "./types";

// On the narrowest phone a line has room for as many.
const longestGroup = 24;

/** Says how strongly a token is shaded: 0 to 1 of the feature's maximum. */
export function shadeToken(element: HTMLElement, share: number): HTMLElement {
  if (share > 0) {
    element.classList.add("is-active");
    element.style.setProperty("--share", `${Math.round(Math.min(1, 0.12 + 0.88 * share) * 100)}%`);
  }
  return element;
}

/** One token with its exact activation in the tooltip. */
export function tokenSpan(piece: string, value: number, max: number, isFocus = false): HTMLElement {
  const span = h("span", {
    class: `token${isFocus ? " is-focus" : ""}`, "data-value": value || null,
    "data-tip": `“${visible(piece, 300)}”  ${value === 0 ? "silent" : `activation ${value}`}`,
  }, visible(piece));
  return shadeToken(span, max > 0 ? value / max : 0);
}

/** Tokens in groups that a line does not break: a word of several pieces, with the space before it and a full stop after it. */
export function wordGroups(pieces: string[], element: (i: number) => HTMLElement): HTMLElement[] {
  const groups: HTMLElement[] = [];
  let length = 0;
  pieces.forEach((piece, i) => {
    const goesOn = i > 0 && /^[\p{Script=Latin}\d.,;:!?)\]'"”’]/u.test(piece) && length + piece.length <= longestGroup;
    if (!goesOn) {
      groups.push(h("span", { class: piece.length > longestGroup ? "" : "word-group" }));
      length = 0;
    }
    length += piece.length;
    groups[groups.length - 1].append(h("bdi", {}, element(i)));
  });
  return groups;
}

/** A line with the tokens around a vector; in data without tokens, the word, the number of the row or the picture. */
export function exampleLine(report: Report, example: Example, max: number): HTMLElement {
  const value = example.values[example.focus];
  const where = example.document >= 0
    ? h("a", { class: "example-where", href: `#/text/${example.document}/${example.row}`, "aria-label": `Text of row ${example.row}` }, "text")
    : null;
  const tip = `row ${example.row}${example.position >= 0 ? `, position ${example.position}` : ""}: activation ${value}`;
  return h("li", { class: "example", "data-row": example.row },
    h("span", { class: "example-value", "data-tip": tip }, short(value)),
    h("span", { class: "example-text", dir: "auto" },
      ...wordGroups(example.tokens.map((token) => report.index.pieces[token]), (i) =>
        tokenSpan(report.index.pieces[example.tokens[i]], example.values[i], max, i === example.focus))),
    where);
}

/** Examples of data whose rows stand alone: all in one flow. */
export function wordFlow(report: Report, examples: Example[], max: number): HTMLElement {
  return h("ul", { class: "word-flow" }, ...examples.map((example) => {
    const value = example.values[example.focus];
    const piece = report.index.pieces[example.tokens[example.focus]];
    const chip = h("li", { class: "word token", "data-row": example.row, "data-value": value, "data-tip": `${visible(piece, 300)}: activation ${value}` },
      report.index.images ? picture(report, example.row) : null,
      h("bdi", {}, visible(piece)));
    return shadeToken(chip, max > 0 ? value / max : 0);
  }));
}

/** The examples as lines of text, or as words where rows stand alone. */
export function exampleList(report: Report, examples: Example[], max: number): HTMLElement {
  return report.index.rows === "tokens"
    ? h("ol", { class: "examples" }, ...examples.map((example) => exampleLine(report, example, max)))
    : wordFlow(report, examples, max);
}

/** Examples under the bounds of what they are from; a bar shows how many activations are there. */
export function intervalList(
  report: Report, intervals: Interval[], active: number, max: number, titleOf: (interval: Interval, i: number) => string
): HTMLElement {
  return h("ol", { class: "intervals" }, ...intervals.map((interval, i) => {
    const bar = h("span", { class: "interval-bar" });
    bar.style.width = `${active > 0 ? (100 * interval.count) / active : 0}%`;
    return h("li", { class: "interval" },
      h("h4", { "data-tip": `${interval.low} to ${interval.high}: ${interval.count} activations` },
        h("span", { class: "interval-title" }, titleOf(interval, i)),
        h("span", { class: "interval-track" }, bar),
        h("span", { class: "interval-count" }, `${interval.count.toLocaleString("en-US")} · ${percent(active > 0 ? interval.count / active : 0)}`)),
      interval.examples.length ? exampleList(report, interval.examples, max) : h("p", { class: "none" }, "no activation here"));
  }));
}

function picture(report: Report, row: number): HTMLCanvasElement {
  const shape = report.index.images!;
  const canvas = h("canvas", { class: "picture", width: shape.width, height: shape.height, role: "img", "aria-label": `picture ${row}` });
  void report.image(row).then((pixels) => {
    const context = canvas.getContext("2d");
    if (!pixels || !context) {
      return;
    }
    const image = context.createImageData(shape.width, shape.height);
    for (let i = 0; i < shape.width * shape.height; i++) {
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * i + channel] = pixels[i * shape.channels + Math.min(channel, shape.channels - 1)];
      }
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    canvas.dataset.drawn = "true";
  });
  return canvas;
}
