import { s } from "./dom";
import { short } from "./text";

/** Where a chart draws, in pixels. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Scale {
  (value: number): number;
  low: number;
  high: number;
}

export function frameOf(width: number, height: number, left = 46): Frame {
  return { width, height, left, right: width - 10, top: 10, bottom: height - 34 };
}

export function linear(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  return Object.assign((value: number) => from + ((value - low) / span) * (to - from), { low, high });
}

/** Round numbers between two bounds. */
export function ticks(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0) || !Number.isFinite(rough)) {
    return [low];
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const result: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    result.push(Number((i * step).toPrecision(12)));
  }
  return result;
}

/** The labels of a logarithmic axis, as exponents of 10: whole powers, with 2 and 5 between where there is room. */
export function powerTicks(low: number, high: number, wanted: number): number[] {
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const found: number[] = [];
    for (let power = Math.floor(low); power <= high; power++) {
      found.push(...factors.map((factor) => power + Math.log10(factor)).filter((at) => at >= low && at <= high));
    }
    if (found.length <= wanted + 1 && found.length > 0) {
      return found;
    }
  }
  return ticks(low, high, wanted).filter((value) => Number.isInteger(value));
}

export function powerText(exponent: number): string {
  const value = Number((10 ** exponent).toPrecision(6));
  return value >= 0.001 && value < 1e5 ? short(value) : Number(value.toPrecision(2)).toExponential().replace("e+", "e");
}

export interface AxisText {
  x: string;
  y?: string;
  xTick?: (value: number) => string;
  yTick?: (value: number) => string;
  xTicks?: number[];
  yTicks?: number[];
}

/** A label of an axis: large numbers as 2M. */
export function tickText(value: number): string {
  return Math.abs(value) >= 1e4 ? new Intl.NumberFormat("en-US", { notation: "compact" }).format(value) : short(value);
}

/** Draws the two axes with their labels. */
export function axes(frame: Frame, x: Scale, y: Scale, text: AxisText): SVGElement[] {
  const xs = text.xTicks ?? ticks(x.low, x.high, Math.max(2, Math.floor((frame.right - frame.left) / 70)));
  const ys = text.yTicks ?? ticks(y.low, y.high, Math.max(2, Math.floor((frame.bottom - frame.top) / 40)));
  const xText = text.xTick ?? tickText;
  const yText = text.yTick ?? tickText;
  return [
    ...ys.map((value) => s("line", {
      class: "grid", x1: frame.left, x2: frame.right, y1: y(value), y2: y(value),
    })),
    ...ys.map((value) => s("text", { class: "tick", x: frame.left - 6, y: y(value) + 3.5, "text-anchor": "end" },
      yText(value))),
    s("line", { class: "axis", x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom }),
    ...xs.map((value) => s("text", {
      class: "tick", x: Math.min(x(value), frame.right - 6), y: frame.bottom + 14, "text-anchor": "middle",
    }, xText(value))),
    s("text", { class: "axis-title", x: frame.right, y: frame.height - 4, "text-anchor": "end" }, text.x),
    ...(text.y ? [s("text", { class: "axis-title", x: frame.left + 3, y: frame.top + 2 }, text.y)] : []),
  ];
}
