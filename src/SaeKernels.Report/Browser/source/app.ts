import { Report } from "./data";
import { DocumentView } from "./documents";
import { h, installTooltip } from "./dom";
import { featureView } from "./feature";
import { FeatureList } from "./list";
import { runView } from "./run";

const themes = ["system", "light", "dark"];

/** The frame of the page: which view the address asks for, the keys, the theme. */
class App {
  private readonly main = h("main", { id: "main", tabindex: -1 });
  private readonly help = helpDialog();
  private readonly list: FeatureList;
  private readonly tabs: Record<string, HTMLAnchorElement>;
  private run: HTMLElement | null = null;
  private text: DocumentView | null = null;
  private feature: number | null = null;
  private route = 0;

  constructor(private readonly report: Report) {
    this.list = new FeatureList(report, (feature) => { location.hash = `#/feature/${feature}`; });
    this.tabs = {
      run: h("a", { href: "#/run" }, "Run"),
      feature: h("a", { href: "#/feature" }, "Features"),
      text: h("a", { href: "#/text/0" }, report.index.rows === "tokens" ? "Texts" : "Rows"),
    };
    const helpButton = h("button", { type: "button", class: "icon", "aria-label": "Keys", "data-tip": "Keys (?)" }, "?");
    helpButton.addEventListener("click", () => this.help.showModal());
    document.body.prepend(
      h("a", { class: "skip", href: "#main" }, "Skip to the content"),
      h("header", { class: "bar" }, h("h1", {}, report.index.title),
        h("nav", { "aria-label": "Views" }, this.tabs.run, this.tabs.feature,
          report.index.documents.length > 0 ? this.tabs.text : null),
        themeButton(), helpButton),
      h("div", { class: "body" }, this.list.element, this.main), this.help);
    document.querySelector(".skip")!.addEventListener("click", (event) => {
      event.preventDefault();
      this.main.focus();
    });
    addEventListener("hashchange", () => void this.show());
    addEventListener("keydown", (event) => this.key(event));
    void this.show();
  }

  private async show(): Promise<void> {
    const mine = ++this.route;
    const [view, first, second] = location.hash.replace(/^#\/?/, "").split("/");
    const name = view === "feature" || (view === "text" && this.report.index.documents.length > 0) ? view : "run";
    document.body.dataset.view = name === "feature" && first === undefined ? "list" : name;
    for (const [key, tab] of Object.entries(this.tabs)) {
      tab.toggleAttribute("aria-current", false);
      if (key === name) {
        tab.setAttribute("aria-current", "page");
      }
    }
    const content = await this.content(name, first, second);
    if (mine !== this.route || !content) {
      return;
    }
    if (this.main.firstChild !== content) {
      this.main.replaceChildren(content);
      this.main.scrollTop = 0;
      if (innerWidth <= 860) {
        scrollTo(0, 0);
      }
    }
    this.main.dataset.ready = location.hash;
  }

  private async content(name: string, first?: string, second?: string): Promise<HTMLElement | null> {
    if (name === "text") {
      this.text ??= new DocumentView(this.report);
      await this.text.show(Number(first) || 0, second === undefined ? null : Number(second));
      return this.text.element;
    }
    if (name === "run") {
      return (this.run ??= runView(this.report));
    }
    const asked = first === undefined ? this.feature ?? this.list.first() : Number(first);
    if (asked === null || !Number.isInteger(asked) || asked < 0 || asked >= this.report.index.features) {
      return h("article", { class: "view" }, h("p", { class: "empty" }, `There is no feature ${String(first)}.`));
    }
    this.feature = asked;
    this.list.choose(asked);
    const detail = await this.report.feature(asked);
    return featureView(this.report, asked, detail);
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (target.matches("input, select, textarea")) {
      if (event.key === "Escape") {
        target.blur();
      }
      return;
    }
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const isListKey = event.key === "j" || event.key === "k" || target.closest(".sidebar") !== null;
    if (step !== undefined && isListKey) {
      event.preventDefault();
      const next = this.list.step(step);
      if (next !== null) {
        location.hash = `#/feature/${next}`;
      }
    } else if (event.key === "/") {
      event.preventDefault();
      if (document.body.dataset.view === "text") {
        document.getElementById("text-search")?.focus();
      } else {
        this.list.focusSearch();
      }
    } else if (event.key === "?") {
      this.help.showModal();
    } else if (event.key === "r" || event.key === "f" || event.key === "t") {
      location.hash = { r: "#/run", f: "#/feature", t: "#/text/0" }[event.key];
    }
  }
}

function helpDialog(): HTMLDialogElement {
  const keys = [["j, k", "next and previous feature in the list"], ["/", "search"], ["r, f, t", "run, features, texts"],
    ["← →", "next and previous token of a text"], ["Escape", "leave a field, close this"], ["?", "this help"]];
  const close = h("button", { type: "button" }, "Close");
  const dialog = h("dialog", { "aria-label": "Keys" }, h("h2", {}, "Keys"),
    h("dl", { class: "about" }, ...keys.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)))),
    h("p", { class: "note" }, "The address of the page changes with what it shows: copy it to share a feature or a token."), close);
  close.addEventListener("click", () => dialog.close());
  return dialog;
}

function themeButton(): HTMLElement {
  let theme = themes[0];
  try {
    theme = localStorage.getItem("sae-theme") ?? themes[0];
  } catch {
    // A page from disk may have no storage: the choice then lasts as long as the page.
    theme = themes[0];
  }
  const button = h("button", { type: "button", class: "theme" });
  const apply = () => {
    document.documentElement.dataset.theme = theme;
    button.textContent = { system: "◐", light: "☀", dark: "☾" }[theme] ?? "◐";
    button.setAttribute("aria-label", `Colours: ${theme}`);
    button.setAttribute("data-tip", `Colours: ${theme}`);
    dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try {
      localStorage.setItem("sae-theme", theme);
    } catch {
      document.documentElement.dataset.theme = theme;
    }
    apply();
  });
  apply();
  return button;
}

async function start(): Promise<void> {
  installTooltip();
  try {
    new App(await Report.open());
    document.getElementById("loading")?.remove();
    document.documentElement.dataset.ready = "true";
  } catch (fault) {
    const loading = document.getElementById("loading")!;
    loading.textContent = typeof DecompressionStream === "undefined"
      ? "This browser is too old for this page: it needs DecompressionStream (2023 or later)."
      : `The report cannot be read: ${String(fault)}`;
    throw fault;
  }
}

void start();
