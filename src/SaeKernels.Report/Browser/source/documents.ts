import type { Report } from "./data";
import { choice, featureLink, h } from "./dom";
import { isBlank, percent, short, visible } from "./text";
import { shadeToken, wordGroups } from "./tokens";
import type { DocumentDetail } from "./types";

type Order = "activation" | "quantile";

/** A document: for the chosen token its active features, and any feature shaded over the whole text. */
export class DocumentView {
  readonly element = h("article", { class: "view text-view" });
  private readonly body = h("div", { class: "document", role: "group", "aria-label": "Document" });
  private readonly side = h("section", { class: "panel panel-active", "data-panel": "active", "aria-label": "Active features" });
  private readonly hits = h("div", { class: "hits", role: "status" });
  private readonly select: HTMLSelectElement;
  private detail: DocumentDetail | null = null;
  private document = -1;
  private token = -1;
  private shaded: number | null = null;
  private order: Order = "activation";
  private searches = 0;

  constructor(private readonly report: Report) {
    const documents = report.index.documents;
    this.select = h("select", { "aria-label": "Document" }, ...documents.map((one, i) =>
      h("option", { value: i }, `${one.title} (${one.length.toLocaleString("en-US")})`)));
    this.select.addEventListener("change", () => { location.hash = `#/text/${this.select.value}`; });
    const search = h("input", { type: "search", id: "text-search", placeholder: "Search all texts: /expression/",
      "aria-label": "Search tokens by regular expression", spellcheck: "false" });
    search.addEventListener("input", () => void this.search(search.value, search));
    const step = (by: number, label: string, text: string) => {
      const button = h("button", { type: "button", class: "icon", "aria-label": label }, text);
      button.addEventListener("click", () => this.open(Math.max(0, Math.min(documents.length - 1, this.document + by))));
      return button;
    };
    this.element.append(
      h("div", { class: "text-controls" }, step(-1, "Previous document", "‹"), this.select, step(1, "Next document", "›"), search),
      this.hits,
      h("div", { class: "text-columns" }, h("section", { class: "panel panel-document", "data-panel": "document", "aria-label": "Text" }, this.body), this.side));
  }

  /** Shows a document; `row` is the vector to choose. */
  async show(document: number, row: number | null): Promise<void> {
    const documents = this.report.index.documents;
    const place = Math.max(0, Math.min(documents.length - 1, document));
    const detail = await this.report.document(place);
    if (place !== this.document) {
      this.document = place;
      this.select.value = String(place);
      this.detail = detail;
      this.token = -1;
      this.draw();
    }
    this.choose(row === null ? firstActive(detail) : Math.max(0, Math.min(detail.tokens.length - 1, row - detail.first_row)), row !== null);
  }

  private open(document: number): void {
    location.hash = `#/text/${document}`;
  }

  private draw(): void {
    const detail = this.detail!;
    const isText = this.report.index.rows === "tokens";
    this.body.classList.toggle("is-words", !isText);
    const pieces = detail.tokens.map((piece) => this.report.index.pieces[piece]);
    const element = (i: number) => {
      const text = pieces[i];
      const button = h("button", { type: "button", class: "token", tabindex: i === 0 ? 0 : -1, "data-place": i,
        "data-tip": `“${visible(text, 300)}”, row ${detail.first_row + i}` }, visible(text));
      button.addEventListener("click", () => { location.hash = `#/text/${this.document}/${detail.first_row + i}`; });
      return button;
    };
    this.body.replaceChildren(...(isText ? wordGroups(pieces, element) : pieces.map((_, i) => h("bdi", {}, element(i)))));
    this.body.onkeydown = (event) => {
      const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = this.token + by;
      if (by !== 0 && next >= 0 && next < detail.tokens.length) {
        event.preventDefault();
        location.hash = `#/text/${this.document}/${detail.first_row + next}`;
      }
    };
    this.shade();
  }

  private choose(place: number, isAsked: boolean): void {
    const buttons = this.buttons();
    buttons[this.token]?.classList.remove("is-focus");
    if (buttons[this.token]) {
      buttons[this.token].tabIndex = -1;
    }
    this.token = place;
    const button = buttons[place];
    if (button) {
      button.classList.add("is-focus");
      button.tabIndex = 0;
      if (isAsked) {
        button.focus({ preventScroll: true });
        button.scrollIntoView({ block: "nearest" });
      }
    }
    this.drawSide();
  }

  private drawSide(): void {
    const detail = this.detail!;
    const index = this.report.index;
    const features = detail.features[this.token] ?? [];
    const active = index.columns.find((column) => column.name === "active_tokens")?.values;
    const max = index.columns.find((column) => column.name === "max")?.values;
    const quantile = (i: number) => 1 - (detail.ranks[this.token][i] - 1) / Number(active?.[features[i]] ?? 1);
    const places = features.map((_, i) => i);
    places.sort((a, b) => this.order === "activation"
      ? detail.values[this.token][b] - detail.values[this.token][a] : quantile(b) - quantile(a) || a - b);
    const piece = visible(index.pieces[detail.tokens[this.token]] ?? "");
    this.side.replaceChildren(
      h("header", {}, h("h3", {}, "Active on ", h("bdi", { class: "piece" }, isBlank(piece) ? `“${piece}”` : piece)),
        h("p", { class: "note" }, `${features.length} features; press a feature's bar to shade it over the text`)),
      choice("Order", [["activation", "by activation"], ["quantile", "by quantile"]], this.order, (value: Order) => {
        this.order = value;
        this.drawSide();
      }),
      h("ol", { class: "neighbours active-features" }, ...places.map((i) => {
        const feature = features[i];
        const value = detail.values[this.token][i];
        const words = index.labels?.[feature] ?? index.summary[feature].map((one) => index.pieces[one])
          .filter((one) => !isBlank(one)).map((one) => one.trim()).join(" · ");
        const share = this.order === "activation" ? value / Number(max?.[feature] ?? value) : quantile(i);
        const bar = h("span", { class: "neighbour-bar mark positive", "data-value": value });
        bar.style.width = `${Math.max(2, Math.min(100, share * 100))}%`;
        const shade = h("button", { type: "button", class: "neighbour-room", "aria-pressed": String(this.shaded === feature),
          "aria-label": `Shade feature ${feature} over the text` }, bar);
        shade.addEventListener("click", () => {
          this.shaded = this.shaded === feature ? null : feature;
          this.shade();
          this.drawSide();
        });
        return h("li", { "data-feature": feature, "data-tip": `activation ${value}, stronger than ${percent(quantile(i))} of its activations` },
          featureLink(feature, h("span", { class: "neighbour-words", dir: "auto" }, visible(words, 60))), shade,
          h("span", { class: "number" }, this.order === "activation" ? short(value) : percent(quantile(i))));
      })),
      features.length === 0 ? h("p", { class: "none" }, "no feature is active here") : "");
  }

  private shade(): void {
    const detail = this.detail!;
    const max = this.shaded === null ? 0
      : Number(this.report.index.columns.find((column) => column.name === "max")?.values[this.shaded] ?? 0);
    this.buttons().forEach((button, i) => {
      const place = this.shaded === null ? -1 : detail.features[i].indexOf(this.shaded);
      button.classList.remove("is-active");
      shadeToken(button, place >= 0 && max > 0 ? detail.values[i][place] / max : 0);
    });
  }

  private buttons(): HTMLButtonElement[] {
    return [...this.body.querySelectorAll<HTMLButtonElement>("button.token")];
  }

  private async search(text: string, field: HTMLInputElement): Promise<void> {
    const mine = ++this.searches;
    field.setAttribute("aria-invalid", "false");
    if (text === "") {
      this.hits.replaceChildren();
      return;
    }
    let expression: RegExp;
    try {
      const slashed = /^\/(.*)\/([ims]*)$/s.exec(text);
      expression = slashed ? new RegExp(slashed[1], `g${slashed[2]}u`) : new RegExp(text, "giu");
    } catch {
      field.setAttribute("aria-invalid", "true");
      this.hits.replaceChildren(h("p", { class: "none" }, "This is no regular expression."));
      return;
    }
    const found: HTMLElement[] = [];
    let count = 0;
    for (let place = 0; place < this.report.index.documents.length; place++) {
      const detail = await this.report.document(place);
      if (mine !== this.searches) {
        return;
      }
      for (const at of matches(detail.tokens.map((piece) => this.report.index.pieces[piece]), expression)) {
        count++;
        if (found.length < 40) {
          found.push(this.hit(place, detail, at));
        }
      }
    }
    this.hits.replaceChildren(h("p", { class: "note" }, `${count.toLocaleString("en-US")} found${count > found.length ? `, the first ${found.length} shown` : ""}`),
      h("ol", { class: "hit-list" }, ...found));
  }

  private hit(place: number, detail: DocumentDetail, at: number): HTMLElement {
    const from = Math.max(0, at - 5);
    return h("li", {}, h("a", { href: `#/text/${place}/${detail.first_row + at}`, dir: "auto" },
      ...detail.tokens.slice(from, at + 6).map((piece, i) =>
        h("bdi", { class: from + i === at ? "hit" : null }, visible(this.report.index.pieces[piece])))));
  }
}

/** The tokens in which matches of an expression in the joined text begin. */
function matches(pieces: string[], expression: RegExp): number[] {
  const found: number[] = [];
  let start = 0;
  const starts = pieces.map((piece) => (start += piece.length) - piece.length);
  for (const match of pieces.join("").matchAll(expression)) {
    if (match[0].length > 0) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        [low, high] = starts[middle] <= match.index ? [middle, high] : [low, middle - 1];
      }
      found.push(low);
    }
  }
  return found;
}

function firstActive(detail: DocumentDetail): number {
  return Math.max(0, detail.features.findIndex((features) => features.length > 0));
}
