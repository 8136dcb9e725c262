// How numbers and pieces of text are shown. Every string goes into the page as a text node, never as markup.

const longestPiece = 60;
const pictures = 0x2400;

export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** A number in at most four significant digits; exact numbers stand in tooltips. */
export function short(value: unknown): string {
  if (!isNumber(value)) {
    return value === undefined || value === null ? "–" : String(value);
  }
  const size = Math.abs(value);
  if (value === 0) {
    return "0";
  }
  if (Number.isInteger(value) && size < 1e6) {
    return value.toLocaleString("en-US");
  }
  if (size >= 1e6 || size < 1e-3) {
    return value.toExponential(2).replace("e+", "e");
  }
  return size >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}

export function percent(share: unknown): string {
  if (!isNumber(share)) {
    return "–";
  }
  const value = share * 100;
  return value !== 0 && value < 0.001 ? `${value.toExponential(1)} %` : `${Number(value.toPrecision(3))} %`;
}

/** Makes what cannot be seen visible, and cuts very long pieces: line ends, control and direction marks. */
export function visible(piece: string, most = longestPiece): string {
  let result = "";
  let count = 0;
  for (const symbol of piece) {
    if (++count > most) {
      return `${result}…`;
    }
    result += visibleSymbol(symbol);
  }
  return result;
}

/** Whether a piece holds nothing that can be seen. */
export function isBlank(piece: string): boolean {
  return piece.trim().length === 0;
}

function visibleSymbol(symbol: string): string {
  const code = symbol.codePointAt(0)!;
  if (code === 10) {
    return "⏎";
  }
  if (code === 9) {
    return "⇥";
  }
  if (code < 32) {
    return String.fromCodePoint(pictures + code);
  }
  const isHidden =
    (code >= 0x7f && code < 0xa0) || code === 0xad || code === 0x61c || (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff) || (code >= 0xe0000 && code <= 0xe0fff);
  return isHidden ? `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›` : symbol;
}
