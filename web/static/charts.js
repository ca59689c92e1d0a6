// Draws tables as charts (uPlot): days along the time, lines and people side by side, the highest first. The numbers are
// the tables' own.
"use strict";
(() => {
  if (!window.uPlot) return;
  const MOST = 16; // bars side by side; the table has the rest
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (name) => (name.length > 12 ? `${name.slice(0, 11)}…` : name);
  const draw = (place) => {
    const { chart, key, label } = place.dataset;
    const byDay = chart === "day";
    const value = (row) => Number(row.dataset[key]);
    let rows = [...document.querySelectorAll(`#table-${chart} tbody tr`)];
    if (!byDay) rows = rows.sort((a, b) => value(b) - value(a)).slice(0, MOST);
    if (!rows.length) return null;
    place.hidden = false;
    const along = rows.map((row, at) => (byDay ? Date.parse(row.dataset.key + "T12:00:00Z") / 1000 : at));
    const half = byDay ? 43200 : 0.6;
    const names = byDay
      ? { values: (_, marks) => marks.map((at) => new Date(at * 1000).toISOString().slice(5, 10)) }
      : { splits: () => along, values: () => rows.map((row) => short(row.dataset.key)), rotate: -40, size: 80 };
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--edge"), width: 1 }, ticks: { stroke: colour("--edge") } };
    const size = () => ({ width: place.clientWidth - 18, height: byDay ? 200 : 240 });
    const plot = new uPlot({
      ...size(), title: label, legend: { show: false }, cursor: { drag: { x: false, y: false } },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
      axes: [{ ...axis, ...names }, { ...axis, size: 60 }],
      scales: { x: { time: byDay, range: (_, low, high) => [low - half, high + half] },
        y: { range: (_, low, high) => [Math.min(0, low), Math.max(1e-9, high) * 1.05] } },
      series: [{}, { label, stroke: colour("--brand"), fill: colour("--brand") + "40", width: 2,
        paths: uPlot.paths.bars({ size: [0.7, 40] }), points: { show: false } }],
    }, [along, rows.map(value)], place);
    return { resize: () => plot.setSize(size()), again: () => { plot.destroy(); return draw(place); } };
  };
  let plots = [...document.querySelectorAll("[data-chart]")].map(draw).filter(Boolean);
  window.addEventListener("resize", () => plots.forEach((plot) => plot.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { plots = plots.map((plot) => plot.again()); });
})();
