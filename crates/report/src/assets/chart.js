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

function ticks(lo, hi, wanted) {
  if (!(hi > lo)) return [];
  const raw = (hi - lo) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw * (1 - 1e-9));
  if (!(step > 0) || Math.max(Math.abs(lo), Math.abs(hi)) / step > 1e9) return [];
  const out = [];
  for (let i = Math.ceil(lo / step - 1e-9); i <= Math.floor(hi / step + 1e-9); i++) {
    const at = i * step;
    const plain = Math.abs(at) < 1e5 && step >= 1e-4;
    const digits = Math.max(0, -Math.floor(Math.log10(step * 1.0001)));
    out.push([at, i === 0 ? "0" : (plain ? at.toFixed(digits) : said(at, 3)).replace("-", "−")]);
  }
  return out;
}

const px = (x) => String(Math.round(x * 10) / 10);
const shortened = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);

// A panel of an SVG: `frame` in pixels, `x` and `y` the intervals of the data.
function panel(svg, frame, x, y) {
  const [left, top, width, height] = frame;
  if (!(x[1] > x[0])) x = [x[0] - 0.5, x[0] + 0.5];
  if (!(y[1] > y[0])) y = [y[0] - 0.5, y[0] + 0.5];
  const clamp = (u) => Math.min(1.02, Math.max(-0.02, u));
  const at = (v) => left + clamp((v - x[0]) / (x[1] - x[0])) * width;
  const up = (v) => top + (1 - clamp((v - y[0]) / (y[1] - y[0]))) * height;
  const path = (classes, d) => d && draw("path", { class: classes, d }, svg);
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
    xAxis(label) {
      path("axis", `M${px(left)} ${px(top + height)}h${px(width)}`);
      for (const [v, text] of ticks(x[0], x[1], Math.max(2, width / 60))) {
        path("axis", `M${px(at(v))} ${px(top + height)}v4`);
        this.text(at(v), top + height + 15, "", "middle", text);
      }
      if (label) this.text(left + width / 2, top + height + 31, "label", "middle", label);
    },
    yAxis(label) {
      for (const [v, text] of ticks(y[0], y[1], Math.max(2, height / 38))) {
        path("grid", `M${px(left)} ${px(up(v))}h${px(width)}`);
        this.text(left - 6, up(v) + 3.5, "", "end", text);
      }
      if (label) {
        const where = `translate(${px(left - 44)} ${px(top + height / 2)}) rotate(-90)`;
        draw("text", { transform: where, class: "label", "text-anchor": "middle" }, svg, label);
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
