// A table to choose a line from. Texts come from files and are only ever set as textContent.
// Trigger: `chosen` (the row's id).

const lists = new WeakMap();

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function table(data, choose) {
  const grid = element("table", "grid");
  const head = element("tr");
  for (const [index, name] of data.columns.entries()) {
    const cell = element("th", data.numeric.includes(index) ? "num" : "", name);
    cell.scope = "col";
    head.append(cell);
  }
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  for (const row of data.rows) {
    const line = element("tr", row.id === null ? "dead" : row.current ? "current" : "");
    for (const [index, text] of row.cells.entries()) {
      const cell = element("td", data.numeric.includes(index) ? "num" : "");
      if (index === 0 && row.id !== null) {
        const button = element("button", "name", text);
        button.type = "button";
        button.title = text;
        cell.append(button);
        if (row.badge) cell.append(" ", element("span", "badge", row.badge));
      } else {
        cell.textContent = text;
      }
      line.append(cell);
    }
    if (row.note) {
      const note = element("td", row.problem ? "note problem" : "note", row.note);
      note.colSpan = data.columns.length - row.cells.length;
      line.append(note);
    }
    if (row.id !== null) line.addEventListener("click", () => choose(row.id));
    body.append(line);
  }
  grid.append(top, body);
  return grid;
}

export default function mount({ parentElement, data, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list || !list.root.isConnected) {
    list = { root: element("div", "picklist"), drawn: "" };
    lists.set(parentElement, list);
    parentElement.append(list.root);
  }
  const { root } = list;
  list.choose = (id) => setTriggerValue("chosen", id);
  const drawn = JSON.stringify(data);
  if (drawn === list.drawn) return undefined;
  list.drawn = drawn;
  const { scrollTop } = root;
  const focused = [...root.querySelectorAll("button")].indexOf(root.getRootNode().activeElement);
  root.style.maxHeight = data.height_px ? `${data.height_px}px` : "";
  root.setAttribute("aria-label", data.label);
  root.setAttribute("role", "region");
  root.tabIndex = data.height_px ? 0 : -1;
  const choose = (id) => list.choose(id);
  root.replaceChildren(table(data, choose));
  root.scrollTop = scrollTop;
  if (focused >= 0) root.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
  return undefined;
}
