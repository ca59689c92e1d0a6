// Draws the table of days as charts (uPlot). The numbers are the table's own.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("#table-day tbody tr")];
  if (!rows.length || !window.uPlot) return;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const days = rows.map((row) => Date.parse(row.dataset.key + "T12:00:00Z") / 1000);
  const draw = (place) => {
    place.hidden = false;
    const values = rows.map((row) => Number(row.dataset[place.dataset.key]));
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--edge"), width: 1 }, ticks: { stroke: colour("--edge") } };
    const size = () => ({ width: place.clientWidth - 18, height: 200 });
    const plot = new uPlot({
      ...size(), title: place.dataset.label, legend: { show: false }, cursor: { drag: { x: false, y: false } },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
      axes: [{ ...axis, values: (_, marks) => marks.map((at) => new Date(at * 1000).toISOString().slice(5, 10)) }, { ...axis, size: 60 }],
      scales: { x: { range: (_, low, high) => [low - 43200, high + 43200] }, y: { range: (_, low, high) => [Math.min(0, low), Math.max(1e-9, high) * 1.05] } },
      series: [{}, { label: place.dataset.label, stroke: colour("--brand"), fill: colour("--brand") + "40", width: 2,
        paths: uPlot.paths.bars({ size: [0.7, 40] }), points: { show: false } }],
    }, [days, values], place);
    return { resize: () => plot.setSize(size()), again: () => { plot.destroy(); return draw(place); } };
  };
  let plots = [...document.querySelectorAll("[data-chart]")].map(draw);
  window.addEventListener("resize", () => plots.forEach((plot) => plot.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { plots = plots.map((plot) => plot.again()); });
})();
