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

const rounded = (r) => (Number.isFinite(r) ? r.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−") : "–");

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
    const labels = distinct(chosen.map((i) => names[i]), Math.max(8, side / 8));
    chosen.forEach((below, row) => {
      const y = quantity(below);
      chosen.forEach((beside, column) => {
        const x = quantity(beside);
        const frame = [52 + side * column, 6 + side * row, side - 10, side - 10];
        const reach = (q) => [q.lo - 0.03 * (q.hi - q.lo), q.hi + 0.03 * (q.hi - q.lo)];
        const onDiagonal = row === column;
        const p = panel(svg, frame, reach(x), onDiagonal ? [0, largest([x.density[chains]]) * 1.05] : reach(y));
        if (row > column) {
          if (column === 0) p.yAxis(labels[row], y.name);
          p.dots("cloud", flat(beside), flat(below), every);
          p.crosses("mark", x.divergent, y.divergent);
        } else if (onDiagonal) {
          const xs = grid(x), ys = x.density[chains];
          const line = xs.map((v, i) => `L${px(p.at(v))} ${px(p.up(ys[i]))}`).join("");
          p.path("area", `M${px(p.at(x.lo))} ${px(p.up(0))}${line}L${px(p.at(x.hi))} ${px(p.up(0))}z`);
          p.line("series", xs, ys);
        } else {
          // Of the pairs in the list below r is known over all draws, of others over those that the page has.
          const known = payload.top.find(([i, j]) => (i === beside && j === below) || (i === below && j === beside));
          const r = known ? known[2] : correlation(flat(beside), flat(below));
          const label = p.text(frame[0] + side / 2 - 5, frame[1] + side / 2, "number", "middle", rounded(r));
          label.style.fontSize = `${12 + 10 * Math.abs(r || 0)}px`;
        }
        if (row === chosen.length - 1) p.xAxis(labels[column], x.name);
      });
    });
    return null;
  };
  const show = () => {
    controls.replaceChildren();
    const labels = distinct(names, 28);
    chosen.forEach((place, i) => {
      const label = `Leave out ${names[place]}`;
      const chip = make("button", { type: "button", class: "chip", title: label, "aria-label": label }, controls);
      chip.textContent = `${labels[place]} ×`;
      chip.addEventListener("click", () => {
        if (chosen.length > 2) chosen.splice(i, 1);
        show();
      });
    });
    picker("add …", names.map((name, i) => [name, [i]]).filter(([, [i]]) => !chosen.includes(i)), ([i]) => {
      chosen = [...chosen, i].slice(-MOST);
    });
    const top = payload.top.map(([i, j, r]) => [`${labels[i]}, ${labels[j]}: r = ${rounded(r)}`, [i, j]]);
    picker("most correlated …", top, (pair) => (chosen = pair));
    stage.replaceChildren();
    view(stage, "Pairs", (width) => width - 12, paint, "bare");
  };
  const picker = (title, options, choose) => {
    const select = make("select", { "aria-label": title }, controls);
    make("option", { value: "" }, select, title);
    options.forEach(([label], i) => make("option", { value: i }, select, shortened(label, 80)));
    select.addEventListener("change", () => {
      choose(options[Number(select.value)][1]);
      show();
    });
  };
  show();
}
