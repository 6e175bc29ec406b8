"""Plots as SVG, by hand: axes, marks, lines and bars, readable on light and on dark pages."""

import math
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 84, 44, 56, 56

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #59636e }
  .page { fill: #ffffff; stroke: #d1d9e0 }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .floor { --ink: #818b98 } .swift { --ink: #d1441e } .python { --ink: #2f6fb7 }
  .a { --ink: #d1441e } .b { --ink: #2f6fb7 } .c { --ink: #2b8a3e }
  .line { stroke: var(--ink); stroke-width: 2; fill: none } .dashed { stroke-dasharray: 5 4 }
  .mark, .bar { fill: var(--ink) } .budget { stroke: #1f2328; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .quiet { fill: #9198a1 } .page { fill: #0d1117; stroke: #3d444d } .grid { stroke: #2a313c }
    .floor { --ink: #9198a1 } .swift, .a { --ink: #ff8a5c } .python, .b { --ink: #6cb0ff } .c { --ink: #56d364 }
    .budget { stroke: #f0f6fc }
  }
"""


def short(value):
    """A tick's number: 1,000 or 0.1."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


#: Where an axis may begin, end, and have its ticks within a decade.
STEPS = (1, 2, 5)


def steps(low, high):
    """The round numbers from the last one below `low` to the first above `high`."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    every = [step * 10.0**power for power in powers for step in STEPS]
    first = max(value for value in every if value <= low * 1.0001)
    last = min(value for value in every if value >= high * 0.9999)
    return [value for value in every if first <= value <= last]


class Log:
    """A logarithmic axis for what lies between `low` and `high`, over pixels."""

    def __init__(self, low, high, begin, end):
        self.all = steps(low, high if high > low else low * 2)
        self.low, self.high = math.log10(self.all[0]), math.log10(self.all[-1])
        self.begin, self.end = begin, end

    def __call__(self, value):
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    def ticks(self):
        """All round numbers, or only the decades where these are enough."""
        decades = [value for value in self.all if math.log10(value) % 1 < 0.001 or math.log10(value) % 1 > 0.999]
        return decades if len(decades) > 3 else self.all


class Drawing:
    def __init__(self, title, height=HEIGHT):
        self.height = height
        self.parts = []
        self.text(LEFT, 26, title, "title")

    def text(self, x, y, words, kind="", anchor="start", turn=""):
        self.parts.append(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{escape(words)}</text>'
        )

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def curve(self, points, kind, label):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="line {kind}" points="{path}"/>')
        if "dashed" not in kind:
            for (x, y), words in zip(points, label):
                self.parts.append(f'<circle class="mark {kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{words}</title></circle>')

    def bar(self, x, y, width, height, kind):
        self.parts.append(
            f'<rect class="bar {kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2"/>'
        )

    def legend(self, entries):
        x = LEFT
        for words, kind in entries:
            self.parts.append(f'<line class="line {kind}" x1="{x}" y1="42" x2="{x + 22}" y2="42" stroke-width="4"/>')
            self.text(x + 28, 46, words, "quiet")
            x += 46 + 7 * len(words)

    def axes(self, x, y, across, up):
        """Both axes: ticks, grid, and what they measure."""
        for tick in y.ticks():
            self.line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid")
            self.text(LEFT - 8, y(tick) + 4, short(tick), "quiet", "end")
        for tick in x.ticks():
            self.line(x(tick), TOP, x(tick), self.height - BOTTOM, "grid")
            self.text(x(tick), self.height - BOTTOM + 18, short(tick), "quiet", "middle")
        self.text((LEFT + WIDTH - RIGHT) / 2, self.height - 14, across, "quiet", "middle")
        middle = (TOP + self.height - BOTTOM) / 2
        self.text(18, middle, up, "quiet", "middle", f' transform="rotate(-90 18 {middle:.1f})"')

    def write(self, path):
        path.parent.mkdir(exist_ok=True)
        body = "\n".join(self.parts)
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" role="img">\n<style>{STYLE}</style>\n'
            f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1}" rx="8"/>\n{body}\n</svg>\n'
        )


def lines(path, title, across, up, series):
    """A log-log plot; `series`: (name, kind, [(x, y)…])."""
    series = [(name, kind, points) for name, kind, points in series if points]
    every = [point for _, _, points in series for point in points]
    if not every:
        return False
    drawing = Drawing(title)
    x = Log(min(p[0] for p in every), max(p[0] for p in every), LEFT, WIDTH - RIGHT)
    y = Log(min(p[1] for p in every), max(p[1] for p in every), HEIGHT - BOTTOM, TOP)
    drawing.axes(x, y, across, up)
    for name, kind, points in series:
        drawing.curve([(x(a), y(b)) for a, b in points], kind, [f"{name}, {short(a)}: {b:.3g}" for a, b in points])
    drawing.legend([(name, kind) for name, kind, _ in series])
    drawing.write(path)
    return True


def bars(path, title, across, rows, kinds):
    """Horizontal bars on a logarithmic scale; `rows`: (name, {kind: value}, budget or None)."""
    rows = [row for row in rows if row[1]]
    if not rows:
        return False
    thick, gap, left = 13, 14, 130
    height = TOP + BOTTOM + sum(gap + thick * len(values) for _, values, _ in rows)
    drawing = Drawing(title, height)
    every = [value for _, values, _ in rows for value in values.values()]
    x = Log(min(every) / 2, max(every), left, WIDTH - RIGHT - 20)
    for tick in x.ticks():
        drawing.line(x(tick), TOP, x(tick), height - BOTTOM, "grid")
        drawing.text(x(tick), height - BOTTOM + 18, short(tick), "quiet", "middle")
    drawing.text((left + WIDTH - RIGHT) / 2, height - 14, across, "quiet", "middle")
    at = TOP + gap / 2
    for name, values, budget in rows:
        drawing.text(left - 10, at + thick * len(values) / 2 + 4, name, "", "end")
        for kind, value in values.items():
            drawing.bar(left, at + 1, x(value) - left, thick - 2, kind)
            promised = budget if kind == "swift" else None
            drawing.text(x(max(value, promised or 0)) + 6, at + thick - 3, f"{value:.3g}", "quiet")
            if promised:
                drawing.line(x(promised), at - 2, x(promised), at + thick + 2, "budget")
            at += thick
        at += gap
    drawing.legend(kinds)
    drawing.write(path)
    return True
