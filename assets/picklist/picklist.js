// A table to choose a line from. Texts come from files and are only ever set as textContent.
// Triggers: `chosen` (the row's id), `selected` (ids of the rows whose boxes are ticked, where there are boxes).

const lists = new WeakMap();

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function box(label, checked, onChange) {
  const cell = element("label", "check");
  const node = element("input");
  node.type = "checkbox";
  node.checked = checked;
  node.setAttribute("aria-label", label);
  node.addEventListener("change", () => onChange(node.checked));
  cell.addEventListener("click", (event) => event.stopPropagation());
  cell.append(node);
  return cell;
}

function table(data, choose, select) {
  const grid = element("table", "grid");
  const head = element("tr");
  const selected = new Set(data.selected);
  if (data.selected) {
    const ids = data.rows.map(({ id }) => id).filter((id) => id !== null);
    const all = element("th", "pick");
    all.append(box("Select all", ids.length > 0 && ids.every((id) => selected.has(id)), (on) => select(on ? ids : [])));
    head.append(all);
  }
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
    if (data.selected) {
      const pick = element("td", "pick");
      if (row.id !== null) {
        pick.append(box(`Select ${row.cells[0]}`, selected.has(row.id), (on) => {
          if (on) selected.add(row.id);
          else selected.delete(row.id);
          select([...selected]);
        }));
      }
      line.append(pick);
    }
    for (const [index, text] of row.cells.entries()) {
      const cell = element("td", `c${index} ${data.numeric.includes(index) ? "num" : ""}`);
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
  list.select = (ids) => setTriggerValue("selected", ids);
  const drawn = JSON.stringify(data);
  if (drawn === list.drawn) return undefined;
  list.drawn = drawn;
  const { scrollTop } = root;
  const focused = [...root.querySelectorAll("button, input")].indexOf(root.getRootNode().activeElement);
  root.style.maxHeight = data.height_px ? `${data.height_px}px` : "";
  root.setAttribute("aria-label", data.label);
  root.setAttribute("role", "region");
  root.tabIndex = data.height_px ? 0 : -1;
  const choose = (id) => list.choose(id);
  root.replaceChildren(table(data, choose, (ids) => list.select(ids)));
  root.scrollTop = scrollTop;
  if (focused >= 0) root.querySelectorAll("button, input")[focused]?.focus({ preventScroll: true });
  return undefined;
}
