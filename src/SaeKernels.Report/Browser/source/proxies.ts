import { lines, stack } from "./charts";
import { dropDown, h, panel } from "./dom";
import { isNumber, percent, short } from "./text";
import type { ProxySplit } from "./types";

/** Activations split by what their tokens speak for: counts, shares and sums on one axis, below each other. */
export function proxyPanel(proxies: ProxySplit[]): HTMLElement {
  const holder = h("div", { class: "proxy-charts" });
  const draw = (name: string) => holder.replaceChildren(...charts(proxies.find((one) => one.name === name)!));
  const strength = (proxy: ProxySplit) => (isNumber(proxy.correlation) ? proxy.correlation : -2);
  const first = [...proxies].sort((a, b) => strength(b) - strength(a))[0];
  draw(first.name);
  return panel("proxies", "Split by proxy", "what the tokens speak for, at each activation",
    h("div", { class: "control-row" }, h("span", { class: "control-label" }, "Proxy"),
      dropDown("Proxy", proxies.map((one) => [one.name, one.title]), first.name, draw)), holder);
}

function charts(proxy: ProxySplit): HTMLElement[] {
  const isLabels = proxy.favoured !== null;
  const names = proxy.classes.map((one) => (isLabels ? one : `log-likelihood ratio ${one}`));
  const favour = isLabels ? `have the label “${proxy.classes[proxy.favoured!]}”` : "speak for it (ratio above 0)";
  const kind = isLabels ? "label" : "part";
  const draw = (title: string, rows: number[][], y: string, whole: boolean) => figure(title,
    stack(title, 0, proxy.level_high, rows, names, { x: "activation", y }, { whole, kind }));
  const step = proxy.level_high / proxy.specificity.length;
  return [
    h("p", { class: "note" }, h("span", { "data-tip": `correlation ${String(proxy.correlation)}` }, `Correlation ${short(proxy.correlation)}. `),
      h("span", { "data-tip": `${String(proxy.specificity[0])} and ${String(proxy.share)}` },
        `Of its activations ${percent(proxy.specificity[0])} ${favour}, of all vectors ${percent(proxy.share)}.`)),
    h("ol", { class: "part-key", "aria-label": isLabels ? "Label" : "Log-likelihood ratio" },
      isLabels ? null : h("li", {}, "log-likelihood ratio in nats:"),
      ...proxy.classes.map((text, k) => h("li", {}, h("span", { class: `swatch ${kind}-${k}` }), text))),
    h("div", { class: "two-columns" },
      draw("Distribution", proxy.counts, "activations", false),
      figure("Specificity: share in favour at or above", lines("Specificity", proxy.specificity.map((_, i) => i * step),
        [{ name: "share in favour", values: proxy.specificity }], { x: "activation", yTick: percent }, { top: 1 })),
      draw("Conditional: share at each activation", proxy.counts, "", true),
      draw("Expected value: sum of activations", proxy.mass, "sum", false)),
    ...(isLabels ? [labelTable(proxy)] : []),
  ];
}

function labelTable(proxy: ProxySplit): HTMLElement {
  const cell = (value: unknown, shown: string) => h("td", { class: "number", "data-tip": String(value) }, shown);
  return h("table", { class: "token-table label-table" },
    h("thead", {}, h("tr", {}, ...["label", "active on", "mean", "of all activation", "AUROC"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...proxy.labels.map((one, i) => h("tr", {}, h("td", {}, h("bdi", {}, proxy.classes[i])),
      cell(one.density, percent(one.density)), cell(one.mean, short(one.mean)), cell(one.mass_share, percent(one.mass_share)),
      cell(one.auroc, short(one.auroc))))));
}

function figure(title: string, content: HTMLElement): HTMLElement {
  return h("figure", {}, h("figcaption", {}, title), content);
}
