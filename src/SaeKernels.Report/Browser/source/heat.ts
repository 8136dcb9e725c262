import { tickText } from "./axes";
import { chart } from "./charts";
import { h, s } from "./dom";
import { isDarkShade, shade } from "./scatter";
import { isNumber, short } from "./text";
import type { SweepMap, SweepMaps } from "./types";

const left = 48;
const top = 16;
const bottom = 32;
const step = 7;

/** A figure by size and sparsity; the largest size is on top. */
export function heatMap(maps: SweepMaps, map: SweepMap): HTMLElement {
  const rows = maps.latents.length;
  const tall = Math.max(18, Math.min(34, 240 / rows));
  const caption = h("figcaption", {}, map.title);
  if (map.values.length === 0) {
    return h("figure", {}, caption, h("p", { class: "none" }, "left out, as it is not known for this data"));
  }
  return h("figure", {}, caption, chart(describe(maps, map), top + rows * tall + bottom, (width) => {
    const wide = (width - left - 2) / maps.sparsities.length;
    const every = Math.ceil(48 / wide);
    const foot = top + rows * tall;
    return [
      s("text", { class: "axis-title", x: left - 6, y: top - 5, "text-anchor": "end" }, "latents"),
      ...maps.latents.map((size, row) => s("text", {
        class: "tick", x: left - 6, y: foot - (row + 0.5) * tall + 4, "text-anchor": "end",
      }, tickText(size))),
      ...maps.sparsities.map((value, column) => column % every === 0 ? s("text", {
        class: "tick", x: left + (column + 0.5) * wide, y: foot + 14, "text-anchor": "middle",
      }, short(value)) : s("g")),
      s("text", { class: "axis-title", x: width - 2, y: foot + 28, "text-anchor": "end" }, maps.sparsity),
      ...map.values.flatMap((values, row) => values.flatMap((_, column) =>
        cell(maps, map, row, column, left + column * wide, foot - (row + 1) * tall, wide - 1, tall - 1))),
    ];
  }));
}

/** What the colours and marks of maps mean. */
export function heatKey(maps: SweepMaps): HTMLElement {
  const hatched = s("svg", { width: 24, height: 12, "aria-hidden": true }, ...hatch(0, 0, 24, 12));
  return h("div", { class: "colour-key" }, h("span", {}, "0"), h("span", { class: "colour-ramp is-light" }),
    h("span", {}, "1 and above"), hatched, h("span", {}, "not defined"),
    maps.unconverged.some((row) => row.some((count) => count > 0))
      ? h("span", {}, "•\u00A0further starts kept finding something better") : null);
}

function cell(
  maps: SweepMaps, map: SweepMap, row: number, column: number, x: number, y: number, width: number, height: number
): SVGElement[] {
  const value = map.values[row][column];
  const unconverged = maps.unconverged[row][column];
  const tip = `${map.name} at ${maps.latents[row]} latents and ${maps.sparsity} ${maps.sparsities[column]}: `
    + (isNumber(value) ? String(value) : "not defined") + (unconverged > 0 ? `; ${unconverged} did not converge` : "");
  if (!isNumber(value)) {
    return hatch(x, y, width, height, tip);
  }
  const share = Math.max(0, Math.min(1, value));
  const over = isDarkShade(share) ? "heat-text is-white" : "heat-text";
  return [
    s("rect", { class: "heat", x, y, width, height, fill: shade(share, false), "data-tip": tip, "data-value": value }),
    width < 25 ? s("g") : s("text", {
      class: over, x: x + width / 2, y: y + height / 2 + 4, "text-anchor": "middle",
    }, value.toFixed(width < 36 ? 2 : 3)),
    unconverged > 0 ? s("circle", { class: over, cx: x + width - 4, cy: y + 4, r: 2 }) : s("g"),
  ];
}

function hatch(x: number, y: number, width: number, height: number, tip?: string): SVGElement[] {
  let path = "";
  for (let from = step - height; from < width; from += step) {
    const low = Math.max(0, from);
    const high = Math.min(width, from + height);
    path += `M${x + low} ${y + height - (low - from)}L${x + high} ${y + height - (high - from)}`;
  }
  return [s("rect", { class: "heat-none", x, y, width, height, "data-tip": tip }), s("path", { class: "heat-hatch", d: path })];
}

/** Where a figure is lowest and highest, for who cannot see the map. */
function describe(maps: SweepMaps, map: SweepMap): string {
  const cells = map.values.flatMap((values, row) => values.map((value, column) => ({ value, row, column })))
    .filter((one): one is { value: number; row: number; column: number } => isNumber(one.value))
    .sort((a, b) => a.value - b.value);
  const text = (one: typeof cells[number]) =>
    `${short(one.value)} at ${maps.latents[one.row]} latents and ${maps.sparsity} ${short(maps.sparsities[one.column])}`;
  return cells.length === 0 ? map.title : `${map.title}: lowest ${text(cells[0])}, highest ${text(cells[cells.length - 1])}`;
}
