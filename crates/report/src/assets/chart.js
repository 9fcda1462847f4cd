// Charts: elements, ticks, panels. Text reaches the page only as text nodes.
const payload = JSON.parse(document.getElementById("payload").textContent);

function element(space, tag, attributes, parent, text) {
  const node = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}
const SVG = "http://www.w3.org/2000/svg";
const draw = (tag, attributes, parent, text) => element(SVG, tag, attributes, parent, text);
const make = (tag, attributes, parent, text) => element(null, tag, attributes, parent, text);

// Undoes coded.rs: 16-bit little-endian codes over [lo, hi], 65535 for what is not a number.
function decode(block) {
  const raw = atob(block.b);
  const out = new Float64Array(raw.length / 2);
  for (let i = 0; i < out.length; i++) {
    const code = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
    out[i] = code === 65535 ? NaN : block.lo + (code * (block.hi - block.lo)) / 65534;
  }
  return out;
}

function said(x, digits = 4) {
  if (!Number.isFinite(x)) return "–";
  if (x === 0) return "0";
  const size = Math.abs(x);
  return (size >= 1e6 || size < 1e-4 ? x.toExponential(digits - 1) : String(+x.toPrecision(digits))).replace("-", "−");
}

// Digits of `x` as many as a quantity that is drawn over an interval of length `width` needs.
function within(x, width) {
  const size = Math.abs(x);
  if (!(width > 0 && size / width > 100 && size < 1e15)) return said(x);
  return x.toFixed(Math.min(17, Math.max(0, 3 - Math.floor(Math.log10(width))))).replace("-", "−");
}

// A number of `digits` digits after its first.
const cut = (x, digits) => Number(x.toExponential(Math.min(16, Math.max(0, digits))));

// As axis.rs has them: round numbers, two at least; counted from an origin where labels would differ in late digits alone.
function ticks(lo, hi, wanted) {
  const none = { origin: 0, offset: "", each: [] };
  const width = hi - lo, raw = width / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  if (!(width > 0 && width < Infinity && power > 0)) return none;
  let origin = 0, offset = "";
  if (Math.max(Math.abs(lo), Math.abs(hi)) / raw > 1e5) {
    const middle = 0.5 * lo + 0.5 * hi;
    const digits = Math.floor(Math.log10(Math.abs(middle))) - Math.ceil(Math.log10(width));
    origin = cut(middle, digits);
    offset = (origin < 0 ? "− " : "+ ") + String(Math.abs(origin)).replace("-", "−");
  }
  const [low, high] = [lo - origin, hi - origin];
  const most = Math.max(Math.abs(low), Math.abs(high));
  const ends = (step) => [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  const known = [0.5, 1, 2, 5, 10].map((m) => m * power);
  const wide = known.find((step) => step >= raw * (1 - 1e-9)) ?? 10 * power;
  const step = known.reverse().find((step) => step <= wide && ends(step)[1] > ends(step)[0]) ?? wide;
  const [first, last] = ends(step);
  const label = (at) => {
    const powers = (Math.abs(at) >= 1e5 && step >= 1e3) || (step < 1e-4 && most < 1e-2);
    const digits = Math.floor(Math.log10(Math.abs(at))) - Math.floor(Math.log10(step));
    const text = powers
      ? cut(at, digits).toExponential().replace("e+", "e")
      : at.toFixed(Math.max(0, -Math.floor(Math.log10(step * 1.0001))));
    return text.replace(/-/g, "−");
  };
  const each = [];
  for (let i = first; i <= last; i++) each.push([i * step, i === 0 ? "0" : label(i * step)]);
  return { origin, offset, each };
}

const px = (x) => String(Math.round(x * 10) / 10);
// As escape.rs has them: cut in the middle, since names tend to differ at their ends.
function shortened(text, length) {
  const kept = Math.max(0, Math.floor(length) - 1), tail = Math.floor(kept / 2);
  return text.length > kept + 1 ? text.slice(0, kept - tail) + "…" + text.slice(text.length - tail) : text;
}
// The same for names side by side: of those that would be cut alike, what tells them apart is kept.
function distinct(names, length) {
  const short = names.map((name) => shortened(name, length)), size = Math.floor(length), head = Math.floor(size / 4);
  const shared = (a, b) => {
    let i = 0;
    while (i < a.length && a[i] === b[i]) i++;
    return i;
  };
  const out = [];
  names.forEach((name, i) => {
    const alike = names.filter((other, j) => short[j] === short[i] && other !== name);
    let label = short[i];
    if (alike.length) {
      const from = Math.max(head, Math.min(...alike.map((other) => shared(name, other))) - 2), room = size - head - 2;
      label = name.slice(0, head) + "…" + name.slice(from, from + room) + (from + room < name.length ? "…" : "");
    }
    const taken = out.some((other, j) => other === label && names[j] !== name);
    out.push(taken ? `${shortened(label, size - 4)} ${i + 1}` : label);
  });
  return out;
}

// A panel of an SVG: `frame` in pixels, `x` and `y` the intervals of the data.
function panel(svg, frame, x, y) {
  const [left, top, width, height] = frame;
  if (!(x[1] > x[0])) x = [x[0] - 0.5, x[0] + 0.5];
  if (!(y[1] > y[0])) y = [y[0] - 0.5, y[0] + 0.5];
  const clamp = (u) => Math.min(1.02, Math.max(-0.02, u));
  const at = (v) => left + clamp((v - x[0]) / (x[1] - x[0])) * width;
  const up = (v) => top + (1 - clamp((v - y[0]) / (y[1] - y[0]))) * height;
  const path = (classes, d) => d && draw("path", { class: classes, d }, svg);
  // The place of a tick, exact where the axis is short and far from zero.
  const place = (tick, origin, [lo, hi]) => (tick - (lo - origin)) / (hi - lo);
  const named = (node, shown, whole) => {
    node.textContent = shown;
    if (whole && whole !== shown) draw("title", {}, node, whole);
  };
  return {
    frame, at, up, path,
    value: (pixel) => x[0] + ((pixel - left) / width) * (x[1] - x[0]),
    text: (px_, py, classes, anchor, text) =>
      draw("text", { x: px(px_), y: px(py), class: classes, "text-anchor": anchor }, svg, text),
    line(classes, xs, ys) {
      let d = "", pen = false;
      for (let i = 0; i < ys.length; i++) {
        const fine = Number.isFinite(xs[i]) && Number.isFinite(ys[i]);
        if (fine) d += `${pen ? "L" : "M"}${px(at(xs[i]))} ${px(up(ys[i]))}`;
        pen = fine;
      }
      path(classes, d);
    },
    // A path paints a place once: dots are dealt out over several, so that crowded places grow darker.
    dots(classes, xs, ys, every = 1) {
      const layers = Array(8).fill("");
      for (let i = 0, n = 0; i < ys.length; i += every)
        if (Number.isFinite(xs[i]) && Number.isFinite(ys[i]))
          layers[n++ % 8] += `M${px(at(xs[i]))} ${px(up(ys[i]))}h0`;
      layers.forEach((d) => path(classes, d));
    },
    crosses(classes, xs, ys) {
      let d = "";
      for (let i = 0; i < ys.length; i++)
        if (Number.isFinite(xs[i]) && Number.isFinite(ys[i]))
          d += `M${px(at(xs[i]) - 2.5)} ${px(up(ys[i]) - 2.5)}l5 5m0-5l-5 5`;
      path(classes, d);
    },
    xAxis(label, whole = label) {
      path("axis", `M${px(left)} ${px(top + height)}h${px(width)}`);
      const { origin, offset, each } = ticks(x[0], x[1], Math.max(2, width / 60));
      for (const [tick, text] of each) {
        const v = left + place(tick, origin, x) * width;
        path("axis", `M${px(v)} ${px(top + height)}v4`);
        this.text(v, top + height + 15, "", "middle", text);
      }
      if (!label && offset) this.text(left + width, top + height + 25, "", "end", offset);
      if (!label) return;
      const shown = offset ? shortened(label, Math.max(8, width / 6 - offset.length - 3)) : label;
      const add = offset ? ` (${offset})` : "";
      named(this.text(left + width / 2, top + height + 31, "label", "middle", ""), shown + add, whole + add);
    },
    yAxis(label, whole = label) {
      const { origin, offset, each } = ticks(y[0], y[1], Math.max(2, height / 38));
      for (const [tick, text] of each) {
        const v = top + (1 - place(tick, origin, y)) * height;
        path("grid", `M${px(left)} ${px(v)}h${px(width)}`);
        this.text(left - 6, v + 3.5, "", "end", text);
      }
      if (offset) this.text(left + width, Math.max(9, top - 5), "", "end", `↑ ${offset}`);
      if (label) {
        const where = `translate(${px(left - 44)} ${px(top + height / 2)}) rotate(-90)`;
        named(draw("text", { transform: where, class: "label", "text-anchor": "middle" }, svg), label, whole);
      }
    },
  };
}

// A titled view that redraws itself at the width it is given; `paint(svg, width)` draws and returns how to read it.
function view(host, title, height, paint, classes = "") {
  const box = make("figure", { class: `view ${classes}` }, host);
  const head = make("div", { class: "head" }, box);
  make("h4", {}, head, title);
  saver(head, () => box.querySelector("svg"), title);
  const inner = make("div", { class: "scroll" }, box);
  const repaint = () => {
    const width = Math.max(280, Math.floor(inner.clientWidth) || 640);
    const tall = typeof height === "function" ? height(width) : height;
    const shape = { class: "fig", viewBox: `0 0 ${width} ${tall}`, role: "img", "aria-label": title };
    const svg = draw("svg", shape);
    inner.replaceChildren(svg);
    const reading = paint(svg, width, tall);
    if (reading) reader(box, svg, reading);
  };
  box.repaint = repaint;
  repaint();
  return box;
}

// A line under the pointer with the values there: `reading.at(x)` gives `[heading, [[chain, text], ...]]`.
function reader(box, svg, reading) {
  const { panel: p, at } = reading;
  const [left, top, width, height] = p.frame;
  const hair = draw("path", { class: "hair", visibility: "hidden" }, svg);
  box.querySelector(".read")?.remove();
  const note = make("div", { class: "read", hidden: "", "aria-hidden": "true" }, box);
  const away = () => {
    hair.setAttribute("visibility", "hidden");
    note.hidden = true;
  };
  svg.addEventListener("pointerleave", away);
  svg.addEventListener("pointermove", (event) => {
    const bounds = svg.getBoundingClientRect();
    const x = ((event.clientX - bounds.left) * svg.viewBox.baseVal.width) / bounds.width;
    const found = x >= left && x <= left + width ? at(p.value(x)) : null;
    if (!found) return away();
    hair.setAttribute("d", `M${px(x)} ${top}v${height}`);
    hair.setAttribute("visibility", "visible");
    note.replaceChildren();
    make("div", {}, note, found[0]);
    for (const [chain, text] of found[1]) {
      const row = make("div", { class: `of${chain}` }, note);
      make("i", { class: `k${chain}` }, row);
      row.appendChild(document.createTextNode(text));
    }
    note.hidden = false;
    const place = box.getBoundingClientRect();
    const right = event.clientX - place.left > place.width / 2;
    note.style.left = right ? "" : `${event.clientX - place.left + 14}px`;
    note.style.right = right ? `${place.right - event.clientX + 14}px` : "";
    note.style.top = `${bounds.top - place.top + 6}px`;
  });
}

// A button that saves a figure as an SVG file of its own, in the light colours.
function saver(parent, svgOf, name) {
  const button = make("button", { type: "button", class: "save", title: "Save this figure as SVG" }, parent, "SVG ↓");
  button.addEventListener("click", () => {
    const copy = svgOf().cloneNode(true);
    const box = copy.viewBox.baseVal;
    copy.setAttribute("xmlns", SVG);
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    let rules = document.getElementById("figure-style").textContent;
    for (const [key, value] of Object.entries(payload.light)) rules = rules.replaceAll(`var(--${key})`, value);
    const ground = draw("rect", { width: "100%", height: "100%", fill: payload.light.ground });
    copy.prepend(draw("style", {}, null, rules), ground);
    const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
    const link = make("a", { href: URL.createObjectURL(file), download: `${name.replace(/[^a-z0-9]+/gi, "-")}.svg` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  });
  return button;
}
