"""Colours of the picture, in light and in dark, and its shapes.

Both palettes keep 4.5:1 between every text and what is behind it (WCAG 2.2, success criterion 1.4.3) and 3:1 for every
shape that carries meaning (1.4.11); a test computes it. What failed differs from what succeeded by its shape as well.
Dark is for screens only: on paper a picture is light whatever the reader's screen is.
"""

from __future__ import annotations

from runbook.render.picture_text import number

LIGHT = {
    "page": "#ffffff",
    "band": "#f6f8fa",
    "line": "#d1d9e0",
    "text": "#1f2328",
    "muted": "#59636e",
    "detection": "#0969da",
    "people": "#8250df",
    "succeeded": "#1a7f37",
    "failed": "#cf222e",
    "unknown": "#59636e",
    "changes": "#9a6700",
    "detected": "#fff1c2",
    "acknowledged": "#ffe2cc",
    "mitigated": "#ffdad6",
    "resolved": "#d3e8ff",
    "open": "#eaeef2",
    "on-phase": "#1f2328",
}
DARK = {
    "page": "#0d1117",
    "band": "#151b23",
    "line": "#3d444d",
    "text": "#f0f6fc",
    "muted": "#9198a1",
    "detection": "#58a6ff",
    "people": "#d2a8ff",
    "succeeded": "#3fb950",
    "failed": "#ff7b72",
    "unknown": "#9198a1",
    "changes": "#e3b341",
    "detected": "#4d3b05",
    "acknowledged": "#5a3211",
    "mitigated": "#671f20",
    "resolved": "#113a6b",
    "open": "#2f363f",
    "on-phase": "#f0f6fc",
}
TEXTS = {
    ("text", "page"), ("text", "band"), ("muted", "page"), ("muted", "band"), ("failed", "band"), ("failed", "page"),
    *(("on-phase", phase) for phase in ("detected", "acknowledged", "mitigated", "resolved", "open")),
}  # fmt: skip
"""Colours that texts have, each with every colour it may stand on."""
DRAWN = ("detection", "people", "succeeded", "failed", "unknown", "changes")
"""Colours of shapes; they stand on ``band`` and on ``page``."""

SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif"
MONO = "ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace"
"""The fonts that GitHub's own pages use; nothing is fetched."""

_LANE_OF = {
    "seen": "detection", "trouble": "detection", "verified": "detection",
    "said": "people", "decision": "people", "escalation": "people",
    "failed": "failed", "succeeded": "succeeded", "unknown": "unknown",
    "change": "changes", "backup": "changes", "rollback": "changes",
}  # fmt: skip
_HOLLOW = {"seen", "unknown", "backup"}


def colour_of(shape: str) -> str:
    """The name of a shape's colour."""
    return _LANE_OF[shape]


def style() -> str:
    """The style sheet. Plain colours twice, not custom properties: converters to PDF and PNG know no ``var()``."""
    fixed = (
        f"text{{font:12px {SANS}}}"
        f".code{{font-family:{MONO}}}"
        ".title{font-size:17px;font-weight:600}.strong{font-weight:600}.small{font-size:11px}"
        ".halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}"
        ".thin{stroke-width:1;fill:none}.mark{stroke-width:1.8}.flag{stroke-width:1.5;fill:none}"
    )
    light, dark = _colours(LIGHT), _colours(DARK)
    return f"<style>{fixed}{light}@media screen and (prefers-color-scheme:dark){{{dark}}}</style>"


def _colours(palette: dict[str, str]) -> str:
    rules = [f".f-{name}{{fill:{colour}}}" for name, colour in palette.items()]
    rules += [f".s-{name}{{stroke:{palette[name]}}}" for name in (*DRAWN, "line", "muted", "text", "page", "band")]
    rules.append(f".halo{{stroke:{palette['band']}}}.name{{stroke:{palette['page']}}}")
    return "".join(rules)


def draw_shape(shape: str, x: float, y: float, size: float = 5.0) -> str:
    """A mark of radius ``size`` about ``(x, y)``; every shape has an outline of its own, whatever its colour."""
    colour = colour_of(shape)
    fill = "f-band" if shape in _HOLLOW else f"f-{colour}"
    classes = f'class="mark {fill} s-{colour}"'
    if shape in {"seen", "said", "succeeded", "unknown"}:
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(size - 0.9)}" {classes}/>'
    if shape in {"change", "backup"}:
        side = size * 1.7
        return (f'<rect x="{number(x - side / 2)}" y="{number(y - side / 2)}" width="{number(side)}"'
                f' height="{number(side)}" rx="1" {classes}/>')  # fmt: skip
    if shape == "failed":
        a = size * 0.85
        return (f'<path d="M{number(x - a)} {number(y - a)}L{number(x + a)} {number(y + a)}M{number(x - a)} '
                f'{number(y + a)}L{number(x + a)} {number(y - a)}" class="mark s-failed" style="stroke-width:2.6"'
                ' stroke-linecap="round" fill="none"/>')  # fmt: skip
    if shape == "verified":
        return (f'<path d="M{number(x - size)} {number(y)}L{number(x - size * 0.25)} {number(y + size * 0.8)}'
                f'L{number(x + size)} {number(y - size * 0.8)}" class="mark s-{colour}" style="stroke-width:2.4"'
                ' stroke-linecap="round" stroke-linejoin="round" fill="none"/>')  # fmt: skip
    corners = {
        "trouble": ((0, 0.95), (-1.05, -0.8), (1.05, -0.8)),
        "escalation": ((0, -1.05), (1.05, 0.8), (-1.05, 0.8)),
        "decision": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
        "rollback": ((-1.05, 0), (0.8, -1.05), (0.8, 1.05)),
    }[shape]
    points = " ".join(f"{number(x + dx * size)},{number(y + dy * size)}" for dx, dy in corners)
    return f'<polygon points="{points}" stroke-linejoin="round" {classes}/>'
