import type { Report } from "./data";
import { dropDown, h } from "./dom";
import { isBlank, isNumber, percent, short, visible } from "./text";
import type { Column } from "./types";

const rowHeight = 58;
const spareRows = 6;

/** The list of all features: searched, filtered, sorted; only the rows in sight are in the page. */
export class FeatureList {
  readonly element: HTMLElement;
  private readonly room = h("div", { class: "list-room", role: "list", "aria-label": "Features" });
  private readonly scroller = h("div", { class: "list-scroller", tabindex: 0, "aria-label": "Feature list" });
  private readonly count = h("p", { class: "list-count", role: "status" });
  private readonly search = h("input", {
    type: "search", id: "feature-search", placeholder: "Number, word or /expression/", "aria-label": "Search features",
    autocomplete: "off", spellcheck: "false",
  });
  private readonly low = numberField("at least");
  private readonly high = numberField("at most");
  private readonly texts: string[];
  private readonly density: Column | undefined;
  private sortBy: string;
  private isAscending = false;
  private filterBy: string;
  private shown: number[] = [];
  private chosen = -1;
  private firstDrawn = -1;

  constructor(private readonly report: Report, private readonly open: (feature: number) => void) {
    const index = report.index;
    this.density = this.columnOf("density");
    this.sortBy = this.density ? "density" : "id";
    this.filterBy = this.density ? "density" : index.columns[0]?.name ?? "id";
    this.texts = index.summary.map((pieces, feature) =>
      [index.labels?.[feature] ?? "", ...pieces.map((piece) => index.pieces[piece])].join("\n"));
    const names = index.columns.map((column): [string, string] => [column.name, column.title]);
    const direction = h("button", { type: "button", class: "icon", "aria-label": "Largest first", "data-tip": "Turn the order round" }, "↓");
    const turn = (isAscending: boolean) => {
      this.isAscending = isAscending;
      direction.textContent = isAscending ? "↑" : "↓";
      direction.setAttribute("aria-label", isAscending ? "Smallest first" : "Largest first");
      this.refresh();
    };
    direction.addEventListener("click", () => turn(!this.isAscending));
    const sort = dropDown("Sort features by", [["id", "number"], ["random", "chance"], ...names], this.sortBy, (value) => {
      this.sortBy = value;
      turn(value === "id");
    });
    sort.id = "feature-sort";
    const filter = dropDown("Filter features by", names, this.filterBy, (value) => {
      this.filterBy = value;
      this.refresh();
    });
    for (const field of [this.search, this.low, this.high]) {
      field.addEventListener("input", () => this.refresh());
    }
    this.scroller.append(this.room);
    this.scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw(true)).observe(this.scroller);
    this.element = h("aside", { class: "sidebar", "aria-label": "Features" },
      h("div", { class: "list-controls" }, this.search,
        h("div", { class: "control-row" }, h("span", { class: "control-label" }, "Sort"), sort, direction),
        h("div", { class: "control-row" }, h("span", { class: "control-label" }, "Filter"), filter, this.low, this.high),
        this.count),
      this.scroller);
    this.refresh();
  }

  focusSearch(): void {
    this.search.focus();
    this.search.select();
  }

  /** Marks a feature and scrolls to it. */
  choose(feature: number): void {
    this.chosen = feature;
    const place = this.shown.indexOf(feature);
    if (place >= 0) {
      const top = place * rowHeight;
      if (top < this.scroller.scrollTop || top + rowHeight > this.scroller.scrollTop + this.scroller.clientHeight) {
        this.scroller.scrollTop = Math.max(0, top - this.scroller.clientHeight / 3);
      }
    }
    this.draw(true);
  }

  /** The feature so many places further in the order that is shown. */
  step(by: number): number | null {
    const place = this.shown.indexOf(this.chosen);
    const next = place < 0 ? 0 : Math.max(0, Math.min(this.shown.length - 1, place + by));
    return this.shown[next] ?? null;
  }

  first(): number | null {
    return this.shown.find((feature) => this.report.hasDetail(feature)) ?? this.shown[0] ?? null;
  }

  private refresh(): void {
    const matches = matcher(this.search.value.trim(), this.texts);
    const filter = this.columnOf(this.filterBy);
    const low = this.low.value === "" ? -Infinity : Number(this.low.value);
    const high = this.high.value === "" ? Infinity : Number(this.high.value);
    this.search.setAttribute("aria-invalid", String(matches === null));
    this.shown = [];
    for (let feature = 0; feature < this.report.index.features; feature++) {
      const value = filter?.values[feature];
      const isInside = (low === -Infinity && high === Infinity) || (isNumber(value) && value >= low && value <= high);
      if (isInside && matches?.(feature)) {
        this.shown.push(feature);
      }
    }
    this.sort();
    const all = this.report.index.features;
    this.count.textContent = matches === null ? "This is no regular expression."
      : `${this.shown.length.toLocaleString("en-US")} of ${all.toLocaleString("en-US")} features`;
    this.room.style.height = `${this.shown.length * rowHeight}px`;
    this.scroller.scrollTop = 0;
    this.draw(true);
  }

  private sort(): void {
    const sign = this.isAscending ? 1 : -1;
    const values = this.columnOf(this.sortBy)?.values;
    if (this.sortBy === "random") {
      this.shown.sort((a, b) => scatterNumber(a) - scatterNumber(b));
    } else if (!values) {
      this.shown.sort((a, b) => sign * (a - b));
    } else {
      // What has no number stands last either way; equal ones stand by their number.
      const key = (feature: number) => (isNumber(values[feature]) ? sign * (values[feature] as number) : Infinity);
      this.shown.sort((a, b) => {
        const [left, right] = [key(a), key(b)];
        return left === right ? a - b : left - right;
      });
    }
  }

  private draw(always = false): void {
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / rowHeight) - spareRows);
    if (!always && first === this.firstDrawn) {
      return;
    }
    this.firstDrawn = first;
    const last = Math.min(this.shown.length, first + Math.ceil(this.scroller.clientHeight / rowHeight) + 2 * spareRows);
    this.room.replaceChildren(...this.shown.slice(first, last).map((feature, i) => this.row(feature, first + i)));
  }

  private row(feature: number, place: number): HTMLElement {
    const index = this.report.index;
    const label = index.labels?.[feature];
    const pieces = index.summary[feature].map((piece) => index.pieces[piece]).filter((piece) => !isBlank(piece));
    const column = this.columnOf(this.sortBy) ?? this.density;
    const value = column?.values[feature];
    const row = h("div", {
      class: `list-row${feature === this.chosen ? " is-chosen" : ""}`, role: "listitem",
      "aria-setsize": this.shown.length, "aria-posinset": place + 1,
    }, h("a", { href: `#/feature/${feature}`, tabindex: -1, "aria-current": feature === this.chosen ? "true" : null },
      h("span", { class: "row-id" }, `#${feature}`),
      h("span", { class: "row-words", dir: "auto" }, label ? visible(label, 80) : words(pieces)),
      h("span", { class: "row-value" }, column ? `${column.title} ${column.name === "density" ? percent(value) : short(value)}` : "",
        h("span", { class: "row-flags" }, ...index.flags[feature].map((flag) => h("span", { class: "flag" }, flag))))));
    row.style.top = `${place * rowHeight}px`;
    row.addEventListener("click", () => this.open(feature));
    return row;
  }

  private columnOf(name: string): Column | undefined {
    return this.report.index.columns.find((column) => column.name === name);
  }
}

function words(pieces: string[]): string {
  return pieces.length ? pieces.map((piece) => visible(piece.trim(), 24)).join(" · ") : "(silent)";
}

function numberField(label: string): HTMLInputElement {
  return h("input", { type: "number", step: "any", placeholder: label, "aria-label": `Filter: ${label}` });
}

/** Tells what a search finds, or null where it is no regular expression. */
function matcher(text: string, texts: string[]): ((feature: number) => boolean) | null {
  if (text === "") {
    return () => true;
  }
  if (/^#?\d+$/.test(text)) {
    const wanted = text.replace("#", "");
    return (feature) => String(feature).startsWith(wanted) || texts[feature].includes(text);
  }
  try {
    const slashed = /^\/(.*)\/([ims]*)$/s.exec(text);
    const expression = slashed ? new RegExp(slashed[1], `${slashed[2]}u`) : new RegExp(text, "iu");
    return (feature) => expression.test(texts[feature]);
  } catch {
    return null;
  }
}

// A fixed shuffle: the same order each time the page is open.
function scatterNumber(feature: number): number {
  return (Math.imul(feature + 1, 0x9e3779b1) >>> 0) % 1000003;
}
