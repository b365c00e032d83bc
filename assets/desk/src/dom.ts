// Making elements. Texts, whoever wrote them, are set as text and never parsed.

export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className?: string, text?: string): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function button(className: string, text: string, title: string, onClick: (event: MouseEvent) => void): HTMLButtonElement {
  const node = element("button", className, text);
  node.type = "button";
  node.title = title;
  node.addEventListener("click", onClick);
  return node;
}

/** The nearest element with a selector around the target of an event; null where there is none. */
export function closestTo(event: Event, selector: string): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null;
}

/** The element that has the focus in the document or shadow tree of a node. */
export function activeElementOf(node: Node): HTMLElement | null {
  return (node.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement | null;
}

/** The 2D context of a canvas. */
export function context2d(canvas: HTMLCanvasElement, settings?: CanvasRenderingContext2DSettings): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser draws on no canvas.");
  return context;
}

/** Hand a file's content to the browser, to be saved. */
export function saveFile(blob: Blob, name: string): void {
  const link = Object.assign(element("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
