import { axes, frameOf, linear, powerText, powerTicks, type AxisText, type Frame, type Scale } from "./axes";
import { h, s } from "./dom";
import { percent, short } from "./text";
import type { Histogram, Num } from "./types";

const height = 176;

/** A chart that is drawn anew when its width changes. */
export function chart(label: string, tall: number, draw: (width: number) => SVGElement[]): HTMLElement {
  const holder = h("div", { class: "chart" });
  holder.style.height = `${tall}px`;
  let drawn = 0;
  const redraw = () => {
    const width = Math.floor(holder.clientWidth);
    if (width < 60 || width === drawn) {
      return;
    }
    drawn = width;
    holder.replaceChildren(s("svg", { width, height: tall, role: "img", "aria-label": label }, ...draw(width)));
  };
  new ResizeObserver(redraw).observe(holder);
  requestAnimationFrame(redraw);
  return holder;
}

/** A histogram. With `logCounts` the height is the logarithm of the count plus one. */
export function histogram(
  label: string, data: Histogram, text: AxisText,
  options: { logCounts?: boolean; powers?: boolean; whole?: boolean; mark?: (low: number, high: number) => string } = {}
): HTMLElement {
  const bins = data.counts.length;
  const step = (data.high - data.low) / bins;
  const edge = (i: number) => (i === bins ? data.high : data.low + i * step);
  const shown = (value: number) => (options.powers ? powerText(value) : short(value));
  return chart(label, height, (width) => {
    const frame = frameOf(width, height);
    const size = (count: number) => (options.logCounts ? Math.log10(count + 1) : count);
    const x = linear(data.low, data.high, frame.left, frame.right);
    const y = linear(0, Math.max(size(1), ...data.counts.map(size)), frame.bottom, frame.top + 8);
    const bar = (count: number, i: number) => s("rect", {
      class: `mark ${options.mark?.(edge(i), edge(i + 1)) ?? ""}`,
      x: x(edge(i)) + 0.5, width: Math.max(0.5, x(edge(i + 1)) - x(edge(i)) - 1),
      y: Math.min(y(size(count)), frame.bottom - (count > 0 ? 1 : 0)),
      height: Math.max(count > 0 ? 1 : 0, frame.bottom - y(size(count))),
      "data-count": count, "data-tip": `${options.whole ? i + 1 : `${shown(edge(i))} to ${shown(edge(i + 1))}`}: ${count.toLocaleString("en-US")}`,
    });
    const logTicks = powerTicks(0, y.high, 3).map((power) => Math.log10(10 ** power + 1));
    return [
      ...axes(frame, x, y, {
        ...text,
        xTick: options.powers ? powerText : text.xTick,
        xTicks: options.powers ? powerTicks(data.low, data.high, width / 90) : text.xTicks,
        yTicks: options.logCounts ? logTicks : undefined,
        yTick: options.logCounts ? (value) => short(Math.round(10 ** value - 1)) : text.yTick,
      }),
      ...data.counts.map(bar),
    ];
  });
}

/** Bars of parts on top of each other; with `whole` each bar is as high as the chart. */
export function stack(
  label: string, low: number, high: number, rows: number[][], names: string[], text: AxisText,
  options: { whole: boolean; kind: "part" | "label" }
): HTMLElement {
  const { whole, kind } = options;
  const sums = rows.map((row) => row.reduce((a, b) => a + b, 0));
  return chart(label, height, (width) => {
    const frame = frameOf(width, height);
    const x = linear(low, high, frame.left, frame.right);
    const y = linear(0, whole ? 1 : Math.max(1e-30, ...sums), frame.bottom, frame.top + 8);
    const step = (high - low) / rows.length;
    const marks: SVGElement[] = [];
    rows.forEach((row, i) => {
      let below = 0;
      row.forEach((part, k) => {
        const size = whole ? part / sums[i] : part;
        if (part > 0) {
          marks.push(s("rect", {
            class: `mark part ${kind}-${k}`, x: x(low + i * step) + 0.5, "data-value": part,
            width: Math.max(0.5, x(low + (i + 1) * step) - x(low + i * step) - 1),
            y: y(below + size), height: Math.max(0.3, y(below) - y(below + size)),
            "data-tip": `${short(low + i * step)} to ${short(low + (i + 1) * step)}, ${names[k]}: `
              + `${short(part)} (${percent(part / sums[i])})`,
          }));
        }
        below += size;
      });
    });
    return [...axes(frame, x, y, { ...text, yTick: whole ? percent : text.yTick }), ...marks];
  });
}

/** Lines over a common axis. */
export function lines(
  label: string, x: Num[], series: { name: string; values: Num[] }[], text: AxisText,
  options: { logY?: boolean; fromZero?: boolean; top?: number } = {}
): HTMLElement {
  const logY = options.logY === true;
  const usable = (value: unknown): value is number =>
    typeof value === "number" && Number.isFinite(value) && (!logY || value > 0);
  const place = (value: number) => (logY ? Math.log10(value) : value);
  const ys = series.flatMap((one) => one.values.filter(usable).map(place));
  const xs = x as number[];
  return chart(label, height, (width) => {
    const frame = frameOf(width, height);
    const xScale = linear(Math.min(...xs), Math.max(...xs), frame.left, frame.right);
    const low = Math.min(...ys);
    const high = Math.max(options.top ?? -Infinity, ...ys);
    const y = linear(logY || options.fromZero === false ? low : Math.min(0, low), high, frame.bottom, frame.top + 8);
    return [
      ...axes(frame, xScale, y, { ...text, ...(logY ? { yTick: powerText, yTicks: powerTicks(low, high, 4) } : {}) }),
      ...series.map((one, k) => s("path", { class: `line line-${k}`, d: pathOf(xs, one.values, (value) =>
        usable(value) ? y(place(value)) : null, xScale) })),
      ...series.flatMap((one, k) => dots(frame, xs, one, k, xScale, (value) => (usable(value) ? y(place(value)) : null))),
    ];
  });
}

/** Bars to both sides of zero, with what they stand for at the left. */
export function signedBars(
  label: string, rows: { name: string; value: number; tip: string; href?: string }[]
): HTMLElement {
  const most = Math.max(1e-30, ...rows.map((row) => Math.abs(row.value)));
  return h("ol", { class: "signed-bars", "aria-label": label }, ...rows.map((row) => {
    const bar = h("span", { class: `bar mark ${row.value < 0 ? "negative" : "positive"}`, "data-value": row.value });
    bar.style.width = `${(Math.abs(row.value) / most) * 50}%`;
    return h("li", { "data-tip": row.tip },
      row.href ? h("a", { class: "bar-name", href: row.href }, row.name) : h("span", { class: "bar-name" }, row.name),
      h("span", { class: "bar-room" }, bar), h("span", { class: "bar-value" }, short(row.value)));
  }));
}

/** Vertical bars to both sides of zero, one for each of many places. */
export function spikes(label: string, rows: { place: number; value: number; tip: string }[], text: AxisText): HTMLElement {
  const most = Math.max(1e-30, ...rows.map((row) => Math.abs(row.value)));
  const last = Math.max(...rows.map((row) => row.place));
  return chart(label, height, (width) => {
    const frame = frameOf(width, height);
    const x = linear(-0.5, last + 0.5, frame.left, frame.right);
    const y = linear(-most, most, frame.bottom, frame.top + 8);
    const wide = Math.max(1, x(1) - x(0) - 0.6);
    return [
      ...axes(frame, x, y, text),
      ...rows.map((row) => s("rect", {
        class: `mark ${row.value < 0 ? "negative" : "positive"}`, x: x(row.place) - wide / 2, width: wide,
        y: Math.min(y(0), y(row.value)), height: Math.max(0.5, Math.abs(y(row.value) - y(0))),
        "data-value": row.value, "data-tip": row.tip,
      })),
    ];
  });
}

function pathOf(xs: number[], values: Num[], y: (value: Num) => number | null, x: Scale): string {
  let path = "";
  let isDown = false;
  values.forEach((value, i) => {
    const place = y(value);
    path += place === null ? "" : `${isDown ? "L" : "M"}${x(xs[i]).toFixed(1)} ${place.toFixed(1)}`;
    isDown = place !== null;
  });
  return path;
}

function dots(
  frame: Frame, xs: number[], one: { name: string; values: Num[] }, k: number, x: Scale,
  y: (value: Num) => number | null
): SVGElement[] {
  const every = Math.max(1, Math.ceil(xs.length / ((frame.right - frame.left) / 6)));
  return xs.flatMap((at, i) => {
    const place = i % every === 0 || i === xs.length - 1 ? y(one.values[i]) : null;
    return place === null ? [] : [s("circle", {
      class: `dot line-${k}`, cx: x(at), cy: place, r: 5, "data-tip": `${one.name} at ${short(at)}: ${String(one.values[i])}`,
    })];
  });
}
