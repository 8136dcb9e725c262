import { histogram, lines, signedBars, spikes } from "./charts";
import type { Report } from "./data";
import { choice, featureLink, figures, h, panel } from "./dom";
import { proxyPanel } from "./proxies";
import { scatter } from "./scatter";
import { isBlank, percent, short, visible } from "./text";
import { exampleList, intervalList } from "./tokens";
import type { DimensionValues, FeatureDetail, Logits, Neighbour, Num, TokenValue } from "./types";

/** Everything about one feature. */
export function featureView(report: Report, feature: number, detail: FeatureDetail | null): HTMLElement {
  const page = h("article", { class: "view feature-view", "data-feature": feature }, header(report, feature));
  if (!detail || detail.active === 0) {
    page.append(h("p", { class: "empty" }, detail
      ? "This feature was silent on every vector of the data."
      : "This feature's panels were left out of the report to keep it small: write it anew with --features."));
  }
  if (!detail) {
    return page;
  }
  const max = detail.intervals.length ? Math.max(...detail.intervals.map((interval) => interval.high)) : 0;
  page.append(h("div", { class: "panels" },
    h("div", { class: "column" }, ...(detail.active > 0 ? examplePanels(report, detail, max) : [])),
    h("div", { class: "column" }, ...sidePanels(report, detail))));
  return page;
}

function header(report: Report, feature: number): HTMLElement {
  const index = report.index;
  const value = (name: string): Num => index.columns.find((column) => column.name === name)?.values[feature] ?? "NaN";
  const label = index.labels?.[feature];
  const words = index.summary[feature].map((piece) => index.pieces[piece]).filter((piece) => !isBlank(piece));
  const rest = index.columns.filter((column) => column.name !== "latent").map((column): [string, unknown] =>
    [column.title, column.values[feature]]);
  return h("header", { class: "feature-header" },
    h("div", { class: "feature-title" },
      h("h2", {}, h("span", { class: "big-id" }, `#${feature}`),
        h("span", { class: "feature-words", dir: "auto" }, label ? visible(label, 200)
          : words.map((word) => visible(word.trim(), 24)).join("  ·  "))),
      h("div", { class: "row-flags" }, ...index.flags[feature].map((flag) => h("span", { class: `flag flag-${flag}` }, flag)))),
    figures([
      ["Active on", value("density"), percent(value("density"))],
      ["Vectors", value("active_tokens")],
      ["Maximum", value("max")],
      ["Mean", value("mean")],
      ["Median", value("q50")],
      ["99 %", value("q99")],
      ["Skewness", value("skew_active")],
      ["Nearest cosine", value("nearest_cosine")],
    ]),
    h("details", { class: "all-figures" }, h("summary", {}, "All figures"), figures(rest)));
}

function examplePanels(report: Report, detail: FeatureDetail, max: number): (HTMLElement | null)[] {
  return [
    panel("top", "Strongest examples", report.index.rows === "tokens" ? "without overlap; shaded by activation" : "",
      exampleList(report, detail.top, max)),
    detail.proxies.length ? proxyPanel(detail.proxies) : null,
    panel("intervals", "Examples of every strength", "eleven equal intervals from 0 to the maximum; examples at random",
      intervalList(report, detail.intervals, detail.active, max, (interval) => `${short(interval.low)} – ${short(interval.high)}`)),
    panel("deciles", "Rank deciles", "activations by rank in ten equal slices, the strongest first",
      intervalList(report, detail.deciles, detail.active, max, (interval, i) => `${i + 1}. ${short(interval.low)} – ${short(interval.high)}`)),
  ];
}

function sidePanels(report: Report, detail: FeatureDetail): (HTMLElement | null)[] {
  const isActive = detail.active > 0;
  return [
    isActive ? activationHistogram(report, detail) : null,
    isActive ? tokenPanel(report, detail) : null,
    neighbourPanel(report, "neighbours", "Alike in direction", "cosine of decoder rows", detail.decoder_neighbours),
    isActive ? neighbourPanel(report, "coactive", "Active together", "correlation of activations", detail.coactive) : null,
    detail.logits ? logitsPanel(detail.logits) : null,
    detail.pair ? pairPanel(report, detail) : null,
    isActive ? panel("cdf", "Cumulative distribution", "share of all vectors at or below an activation",
      lines("Cumulative distribution", detail.cdf.activation, [{ name: "share", values: detail.cdf.share }],
        { x: "activation", yTick: percent }, { fromZero: false })) : null,
    detail.run_lengths && isActive ? panel("runs", "Run lengths", "consecutive tokens on which it is active; the last bar is all longer runs",
      histogram("Run lengths", { low: 0.5, high: detail.run_lengths.length + 0.5, counts: detail.run_lengths },
        { x: "tokens in a row" }, { whole: true })) : null,
    detail.positions && isActive ? positionPanel(detail) : null,
    ...weightPanels(detail),
  ];
}

function weightPanels(detail: FeatureDetail): (HTMLElement | null)[] {
  const bars = (rows: DimensionValues, what: string) => signedBars(what, rows.dimensions.map((dimension, i) => ({
    name: `dim ${dimension}`, value: rows.values[i], tip: `dimension ${dimension}: ${rows.values[i]}` })));
  const whole = detail.decoder.dimensions.every((dimension, i) => dimension === i);
  return [
    panel("decoder", "Decoder weights", whole ? "one bar for each dimension" : "the largest dimensions",
      whole ? spikes("Decoder weights", detail.decoder.values.map((value, i) => ({ place: i, value,
        tip: `dimension ${i}: ${value}` })), { x: "dimension" }) : bars(detail.decoder, "Decoder weights")),
    detail.inputs.values.length ? panel("inputs", "Correlated inputs", "dimensions whose value moves with the activation",
      bars(detail.inputs, "Correlated inputs")) : null,
  ];
}

function activationHistogram(report: Report, detail: FeatureDetail): HTMLElement {
  const density = report.index.columns.find((column) => column.name === "density")?.values[detail.feature];
  const holder = h("div", {});
  const draw = (kind: "linear" | "counts" | "log") => holder.replaceChildren(kind === "log"
    ? histogram("Activations, logarithmic axis", detail.log_histogram, { x: "activation" }, { powers: true })
    : histogram("Activations", detail.histogram, { x: "activation" }, { logCounts: kind === "counts" }));
  draw("linear");
  return panel("histogram", `Activations: ${percent(density)}`, "active vectors only",
    choice("Axes", [["linear", "linear"], ["counts", "log counts"], ["log", "log activation"]], "linear", draw), holder);
}

function tokenPanel(report: Report, detail: FeatureDetail): HTMLElement | null {
  if (report.index.rows !== "tokens" || detail.tokens.length === 0) {
    return null;
  }
  const rows = detail.tokens.map((one) => {
    const piece = report.index.pieces[one.token];
    return h("tr", {}, h("td", {}, h("bdi", { class: "piece" }, visible(piece, 24))),
      h("td", { class: "number" }, one.active.toLocaleString("en-US")),
      h("td", { class: "number", "data-tip": `active on ${one.active} of ${one.total} such tokens` }, percent(one.active / one.total)),
      h("td", { class: "number", "data-tip": `${one.mass}` }, short(one.mass / one.active)));
  });
  return panel("tokens", "Tokens", "the pieces with the most activation",
    h("table", { class: "token-table" }, h("thead", {}, h("tr", {}, ...["piece", "active", "of all", "mean"].map((name) =>
      h("th", { scope: "col" }, name)))), h("tbody", {}, ...rows)));
}

function neighbourPanel(report: Report, key: string, title: string, note: string, neighbours: Neighbour[]): HTMLElement {
  const index = report.index;
  return panel(key, title, note, h("ol", { class: "neighbours" }, ...neighbours.map((one) => {
    const words = index.labels?.[one.feature]
      ?? index.summary[one.feature].map((piece) => index.pieces[piece]).filter((piece) => !isBlank(piece)).map((piece) => piece.trim()).join(" · ");
    const bar = h("span", { class: `neighbour-bar mark ${one.value < 0 ? "negative" : "positive"}`, "data-value": one.value });
    bar.style.width = `${Math.min(1, Math.abs(one.value)) * 100}%`;
    return h("li", { "data-tip": `feature ${one.feature}: ${one.value}` },
      featureLink(one.feature, h("span", { class: "neighbour-words", dir: "auto" }, visible(words, 60))),
      h("span", { class: "neighbour-room" }, bar), h("span", { class: "number" }, one.value.toFixed(2)));
  })));
}

function pairPanel(report: Report, detail: FeatureDetail): HTMLElement {
  const pair = detail.pair!;
  return panel("pair", `Beside #${pair.feature}`, `activations of both, where either is active; both on ${pair.both.toLocaleString("en-US")}`,
    scatter({
      label: `Activations of features ${detail.feature} and ${pair.feature}`, tall: 220, colour: null,
      x: { title: `#${detail.feature}`, values: pair.x, log: false },
      y: { title: `#${pair.feature}`, values: pair.y, log: false },
      tip: (i) => `#${detail.feature}: ${pair.x[i]}, #${pair.feature}: ${pair.y[i]}`,
      open: report.hasDetail(pair.feature) ? () => { location.hash = `#/feature/${pair.feature}`; } : undefined,
    }));
}

function positionPanel(detail: FeatureDetail): HTMLElement {
  const { width, active, total } = detail.positions!;
  const at = active.map((_, i) => (i + 0.5) * width);
  return panel("positions", "Position in the document", "share of tokens at a position on which it is active",
    lines("Share by position", at, [{ name: "share", values: active.map((count, i) => (total[i] ? count / total[i] : "NaN")) }],
      { x: "position", yTick: percent }));
}

function logitsPanel(logits: Logits): HTMLElement {
  const rows = (values: TokenValue[]) => signedBars("Logit weights", values.map((one) => ({
    name: visible(one.text, 20), value: one.value, tip: `“${visible(one.text, 200)}”: ${one.value}` })));
  return panel("logits", "Logits", "what it makes more and less likely; the median is 0",
    h("div", { class: "two-columns" }, rows(logits.top), rows(logits.bottom)),
    histogram("Logit weights", logits.histogram, { x: "logit weight" }, { logCounts: true }));
}
