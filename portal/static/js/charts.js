// Draws the charts of a page: the server builds the figures, this gives them the colours of the
// theme that is on. Plotly is fetched when a chart comes near, never before the content.

const NEAR = "600px";
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };

// Plotly would insert style rules, which the content security policy forbids. It lets them be
// where these elements are, and their rules are in plotly.css instead (VENDOR.md).
const STYLES_SHIPPED = [
  "plotly.js-style-global",
  "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53",
];

let plotly;
let figures;

function loadPlotly(url) {
  plotly ??= new Promise((resolve, reject) => {
    for (const id of STYLES_SHIPPED) {
      const marker = document.createElement("meta");
      marker.id = id;
      marker.className = "no-inline-styles";
      document.head.append(marker);
    }
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  return plotly;
}

// A token such as light-dark(#fff, #000) has a colour only where it is used.
function palette() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (token) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const tokens = ["text", "text-muted", "border", "surface", "surface-raised", "good", "bad"];
  const series = ["series-1", "series-2", "series-3", "series-4", "series-5"];
  const found = Object.fromEntries([...tokens, ...series].map((token) => [token, colour(token)]));
  probe.remove();
  return found;
}

function axis(given, colours) {
  return {
    ...given,
    color: colours["text-muted"],
    gridcolor: colours.border,
    linecolor: colours.border,
    zerolinecolor: colours.border,
    tickfont: { size: 11 },
    fixedrange: true,
  };
}

function themed({ data, layout }) {
  const colours = palette();
  const style = getComputedStyle(document.body);
  const traces = data.map((trace) => {
    const colour = colours[trace.meta] ?? colours["series-1"];
    const marker = { ...trace.marker, color: colour };
    if (trace.type === "bar") return { ...trace, marker };
    return { ...trace, marker, line: { ...trace.line, color: colour } };
  });
  const shapes = (layout.shapes ?? []).map((shape) => ({
    ...shape,
    line: { ...shape.line, color: colours[shape.name] ?? colours.border },
  }));
  const axes = Object.entries(layout)
    .filter(([name]) => /^[xy]axis/.test(name))
    .map(([name, given]) => [name, axis(given, colours)]);
  return {
    traces,
    layout: {
      ...layout,
      ...Object.fromEntries(axes),
      shapes,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.fontFamily, size: 12, color: colours["text-muted"] },
      hoverlabel: {
        bgcolor: colours["surface-raised"],
        bordercolor: colours.border,
        font: { family: style.fontFamily, size: 12, color: colours.text },
      },
    },
  };
}

async function draw() {
  const section = document.querySelector("[data-charts]");
  if (!section) return;
  const source = section.dataset.charts;
  if (figures?.source !== source || figures.section !== section) {
    figures = { source, section, json: fetch(source).then((response) => response.json()) };
  }
  const [Plotly, built] = await Promise.all([loadPlotly(section.dataset.plotly), figures.json]);
  for (const canvas of section.querySelectorAll("[data-chart]")) {
    const figure = built[canvas.dataset.chart];
    if (!figure) continue;
    const { traces, layout } = themed(figure);
    await Plotly.react(canvas, traces, layout, CONFIG);
    canvas.dataset.drawn = "";
  }
}

function watch() {
  const section = document.querySelector("[data-charts]");
  if (!section) return;
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seen.disconnect();
      draw();
    },
    { rootMargin: NEAR },
  );
  seen.observe(section);
}

const redraw = () => document.querySelector("[data-drawn]") && draw();

watch();
document.addEventListener("portal:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("htmx:afterSwap", (event) => {
  if (document.querySelector("#kpis") && event.detail.target.id === "kpis") watch();
});
