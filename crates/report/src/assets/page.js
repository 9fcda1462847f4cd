// The page: tables that sort and filter, light and dark, log axes, and the views above put in their places.
function sortable(table) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const original = [...body.rows];
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const numeric = head.classList.contains("n");
      const order = numeric ? ["none", "descending", "ascending"] : ["none", "ascending", "descending"];
      const next = order[(order.indexOf(now) + 1) % 3];
      heads.forEach((h) => h.hasAttribute("aria-sort") && h.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", next);
      const key = (row) => row.cells[column].dataset.v;
      const sign = next === "ascending" ? 1 : -1;
      const compare = (a, b) => {
        if (!numeric) return sign * key(a).localeCompare(key(b), undefined, { numeric: true });
        const [u, v] = [a, b].map((row) => Number(key(row).replace("inf", "Infinity")));
        return Number.isNaN(u) - Number.isNaN(v) || sign * (u - v) || 0;
      };
      body.append(...(next === "none" ? original : [...original].sort(compare)));
    });
  });
}

function filtered(input, table) {
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.cells[0].dataset.v.toLowerCase().includes(wanted);
  });
}

function theme(button) {
  const root = document.documentElement;
  const dark = () => root.dataset.theme === "dark" ||
    (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const wanted = /theme=(dark|light)/.exec(location.hash);
  if (wanted) root.dataset.theme = wanted[1];
  button.addEventListener("click", () => (root.dataset.theme = dark() ? "light" : "dark"));
}

const byId = (id) => document.getElementById(id);
theme(byId("theme"));
document.querySelectorAll("table.sortable").forEach(sortable);
if (byId("table-filter")) filtered(byId("table-filter"), byId("parameter-table"));
document.querySelectorAll("figure.plot").forEach((figure) => {
  const shown = () => [...figure.querySelectorAll("svg")].find((svg) => svg.getClientRects().length);
  saver(figure, shown, figure.dataset.name);
});
byId("log-axes")?.addEventListener("change", (event) => {
  document.querySelectorAll(".plot.both").forEach((figure) => {
    figure.querySelector(".log").hidden = !event.target.checked;
    figure.querySelector(".linear").hidden = event.target.checked;
  });
});
if (byId("explorer")) {
  const show = explorer(byId("explorer"));
  document.querySelectorAll("a[data-place]").forEach((link) => {
    link.addEventListener("click", () => show(Number(link.dataset.place)));
  });
}
if (byId("pairs-view")) pairsView(byId("pairs-view"));

let width = innerWidth, waiting;
const repaint = () => document.querySelectorAll(".view").forEach((box) => box.repaint());
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (innerWidth !== width) repaint();
    width = innerWidth;
  }, 150);
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
document.documentElement.dataset.ready = "yes";
