// The table of the worklist: one page of rows, of which only what is on screen reaches the browser. Texts come from
// files and people and are only ever set as textContent.
// Triggers: `open`, `claim`, `release` (a row's id), `order` (an order), `select` (ids), `next` (a number), `person` (a name).
// The name of the reviewer is kept in this browser under the key that the review desk uses.

const KEPT = "rhythmoscope.desk";
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], dialog";
const tables = new WeakMap();
let written = 0;
let nexts = 0;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function button(className, text, onClick) {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    onClick();
  });
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

function headRow(data, send) {
  const head = element("tr");
  const all = element("th", "pick");
  const ids = data.rows.map(({ id }) => id);
  const chosen = new Set(data.selected);
  all.append(box("Select all rows of this page", ids.length > 0 && ids.every((id) => chosen.has(id)), (on) => send("select", on ? ids : [])));
  head.append(all);
  for (const { name, title, order } of data.columns) {
    const cell = element("th", name);
    cell.scope = "col";
    if (order) {
      const sort = button("sort", title, () => send("order", order));
      const current = order === data.order;
      cell.setAttribute("aria-sort", current ? "ascending" : "none");
      sort.append(element("span", "arrow", current ? "▾" : ""));
      sort.title = `Sort by ${title.toLowerCase()}`;
      cell.append(sort);
    } else {
      cell.textContent = title;
    }
    head.append(cell);
  }
  return head;
}

function bodyRow(data, row, send) {
  const chosen = new Set(data.selected);
  const line = element("tr", [row.current ? "current" : "", row.overdue ? "overdue" : ""].join(" ").trim());
  line.dataset.id = row.id;
  const pick = element("td", "pick");
  pick.append(box(`Select ${row.cells.name.text}`, chosen.has(row.id), (on) => {
    if (on) chosen.add(row.id);
    else chosen.delete(row.id);
    send("select", [...chosen]);
  }));
  line.append(pick);
  for (const { name, title } of data.columns) {
    const { text, below, tone } = row.cells[name];
    const cell = element("td", `${name} ${tone ? `tone-${tone}` : ""}`);
    cell.dataset.title = title;
    if (name === "name") {
      const open = button("name", text, () => send("open", row.id));
      open.title = row.openable ? `Read ${text}` : text;
      open.disabled = !row.openable;
      cell.append(open);
    } else {
      cell.append(element("span", "text", text));
    }
    if (below) cell.append(element("span", "below", below));
    line.append(cell);
  }
  const act = element("td", "act");
  if (row.action) {
    const text = row.action === "claim" ? "Claim" : "Release";
    const node = button("plain", text, () => send(row.action, row.id));
    node.setAttribute("aria-label", `${text} ${row.cells.name.text}`);
    act.append(node);
  }
  line.append(act);
  if (row.openable) line.addEventListener("click", () => send("open", row.id));
  else line.classList.add("dead");
  return line;
}

function grid(data, send) {
  const table = element("table", "grid");
  const head = element("thead");
  const top = headRow(data, send);
  top.append(element("th", "act"));
  head.append(top);
  const body = element("tbody");
  body.append(...data.rows.map((row) => bodyRow(data, row, send)));
  table.append(head, body);
  return table;
}

function kept() {
  try {
    const found = JSON.parse(window.localStorage.getItem(KEPT) ?? "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

/** Let browser and session know the reviewer by one name: the one that was typed here last, else the browser's. */
function agreeOnPerson(data, send) {
  const before = kept();
  const name = typeof before.person === "string" ? before.person : "";
  if (data.typed > written) {
    written = data.typed;
    try {
      window.localStorage.setItem(KEPT, JSON.stringify({ ...before, person: data.person }));
    } catch {
      // A browser that keeps nothing asks again.
    }
  } else if (name && name !== data.person) {
    send("person", name);
  }
}

export default function mount({ parentElement, data, setTriggerValue }) {
  let table = tables.get(parentElement);
  if (!table || !table.root.isConnected) {
    table = { root: element("div", "worklist"), drawn: "" };
    tables.set(parentElement, table);
    parentElement.append(table.root);
  }
  table.send = (name, value) => setTriggerValue(name, value);
  const send = (name, value) => table.send(name, value);
  // One listener a table, which ends with it: not every mount that gives way is cleaned up, and a listener that stays
  // would take the key from the review desk.
  table.keys?.abort();
  const keys = (table.keys = new AbortController());
  document.addEventListener("keydown", (event) => {
    if (!table.root.isConnected) {
      keys.abort();
      return;
    }
    const typing = event.composedPath().some((node) => node instanceof Element && node.matches(TYPING));
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "l") return;
    event.preventDefault();
    nexts += 1;
    send("next", `${Date.now()}-${nexts}`);
  }, { signal: keys.signal });
  agreeOnPerson(data, send);
  const drawn = JSON.stringify(data);
  if (drawn !== table.drawn) {
    table.drawn = drawn;
    const { root } = table;
    const focusable = "button, input";
    const focused = [...root.querySelectorAll(focusable)].indexOf(root.getRootNode().activeElement);
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Worklist");
    root.hidden = !data.rows.length;
    root.replaceChildren(grid(data, send));
    if (focused >= 0) root.querySelectorAll(focusable)[focused]?.focus({ preventScroll: true });
  }
  return () => keys.abort();
}
