import { short } from "./text";

export type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined>;

const svgSpace = "http://www.w3.org/2000/svg";

/** Makes an HTML element; strings become text nodes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children.flat());
}

/** Makes an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Child | Child[])[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(svgSpace, tag), attributes, children.flat());
}

/** A titled panel of the page. The key names it for tests and styles. */
export function panel(key: string, title: string, note: string, ...children: (Child | Child[])[]): HTMLElement {
  return h("section", { class: `panel panel-${key}`, "data-panel": key, "aria-label": title },
    h("header", {}, h("h3", {}, title), note ? h("p", { class: "note" }, note) : null), ...children);
}

/** A link to a feature. */
export function featureLink(feature: number, ...children: Child[]): HTMLAnchorElement {
  return h("a", { href: `#/feature/${feature}`, class: "feature-link" },
    h("span", { class: "feature-id" }, `#${feature}`), ...children);
}

/** Buttons of which one is pressed. */
export function choice<T extends string>(
  label: string, options: [T, string][], chosen: T, choose: (value: T) => void
): HTMLElement {
  const buttons = options.map(([value, title]) => {
    const button = h("button", { type: "button", "aria-pressed": String(value === chosen) }, title);
    button.addEventListener("click", () => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      choose(value);
    });
    return button;
  });
  return h("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
}

/** A drop-down list. */
export function dropDown(
  label: string, options: [string, string][], chosen: string, choose: (value: string) => void
): HTMLSelectElement {
  const select = h("select", { "aria-label": label },
    ...options.map(([value, title]) => h("option", { value, selected: value === chosen }, title)));
  select.addEventListener("change", () => choose(select.value));
  return select;
}

/** A table of figures: name and value, the exact value in the tooltip. */
export function figures(rows: [string, unknown, string?][]): HTMLElement {
  return h("dl", { class: "figures" }, ...rows.map(([name, value, shown]) =>
    h("div", { "data-tip": `${name}: ${String(value)}` }, h("dt", {}, name), h("dd", {}, shown ?? short(value)))));
}

/** Shows what `data-tip` says of the mark under the pointer or with the focus. */
export function installTooltip(): void {
  const tip = h("div", { class: "tooltip", role: "tooltip", hidden: true });
  document.body.append(tip);
  const show = (event: Event, x: number, y: number) => {
    const mark = (event.target as Element | null)?.closest?.("[data-tip]");
    if (!mark) {
      tip.hidden = true;
      return;
    }
    tip.textContent = mark.getAttribute("data-tip");
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
  };
  document.addEventListener("pointermove", (event) => show(event, event.clientX, event.clientY));
  document.addEventListener("focusin", (event) => {
    const box = (event.target as Element).getBoundingClientRect();
    show(event, box.left, box.bottom - 10);
  });
  document.addEventListener("scroll", () => { tip.hidden = true; }, { capture: true, passive: true });
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}
