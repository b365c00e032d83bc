// A tracing on paper with a caliper: drag, or click twice, to measure; in focus, the arrow keys move its end, with Shift all of
// it, and Escape takes it away. With beats it has a button for the letter of each: a click goes on to the next letter;
// N S V F Q set one and go on to the next beat, the arrow keys, Home and End move, Delete takes a letter away.
// State: `letters`, one for each beat, "" for none. With `truth` the letters are fixed and stand beside the true ones.

const LETTERS = ["N", "S", "V", "F", "Q"];
const NEXT = { "": "N", N: "S", S: "V", V: "F", F: "Q", Q: "" };
const STEP_MS = 4;
const WIDE_STEP_MS = 20;
const FIRST_MS = 200;
const CLICK_PX = 4;
const strips = new WeakMap();

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function spoken(strip, at) {
  const { data, letters } = strip;
  const place = `Beat ${at + 1} of ${letters.length}, ${data.at_s[at].toFixed(1)} s`;
  const given = letters[at] || "no letter";
  if (!data.truth) return `${place}: ${given}`;
  return data.right[at] ? `${place}: ${given}, right` : `${place}: ${given}, wrong: ${data.truth[at]}`;
}

function paint(strip, at) {
  const { data, letters } = strip;
  const button = strip.buttons[at];
  const wrong = data.truth && !data.right[at];
  button.className = `letter ${letters[at] ? `is-${letters[at].toLowerCase()}` : "is-none"}${wrong ? " wrong" : ""}`;
  button.textContent = letters[at] || "·";
  button.setAttribute("aria-label", spoken(strip, at));
}

function count(strip) {
  const left = strip.letters.filter((letter) => !letter).length;
  strip.left.textContent = left ? `${left} of ${strip.letters.length} beats without a letter` : `All ${strip.letters.length} beats have a letter`;
  strip.rest.disabled = !left;
}

function give(strip, at, letter) {
  strip.letters[at] = letter;
  paint(strip, at);
  count(strip);
  strip.send([...strip.letters]);
}

function focus(strip, at) {
  const place = Math.min(Math.max(at, 0), strip.buttons.length - 1);
  for (const [index, button] of strip.buttons.entries()) button.tabIndex = index === place ? 0 : -1;
  strip.buttons[place]?.focus();
}

function onKey(strip, at, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const letter = event.key.toUpperCase();
  const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: strip.buttons.length - 1 };
  if (event.key in moves) focus(strip, moves[event.key]);
  else if (strip.data.truth) return;
  else if (LETTERS.includes(letter)) {
    give(strip, at, letter);
    focus(strip, at + 1);
  } else if (event.key === "Delete" || event.key === "Backspace") give(strip, at, "");
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function paintCaliper(strip) {
  const { data, caliper, sheet, band, width } = strip;
  band.hidden = !caliper;
  if (!caliper) return;
  const low = Math.min(caliper.from, caliper.to);
  const size = Math.abs(caliper.to - caliper.from);
  band.style.left = `${100 * low}%`;
  band.style.width = `${100 * size}%`;
  const ms = Math.round(size * data.width_s * 1000);
  width.textContent = ms ? `${ms} ms · ${Math.round(60000 / ms)}/min` : "0 ms";
  width.classList.toggle("leftwards", low > 0.85);
  sheet.setAttribute("aria-label", `${data.label}; caliper ${width.textContent}`);
}

function shareAt(sheet, event) {
  const { left, width } = sheet.getBoundingClientRect();
  return Math.min(Math.max((event.clientX - left) / width, 0), 1);
}

function onCaliperKey(strip, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") strip.caliper = null;
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const perMs = 1 / (1000 * strip.data.width_s);
    const step = (event.key === "ArrowLeft" ? -1 : 1) * perMs * (event.shiftKey ? WIDE_STEP_MS : STEP_MS);
    const { from, to } = strip.caliper ?? { from: 0.1, to: 0.1 + FIRST_MS * perMs };
    strip.caliper = event.shiftKey ? { from: from + step, to: to + step } : { from, to: to + step };
  } else return;
  paintCaliper(strip);
  event.preventDefault();
}

function addCaliper(strip, picture) {
  const sheet = element("div", "sheet");
  sheet.tabIndex = 0;
  sheet.setAttribute("role", "group");
  sheet.setAttribute("aria-label", strip.data.label);
  strip.sheet = sheet;
  strip.band = element("div", "band");
  strip.width = element("output", "width");
  strip.band.append(strip.width);
  sheet.append(picture, strip.band);
  picture.draggable = false;
  let down = null;
  sheet.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    down = { x: event.clientX, second: Boolean(strip.open), dragged: false };
    if (event.pointerType !== "touch") sheet.setPointerCapture(event.pointerId);
    if (!strip.open) strip.caliper = { from: shareAt(sheet, event), to: shareAt(sheet, event) };
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!(down && event.pointerType !== "touch") && !strip.open) return;
    if (down && Math.abs(event.clientX - down.x) > CLICK_PX) down.dragged = true;
    strip.caliper = { ...strip.caliper, to: shareAt(sheet, event) };
    paintCaliper(strip);
  });
  sheet.addEventListener("pointerup", (event) => {
    if (!down) return;
    strip.caliper = { ...strip.caliper, to: shareAt(sheet, event) };
    strip.open = !down.dragged && !down.second; // the next click sets the other end
    down = null;
    paintCaliper(strip);
  });
  sheet.addEventListener("pointercancel", () => {
    down = null;
  });
  sheet.addEventListener("keydown", (event) => onCaliperKey(strip, event));
  return sheet;
}

function build(strip) {
  const { data, root } = strip;
  strip.letters = [...data.letters];
  const frame = element("div", "frame");
  const paper = element("div", "paper");
  const picture = element("img");
  picture.src = data.strip;
  picture.alt = data.label;
  paper.append(addCaliper(strip, picture));
  const row = element("div", "row");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", data.truth ? "Letters that were given, and the true ones" : "Letters of the beats");
  strip.buttons = data.place.map((place, at) => {
    const button = element("button");
    button.type = "button";
    button.style.left = `${100 * place}%`;
    button.tabIndex = at === 0 ? 0 : -1;
    button.addEventListener("click", () => {
      if (data.truth) return;
      give(strip, at, NEXT[strip.letters[at]]);
      focus(strip, at);
    });
    button.addEventListener("keydown", (event) => onKey(strip, at, event));
    row.append(button);
    if (data.truth && !data.right[at]) {
      const true_letter = element("span", `true is-${data.truth[at].toLowerCase()}`, data.truth[at]);
      true_letter.style.left = `${100 * place}%`;
      true_letter.setAttribute("aria-hidden", "true");
      row.append(true_letter);
    }
    return button;
  });
  row.classList.toggle("graded", Boolean(data.truth));
  if (data.place.length) paper.append(row);
  frame.append(paper);
  strip.left = element("span", "left");
  strip.rest = element("button", "rest", "The rest is N");
  strip.rest.type = "button";
  strip.rest.addEventListener("click", () => {
    strip.letters = strip.letters.map((letter) => letter || "N");
    strip.letters.forEach((_, at) => paint(strip, at));
    count(strip);
    strip.send([...strip.letters]);
  });
  const foot = element("div", "foot");
  if (data.place.length && !data.truth) {
    strip.left.setAttribute("role", "status");
    foot.append(strip.left, strip.rest);
    const keys = element("span", "keys");
    for (const letter of LETTERS) keys.append(element("kbd", "", letter), " ");
    keys.append("set a letter and go on, ", element("kbd", "", "←"), " ", element("kbd", "", "→"), " move, a click goes on to the next letter");
    foot.append(keys);
  }
  root.replaceChildren(frame, foot);
  paintCaliper(strip);
  strip.buttons.forEach((_, at) => paint(strip, at));
  count(strip);
}

export default function mount({ parentElement, data, setStateValue }) {
  let strip = strips.get(parentElement);
  if (!strip || !strip.root.isConnected) {
    strip = { root: element("div", "tracing"), drawn: "" };
    strips.set(parentElement, strip);
    parentElement.append(strip.root);
  }
  strip.send = (letters) => setStateValue("letters", letters);
  // What the server knows of the letters may be older than what is on screen: it counts only for another strip.
  const { letters: _, ...fixed } = data;
  const drawn = JSON.stringify(fixed);
  if (drawn === strip.drawn) return undefined;
  const same = strip.data && strip.data.id === data.id && !data.truth;
  const kept = same ? strip.letters : null;
  // The next case begins at the top, wherever the feedback on the last one was read.
  if (data.first && strip.data?.id !== data.id) document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 });
  if (!strip.data || strip.data.strip !== data.strip) {
    strip.caliper = null;
    strip.open = false;
  }
  strip.drawn = drawn;
  strip.data = kept ? { ...data, letters: kept } : data;
  build(strip);
  return undefined;
}
