// One parameter at a time: density, ranks, trace, autocorrelation, running mean, by chain.
const { chains, kept, stride, places } = payload;
const all = Array.from({ length: chains || 0 }, (_, c) => c);
const decoded = new Map();

function quantity(place) {
  if (!decoded.has(place)) {
    const q = payload.parameters[place];
    const split = (block, count) => {
      const flat = decode(block), size = flat.length / count;
      return Array.from({ length: count }, (_, i) => flat.subarray(i * size, (i + 1) * size));
    };
    decoded.set(place, {
      ...q,
      lo: q.draws.lo,
      hi: q.draws.hi,
      draws: split(q.draws, chains),
      density: split(q.density, chains + 1),
      autocorrelation: q.autocorrelation.map(decode),
      means: split(q.means, chains),
      divergent: decode(q.divergent),
    });
  }
  return decoded.get(place);
}

const grid = (q) => Array.from(q.density[0], (_, i) => q.lo + ((q.hi - q.lo) * i) / (q.density[0].length - 1));
const own = (c, kind) => `${kind} chain of${c} k${c}`;
const largest = (lists) => lists.reduce((m, list) => list.reduce((n, v) => (v > n ? v : n), m), 0);

function densityView(host, q) {
  view(host, "Density by chain", 230, (svg, width, height) => {
    const xs = grid(q);
    const p = panel(svg, [10, 8, width - 20, height - 44], [q.lo, q.hi], [0, largest(q.density) * 1.05]);
    for (const c of all) p.line(`${own(c, "line")} d${c}`, xs, q.density[c]);
    p.crosses("mark", q.divergent, Array(q.divergent.length).fill(largest(q.density) * 0.012));
    p.xAxis(shortened(q.name, 50), q.name);
    const step = (q.hi - q.lo) / (xs.length - 1);
    return {
      panel: p,
      at: (x) => [
        `${shortened(q.name, 24)} = ${within(x, q.hi - q.lo)}`,
        all.map((c) => [c, said(q.density[c][Math.round((x - q.lo) / step)], 3)]),
      ],
    };
  });
}

function rankView(host, q) {
  view(host, "Ranks by chain", 230, (svg, width, height) => {
    const rows = q.ranks;
    if (rows.length < 2) {
      const lone = draw("text", { x: width / 2, y: height / 2, class: "label", "text-anchor": "middle" }, svg);
      lone.textContent = "One chain: its ranks have nothing to be compared with.";
      return null;
    }
    const bins = rows[0].length;
    const each = (height - 44) / rows.length;
    const n = rows[0].reduce((a, b) => a + b, 0), level = n / bins;
    // 99 % of a count in one cell, were the draws independent.
    const wide = 2.576 * Math.sqrt(n * (1 / bins) * (1 - 1 / bins));
    const top = Math.max(largest(rows), level + wide) * 1.02;
    rows.forEach((row, c) => {
      const p = panel(svg, [26, 8 + each * c, width - 36, each * 0.86], [0, bins], [0, top]);
      const [low, high] = [p.up(Math.max(0, level - wide)), p.up(level + wide)];
      p.path("band", `M26 ${px(low)}V${px(high)}h${px(width - 36)}V${px(low)}z`);
      let d = "";
      row.forEach((count, i) => {
        if (count) d += `M${px(p.at(i) + 0.5)} ${px(p.up(0))}V${px(p.up(count))}H${px(p.at(i + 1) - 0.5)}V${px(p.up(0))}z`;
      });
      p.path(`rankbar chain of${c} b${c}`, d);
      p.path("bound", `M26 ${px(low)}h${px(width - 36)}M26 ${px(high)}h${px(width - 36)}`);
      p.path("reference", `M26 ${px(p.up(level))}h${px(width - 36)}`);
      p.text(18, 8 + each * (c + 0.6), "", "end", String(c + 1));
    });
    const axis = panel(svg, [26, 8, width - 36, height - 46], [0, 1], [0, 1]);
    axis.xAxis("rank among all draws (share); level where chains agree");
    return null;
  });
}

function traceView(host, q) {
  view(
    host, "Trace", 240,
    (svg, width, height) => {
      const xs = Array.from(q.draws[0], (_, t) => t * stride);
      const pad = 0.02 * (q.hi - q.lo);
      const p = panel(svg, [52, 8, width - 74, height - 46], [0, payload.draws], [q.lo - pad, q.hi + pad]);
      p.yAxis("");
      for (const c of all) p.line(own(c, "trace"), xs, q.draws[c]);
      p.xAxis("draw");
      return {
        panel: p,
        at: (x) => {
          const t = Math.min(kept - 1, Math.max(0, Math.round(x / stride)));
          return [`draw ${t * stride + 1}`, all.map((c) => [c, within(q.draws[c][t], q.hi - q.lo)])];
        },
      };
    },
    "wide",
  );
}

function autocorrelationView(host, q) {
  view(host, "Autocorrelation", 210, (svg, width, height) => {
    const lags = Math.max(2, ...q.autocorrelation.map((r) => r.length));
    const low = Math.min(-0.1, ...q.autocorrelation.map((r) => r.reduce((m, v) => Math.min(m, v), 0)));
    const xs = Array.from({ length: lags }, (_, i) => i * q.every);
    const p = panel(svg, [52, 8, width - 74, height - 46], [0, xs[lags - 1]], [low, 1.02]);
    p.yAxis("");
    p.path("reference", `M52 ${px(p.up(0))}h${px(width - 74)}`);
    q.autocorrelation.forEach((r, c) => p.line(`${own(c, "line")} d${c}`, xs, r));
    p.xAxis("lag");
    return {
      panel: p,
      at: (x) => {
        const i = Math.min(lags - 1, Math.max(0, Math.round(x / q.every)));
        return [`lag ${i * q.every}`, all.map((c) => [c, said(q.autocorrelation[c][i], 3)])];
      },
    };
  });
}

function meanView(host, q) {
  view(host, "Running mean", 210, (svg, width, height) => {
    // The first tenth is mostly noise: the axis is fitted to what follows.
    const settled = q.means.flatMap((m) => Array.from(m.subarray(Math.floor(m.length / 10)))).filter(Number.isFinite);
    if (q.mean !== null) settled.push(q.mean + 3 * (q.mcse || 0), q.mean - 3 * (q.mcse || 0));
    let [lo, hi] = settled.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
    if (!(lo <= hi)) [lo, hi] = [0, 1];
    const pad = 0.06 * (hi - lo);
    const p = panel(svg, [58, 8, width - 80, height - 46], [0, payload.draws], [lo - pad, hi + pad]);
    p.yAxis("");
    if (q.mean !== null) {
      const edge = 2 * (q.mcse || 0);
      const [a, b] = [p.up(q.mean - edge), p.up(q.mean + edge)];
      p.path("band", `M58 ${px(a)}V${px(b)}h${px(width - 80)}V${px(a)}z`);
      p.path("reference", `M58 ${px(p.up(q.mean))}h${px(width - 80)}`);
    }
    const inside = (m) => Array.from(m, (v) => (v >= lo - pad && v <= hi + pad ? v : NaN));
    q.means.forEach((m, c) => p.line(`${own(c, "line")} d${c}`, places, inside(m)));
    p.xAxis("draws; band: mean ± 2 MCSE");
    return {
      panel: p,
      at: (x) => {
        let i = places.findIndex((t) => t >= x);
        if (i < 0) i = places.length - 1;
        return [`first ${places[i]} draws`, all.map((c) => [c, within(q.means[c][i], q.hi - q.lo)])];
      },
    };
  });
}

// Buttons that hide a chain in every figure, and fade the others while pointed at.
function chainButtons(host) {
  const hidden = new Set();
  const root = document.documentElement;
  for (const c of all) {
    const button = make("button", { type: "button", class: "chip", "aria-pressed": "true" }, host);
    const key = draw("svg", { class: "fig", width: 22, height: 8, viewBox: "0 0 22 8", "aria-hidden": "true" }, button);
    draw("path", { class: `line k${c} d${c}`, d: "M0 4h22" }, key);
    button.appendChild(document.createTextNode(`chain ${c + 1}`));
    button.addEventListener("click", () => {
      if (!hidden.delete(c)) hidden.add(c);
      button.setAttribute("aria-pressed", String(!hidden.has(c)));
      root.dataset.hidden = [...hidden].join(" ");
    });
    const focus = (on) => () => (on && !hidden.has(c) ? (root.dataset.focus = c) : delete root.dataset.focus);
    button.addEventListener("pointerenter", focus(true));
    button.addEventListener("pointerleave", focus(false));
  }
  if (payload.parameters.some((_, i) => i === 0 && quantity(0).divergent.length)) {
    const key = make("span", { class: "note" }, host);
    const cross = draw("svg", { class: "fig", width: 14, height: 10, viewBox: "0 0 14 10", "aria-hidden": "true" }, key);
    draw("path", { class: "mark", d: "M3 2l6 6m0-6l-6 6" }, cross);
    key.appendChild(document.createTextNode("divergence"));
  }
}

function explorer(host) {
  const names = payload.parameters.map((q) => q.name);
  const picker = make("div", { class: "picker" }, host);
  const search = make("input", { type: "search", placeholder: "search", "aria-label": "Search parameters" });
  if (names.length > 12) picker.appendChild(search);
  const select = make("select", { size: Math.min(20, Math.max(2, names.length)), "aria-label": "Parameter" });
  if (names.length > 1) picker.appendChild(select);
  else host.style.display = "block";
  const stage = make("div", { class: "stage" }, host);
  const title = make("h3", { "aria-live": "polite" }, stage);
  const stats = make("p", { class: "stats" }, stage);
  chainButtons(make("div", { class: "controls" }, stage));
  const views = make("div", { class: "views" }, stage);
  const after = make("p", { class: "note" }, stage);
  const fill = () => {
    const wanted = search.value.trim().toLowerCase(), held = select.value;
    select.replaceChildren();
    names.forEach((name, i) => {
      if (name.toLowerCase().includes(wanted)) make("option", { value: i, title: name }, select, name);
    });
    select.value = held;
    if (!select.value && select.options.length && wanted) show(Number(select.options[0].value));
  };
  const show = (place) => {
    const q = quantity(place);
    select.value = String(place);
    title.textContent = q.name;
    stats.textContent = q.said;
    views.replaceChildren();
    for (const part of [densityView, rankView, traceView, autocorrelationView, meanView]) part(views, q);
    after.textContent = q.outside
      ? `${q.outside} draws lie beyond the axes, which reach three times the 5–95 % interval to either side.`
      : "";
  };
  search.addEventListener("input", fill);
  select.addEventListener("change", () => show(Number(select.value)));
  fill();
  show(0);
  return show;
}
