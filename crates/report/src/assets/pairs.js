// Pairs of chosen parameters: points below the diagonal, densities on it, correlations above it.
function correlation(a, b) {
  let n = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (let i = 0; i < a.length; i++) {
    if (!Number.isFinite(a[i]) || !Number.isFinite(b[i])) continue;
    n += 1;
    const da = a[i] - ma, db = b[i] - mb;
    ma += da / n;
    mb += db / n;
    aa += da * (a[i] - ma);
    bb += db * (b[i] - mb);
    ab += da * (b[i] - mb);
  }
  return ab / Math.sqrt(aa * bb);
}

const MOST = 6;

function pairsView(host) {
  let chosen = payload.chosen.slice(0, 4);
  const names = payload.parameters.map((q) => q.name);
  const controls = make("div", { class: "controls" }, host);
  const stage = make("div", {}, host);
  const flat = (place) => {
    const q = quantity(place);
    if (!q.flat) {
      q.flat = new Float64Array(chains * kept);
      q.draws.forEach((d, c) => q.flat.set(d, c * kept));
    }
    return q.flat;
  };
  const paint = (svg, width, height) => {
    const side = (width - 60) / chosen.length;
    const every = Math.max(1, Math.ceil((chains * kept) / 2000));
    chosen.forEach((below, row) => {
      const y = quantity(below);
      chosen.forEach((beside, column) => {
        const x = quantity(beside);
        const frame = [52 + side * column, 6 + side * row, side - 10, side - 10];
        const reach = (q) => [q.lo - 0.03 * (q.hi - q.lo), q.hi + 0.03 * (q.hi - q.lo)];
        const onDiagonal = row === column;
        const p = panel(svg, frame, reach(x), onDiagonal ? [0, largest([x.density[chains]]) * 1.05] : reach(y));
        if (row > column) {
          if (column === 0) p.yAxis(shortened(y.name, Math.max(8, side / 8)));
          p.dots("cloud", flat(beside), flat(below), every);
          p.crosses("mark", x.divergent, y.divergent);
        } else if (onDiagonal) {
          const xs = grid(x), ys = x.density[chains];
          const line = xs.map((v, i) => `L${px(p.at(v))} ${px(p.up(ys[i]))}`).join("");
          p.path("area", `M${px(p.at(x.lo))} ${px(p.up(0))}${line}L${px(p.at(x.hi))} ${px(p.up(0))}z`);
          p.line("series", xs, ys);
        } else {
          const r = correlation(flat(beside), flat(below));
          const label = p.text(frame[0] + side / 2 - 5, frame[1] + side / 2, "number", "middle", Number.isFinite(r) ? r.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−") : "–");
          label.style.fontSize = `${12 + 10 * Math.abs(r || 0)}px`;
        }
        if (row === chosen.length - 1) p.xAxis(shortened(x.name, Math.max(8, side / 8)));
      });
    });
    return null;
  };
  const show = () => {
    controls.replaceChildren();
    chosen.forEach((place, i) => {
      const label = `Leave out ${names[place]}`;
      const chip = make("button", { type: "button", class: "chip", title: label, "aria-label": label }, controls);
      chip.textContent = `${shortened(names[place], 28)} ×`;
      chip.addEventListener("click", () => {
        if (chosen.length > 2) chosen.splice(i, 1);
        show();
      });
    });
    picker("add …", names.map((name, i) => [name, [i]]).filter(([, [i]]) => !chosen.includes(i)), ([i]) => {
      chosen = [...chosen, i].slice(-MOST);
    });
    const top = payload.top.map(([i, j, r]) => [`${names[i]}, ${names[j]}: r = ${said(r, 2)}`, [i, j]]);
    picker("most correlated …", top, (pair) => (chosen = pair));
    stage.replaceChildren();
    view(stage, "Pairs", (width) => width - 12, paint, "bare");
  };
  const picker = (title, options, choose) => {
    const select = make("select", { "aria-label": title }, controls);
    make("option", { value: "" }, select, title);
    options.forEach(([label], i) => make("option", { value: i }, select, shortened(label, 60)));
    select.addEventListener("change", () => {
      choose(options[Number(select.value)][1]);
      show();
    });
  };
  show();
}
