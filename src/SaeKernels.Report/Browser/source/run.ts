import { axes, frameOf, linear, powerText } from "./axes";
import { chart, histogram, lines } from "./charts";
import type { Report } from "./data";
import { dropDown, featureLink, figures, h, panel, s } from "./dom";
import { heatKey, heatMap } from "./heat";
import { scatter, type ScatterAxis } from "./scatter";
import { isBlank, percent, visible } from "./text";
import type { Num, Sweep, SweepMaps } from "./types";

const mostListed = 60;

/** Everything about the run as a whole. */
export function runView(report: Report): HTMLElement {
  const index = report.index;
  return h("article", { class: "view run-view" },
    h("header", { class: "run-header" }, h("h2", {}, index.title),
      figures(index.figures.map((figure) => [figure.title, figure.value, figure.name.includes("fraction") ? percent(figure.value) : undefined]))),
    h("div", { class: "panels run-panels" },
      h("div", { class: "column" }, densityPanel(report), encoderPanel(report)),
      h("div", { class: "column" }, activityPanel(report),
        listPanel(report, "dense", "Densest features", "active on more than a hundredth of the vectors", index.dense),
        listPanel(report, "silent", "Silent features", "never active on this data", index.silent)),
      mapPanel(report),
      ...curvePanels(report),
      index.sweep ? sweepPanel(index.sweep) : null,
      index.sweep?.maps ? sweepMapsPanel(index.sweep.maps) : null,
      panel("about", "About", "", h("dl", { class: "about" }, ...index.about.map(([name, value]) =>
        h("div", {}, h("dt", {}, name), h("dd", {}, value)))))));
}

function densityPanel(report: Report): HTMLElement {
  const density = report.index.density;
  const clusterOf = (low: number, high: number) => {
    const middle = (low + high) / 2;
    const k = density.clusters.findIndex((cluster) => middle >= cluster.low && middle < cluster.high);
    return k < 0 ? "" : `cluster cluster-${k}`;
  };
  return panel("density", "Density of features", "share of vectors on which a feature is active, log scale",
    histogram("Features by density", density.histogram, { x: "density", y: "features" }, { powers: true, mark: clusterOf }),
    h("ul", { class: "part-key" }, ...density.clusters.map((cluster, k) => h("li", {},
      h("span", { class: `swatch cluster cluster-${k}` }), `${cluster.title}: ${cluster.features.toLocaleString("en-US")}`)),
      h("li", {}, `silent: ${density.silent.toLocaleString("en-US")}`)));
}

function activityPanel(report: Report): HTMLElement {
  return panel("activity", "Density and strength", "a point is a feature; grey ones have no upper cluster",
    featureScatter(report, "Density against the largest activation", ["density", "Density", true],
      ["absolute_max", "Largest activation", false], ["clustering_mass", "Share in an upper cluster", false]));
}

function encoderPanel(report: Report): HTMLElement {
  return panel("encoder", "Bias and alignment", "features that came to nothing stand apart here; larger points are denser",
    featureScatter(report, "Encoder bias against decoder·encoder", ["encoder_bias", "Encoder bias", false],
      ["encoder_decoder_dot", "Decoder · encoder", false], ["log10_density", "log₁₀ density", false], "log10_density"));
}

type AxisChoice = [name: string, title: string, log: boolean];

function featureScatter(
  report: Report, label: string, x: AxisChoice, y: AxisChoice, colour: AxisChoice, size?: string
): HTMLElement {
  const axis = ([name, title, log]: AxisChoice): ScatterAxis => ({ title, log, values: valuesOf(report, name) });
  return scatter({
    label, tall: 300, x: axis(x), y: axis(y), colour: axis(colour),
    size: size ? axis([size, size, false]) : null,
    tip: (feature) => `#${feature} ${wordsOf(report, feature)}\n${[x, y, colour].map(([name, title]) =>
      `${title}: ${String(valuesOf(report, name)[feature])}`).join("\n")}`,
    open: (feature) => { location.hash = `#/feature/${feature}`; },
  });
}

function mapPanel(report: Report): HTMLElement | null {
  const { maps, columns } = report.index;
  if (maps.length === 0) {
    return null;
  }
  const holder = h("div", {});
  let map = maps[maps.length - 1].name;
  let colour = columns.some((column) => column.name === "density") ? "density" : columns[0].name;
  const draw = () => {
    const plane = maps.find((one) => one.name === map)!;
    const column = columns.find((one) => one.name === colour)!;
    holder.replaceChildren(scatter({
      label: `${plane.title} of decoder rows, coloured by ${column.title}`, tall: 420, bare: true,
      x: { title: "", values: plane.x, log: false }, y: { title: "", values: plane.y, log: false },
      colour: { title: column.title, values: column.values, log: column.scale === "log" },
      tip: (feature) => `#${feature} ${wordsOf(report, feature)}\n${column.title}: ${String(column.values[feature])}`,
      open: (feature) => { location.hash = `#/feature/${feature}`; },
    }));
  };
  draw();
  return panel("map", "Map of the dictionary", "directions that are alike lie together; axes have no meaning",
    h("div", { class: "control-row" },
      dropDown("Map", maps.map((one) => [one.name, one.title]), map, (value) => { map = value; draw(); }),
      h("span", { class: "control-label" }, "coloured by"),
      dropDown("Colour", columns.map((one) => [one.name, one.title]), colour, (value) => { colour = value; draw(); })),
    holder);
}

function curvePanels(report: Report): (HTMLElement | null)[] {
  const curves = report.index.curves;
  if (!curves || curves.tokens.length < 2) {
    return [];
  }
  const of = (names: string[]) => curves.series.filter((one) => names.includes(one.name))
    .map((one) => ({ name: one.title, values: one.values }));
  const one = (name: string, logY: boolean, tick?: (value: number) => string): HTMLElement | null => {
    const series = of([name]);
    return series.length === 0 || series[0].values.every((value) => typeof value !== "number") ? null
      : h("figure", {}, h("figcaption", {}, series[0].name),
        lines(series[0].name, curves.tokens, series, { x: "vectors trained on", yTick: tick }, { logY }));
  };
  return [panel("curves", "Training", "",
    h("div", { class: "three-columns" }, one("loss", true), one("fvu", true), one("l0", false),
      one("dead_fraction", false, percent), one("grad_norm", true), one("lr", false)))];
}

function sweepPanel(sweep: Sweep): HTMLElement {
  const sizes = [...new Set(sweep.cells.map((cell) => cell.latents))].sort((a, b) => a - b);
  const xs = sweep.cells.map((cell) => Math.log10(cell.mse));
  const ys = sweep.cells.map((cell) => cell.bits);
  return panel("sweep", `Bounce plane: ${sweep.verdict}${sweep.latents ? ` at ${sweep.latents}` : ""}`,
    `total information against error; a line is a dictionary size${sweep.histograms ? `; ${sweep.histograms.caption}` : ""}`,
    chart("Bounce plane", 300, (width) => {
      const frame = frameOf(width, 300, 60);
      const x = linear(Math.min(...xs), Math.max(...xs), frame.left + 6, frame.right - 6);
      const y = linear(Math.min(...ys), Math.max(...ys), frame.bottom - 6, frame.top + 6);
      return [
        ...axes(frame, x, y, { x: "mean squared error", y: "bits", xTick: powerText }),
        ...sizes.flatMap((size, k) => {
          const cells = sweep.cells.filter((cell) => cell.latents === size).sort((a, b) => a.mse - b.mse);
          const place = (cell: { mse: number; bits: number }) => `${x(Math.log10(cell.mse))} ${y(cell.bits)}`;
          return [
            s("path", { class: `line line-${k % 7}${size === sweep.latents ? " is-chosen" : ""}`, d: `M${cells.map(place).join("L")}` }),
            ...cells.map((cell) => s("circle", { class: `dot dot-shown line-${k % 7}`, r: 3.5, cx: x(Math.log10(cell.mse)), cy: y(cell.bits),
              "data-tip": `${size} latents: error ${cell.mse}, ${cell.bits} bits` })),
          ];
        }),
      ];
    }),
    h("ul", { class: "part-key" }, ...sizes.map((size, k) => h("li", {}, h("span", { class: `swatch line-${k % 7}` }), String(size)))));
}

function sweepMapsPanel(maps: SweepMaps): HTMLElement {
  return panel("sweep-maps", `Maps over sizes and ${maps.sparsity}`, "means over the repeats of the sweep",
    h("div", { class: "two-columns" }, ...maps.maps.map((map) => heatMap(maps, map))), heatKey(maps));
}

function listPanel(report: Report, key: string, title: string, note: string, features: number[]): HTMLElement {
  const density = valuesOf(report, "density");
  const more = features.length - mostListed;
  return panel(key, `${title}: ${features.length.toLocaleString("en-US")}`, note,
    features.length === 0 ? h("p", { class: "none" }, "none") : h("ol", { class: "feature-list" },
      ...features.slice(0, mostListed).map((feature) => h("li", {}, featureLink(feature,
        h("span", { class: "neighbour-words", dir: "auto" }, wordsOf(report, feature))),
        h("span", { class: "number", "data-tip": `density ${String(density[feature])}` }, key === "silent" ? "" : percent(density[feature]))))),
    more > 0 ? h("p", { class: "none" }, `and ${more.toLocaleString("en-US")} more: sort the list by density`) : null);
}

function valuesOf(report: Report, name: string): Num[] {
  return report.index.columns.find((column) => column.name === name)?.values ?? [];
}

function wordsOf(report: Report, feature: number): string {
  const index = report.index;
  return index.labels?.[feature] ? visible(index.labels[feature]!, 80)
    : index.summary[feature].map((piece) => index.pieces[piece]).filter((piece) => !isBlank(piece))
      .map((piece) => visible(piece.trim(), 24)).join(" · ");
}

