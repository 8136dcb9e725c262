import { axes, frameOf, linear, powerText, powerTicks, ticks, type Scale } from "./axes";
import { h, s } from "./dom";
import { isNumber, short } from "./text";
import type { Num } from "./types";

export interface ScatterAxis {
  title: string;
  values: Num[];
  log: boolean;
}

export interface ScatterOptions {
  label: string;
  x: ScatterAxis;
  y: ScatterAxis;
  colour: ScatterAxis | null;
  size?: ScatterAxis | null;
  bare?: boolean;
  tall: number;
  tip: (point: number) => string;
  open?: (point: number) => void;
}

// Cividis (Nuñez, Anderton, Renslow 2018): read alike with and without colour blindness.
const cividis = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]];

/** A cloud of points on a canvas; the point under the pointer is told, and a click opens it. */
export function scatter(options: ScatterOptions): HTMLElement {
  const holder = h("div", { class: "chart scatter", role: "img", "aria-label": options.label });
  holder.style.height = `${options.tall}px`;
  const canvas = h("canvas", { "aria-hidden": true });
  const ring = h("span", { class: "scatter-ring", hidden: true });
  let places: [number, number, number][] = [];
  let drawn = 0;
  const draw = (always: boolean) => {
    const width = holder.clientWidth;
    if (width < 60 || (width === drawn && !always)) {
      return;
    }
    drawn = width;
    const frame = options.bare
      ? { width, height: options.tall, left: 8, right: width - 8, top: 8, bottom: options.tall - 8 }
      : frameOf(width, options.tall, 54);
    const x = scaleOf(options.x, frame.left + 4, frame.right - 4);
    const y = scaleOf(options.y, frame.bottom - 4, frame.top + 6);
    places = placesOf(options, x, y);
    paint(canvas, width, options, places);
    const svg = s("svg", { width, height: options.tall, "aria-hidden": true }, ...(options.bare ? [] : axes(frame, x, y, {
      x: options.x.title, y: options.y.title, ...ticksOf(options.x, x, "x", width / 80), ...ticksOf(options.y, y, "y", 5),
    })));
    holder.replaceChildren(svg, canvas, ring);
    holder.dataset.points = String(places.length);
  };
  new ResizeObserver(() => draw(false)).observe(holder);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
  addEventListener("themechange", () => draw(true));
  installPointer(holder, ring, options, () => places);
  requestAnimationFrame(() => draw(false));
  return options.colour ? h("div", { class: "scatter-with-key" }, holder, colourKey(options.colour)) : holder;
}

function installPointer(
  holder: HTMLElement, ring: HTMLElement, options: ScatterOptions, places: () => [number, number, number][]
): void {
  let found = -1;
  holder.addEventListener("pointermove", (event) => {
    const box = holder.getBoundingClientRect();
    const near = nearest(places(), event.clientX - box.left, event.clientY - box.top);
    found = near ? near[2] : -1;
    ring.hidden = !near;
    if (near) {
      ring.style.left = `${near[0]}px`;
      ring.style.top = `${near[1]}px`;
      holder.dataset.tip = options.tip(found);
    } else {
      delete holder.dataset.tip;
    }
    holder.classList.toggle("is-over", near !== null && options.open !== undefined);
  });
  holder.addEventListener("pointerleave", () => { ring.hidden = true; });
  holder.addEventListener("click", () => {
    if (found >= 0) {
      options.open?.(found);
    }
  });
}

function nearest(places: [number, number, number][], x: number, y: number): [number, number, number] | null {
  let best: [number, number, number] | null = null;
  let least = 14 * 14;
  for (const place of places) {
    const distance = (place[0] - x) ** 2 + (place[1] - y) ** 2;
    if (distance < least) {
      least = distance;
      best = place;
    }
  }
  return best;
}

function usable(axis: ScatterAxis, i: number): number | null {
  const value = axis.values[i];
  return isNumber(value) && (!axis.log || value > 0) ? (axis.log ? Math.log10(value) : value) : null;
}

function rangeOf(axis: ScatterAxis): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < axis.values.length; i++) {
    const value = usable(axis, i);
    if (value !== null) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high === low ? low + 1 : high] : [0, 1];
}

function scaleOf(axis: ScatterAxis, from: number, to: number): Scale {
  const [low, high] = rangeOf(axis);
  return linear(low, high, from, to);
}

function ticksOf(axis: ScatterAxis, scale: Scale, side: "x" | "y", wanted: number): object {
  const values = axis.log ? powerTicks(scale.low, scale.high, wanted) : ticks(scale.low, scale.high, wanted);
  return { [`${side}Ticks`]: values, [`${side}Tick`]: axis.log ? powerText : short };
}

function placesOf(options: ScatterOptions, x: Scale, y: Scale): [number, number, number][] {
  const result: [number, number, number][] = [];
  for (let i = 0; i < options.x.values.length; i++) {
    const a = usable(options.x, i);
    const b = usable(options.y, i);
    if (a !== null && b !== null) {
      result.push([x(a), y(b), i]);
    }
  }
  return result;
}

function paint(canvas: HTMLCanvasElement, width: number, options: ScatterOptions, places: [number, number, number][]): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = options.tall * ratio;
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const plain = style.getPropertyValue("--series-0").trim();
  const range = options.colour ? rangeOf(options.colour) : [0, 1];
  const isDark = style.getPropertyValue("color-scheme").trim() === "dark";
  const sizes = options.size ? rangeOf(options.size) : null;
  const radius = places.length > 3000 ? 2.2 : places.length > 600 ? 3 : 4;
  context.globalAlpha = places.length > 600 ? 0.75 : 0.85;
  for (const [x, y, i] of places) {
    const value = options.colour ? usable(options.colour, i) : null;
    context.fillStyle = options.colour
      ? value === null ? "#8886" : shade((value - range[0]) / (range[1] - range[0]), isDark) : plain;
    const size = sizes ? usable(options.size!, i) : null;
    context.beginPath();
    context.arc(x, y, sizes ? 1.5 + 5 * ((size ?? sizes[0]) - sizes[0]) / (sizes[1] - sizes[0]) : radius, 0, 7);
    context.fill();
  }
}

/** A colour of the scale; on a light page it runs the other way, so that much is always what stands out. */
export function shade(share: number, isDark: boolean): string {
  const place = Math.max(0, Math.min(1, isDark ? 0.15 + 0.85 * share : 0.88 * (1 - share))) * (cividis.length - 1);
  const i = Math.min(cividis.length - 2, Math.floor(place));
  const channel = (k: number) => Math.round(cividis[i][k] + (cividis[i + 1][k] - cividis[i][k]) * (place - i));
  return `rgb(${channel(0)} ${channel(1)} ${channel(2)})`;
}

/** Whether white has more contrast than black with a colour of the light scale. */
export function isDarkShade(share: number): boolean {
  const light = shade(share, false).match(/\d+/g)!.map((channel) => Number(channel) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] <= Math.sqrt(1.05 * 0.05) - 0.05;
}

function colourKey(axis: ScatterAxis): HTMLElement {
  const [low, high] = rangeOf(axis);
  const text = (value: number) => (axis.log ? powerText(value) : short(value));
  return h("div", { class: "colour-key" }, h("span", {}, axis.title), h("span", {}, text(low)),
    h("span", { class: "colour-ramp" }), h("span", {}, text(high)));
}
