"""The picture of an application's neighbourhood: where everything stands, for an inline SVG.

From top to bottom: what depends on it, two steps away and one, itself, what it needs. The
template draws it with classes alone, so it follows the theme and needs no script.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.catalogue.models import Application, DependencyKind
from portal.catalogue.selectors.neighbourhood import Edge, Neighbourhood, Step

HEIGHT = 46
GAP = 10
HEADING = 22
BETWEEN = 34
MARGIN = 2
# Letters that fit into a box at the size of its text, by its width.
LETTER = 7.4
HEADINGS = {
    -2: "Depend on it, two steps away",
    -1: "Depend on it",
    0: "",
    1: "It depends on",
    2: "It depends on, two steps away",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """How wide a picture is and how many boxes stand side by side in it."""

    name: str
    columns: int
    box: int

    @property
    def width(self) -> int:
        """The width of the picture."""
        return 2 * MARGIN + self.columns * self.box + (self.columns - 1) * GAP


# One for wide windows and one for telephones: the style sheet shows the one that fits.
FRAMES = (Frame("wide", 5, 186), Frame("narrow", 2, 150))


@dataclass(frozen=True, slots=True)
class Box:
    """One application of the picture, or how many more there are."""

    x: int
    y: int
    width: int
    title: str
    note: str
    tone: str
    application: Application | None = None
    is_centre: bool = False

    @property
    def middle(self) -> int:
        """The horizontal middle, where edges begin and end."""
        return self.x + self.width // 2

    @property
    def bottom(self) -> int:
        """The lower border."""
        return self.y + HEIGHT


@dataclass(frozen=True, slots=True)
class Heading:
    """What a row of boxes is, in words."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """An edge of the picture: an SVG path from who depends to what it needs."""

    path: str
    is_soft: bool
    is_upwards: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw, in the units of the picture's own width and height."""

    frame: Frame
    height: int
    boxes: Sequence[Box]
    headings: Sequence[Heading]
    lines: Sequence[Line]


def pictures(near: Neighbourhood) -> list[Picture]:
    """Return the neighbourhood drawn for every frame."""
    return [_picture(near, frame) for frame in FRAMES]


def tone_of(application: Application) -> str:
    """Return the tone of an application: grey is retired, yellow is a risk to lean on."""
    if application.is_retired:
        return "unknown"
    if application.owner_id is None:
        return "warning"
    return application.stage.tone


def state_of(application: Application) -> str:
    """Return what the tone means in words."""
    tier = f"Tier {application.tier}"
    if application.is_retired:
        return "Retired"
    if application.owner_id is None:
        return f"{tier} · No owner"
    return f"{tier} · {application.stage.label}"


def _picture(near: Neighbourhood, frame: Frame) -> Picture:
    boxes: list[Box] = []
    headings: list[Heading] = []
    y = MARGIN
    for step in near.steps:
        if boxes:
            y += BETWEEN
        if HEADINGS[step.distance]:
            headings.append(Heading(y + HEADING - 8, HEADINGS[step.distance]))
            y += HEADING
        placed = list(_placed(step, frame, y))
        boxes += placed
        y = placed[-1].bottom
    at = {box.application.pk: box for box in boxes if box.application}
    lines = [_line(edge, at) for edge in near.edges]
    return Picture(frame, y + MARGIN + GAP, boxes, headings, lines)


def _placed(step: Step, frame: Frame, y: int) -> Iterator[Box]:
    """Yield the boxes of a step, row by row; a row that is not full stands in the middle."""
    count = len(step.applications) + bool(step.hidden)
    for number in range(count):
        row, column = divmod(number, frame.columns)
        beside = min(count - row * frame.columns, frame.columns)
        indent = (frame.columns - beside) * (frame.box + GAP) // 2
        x = MARGIN + indent + column * (frame.box + GAP)
        top = y + row * (HEIGHT + GAP)
        if number == len(step.applications):
            yield Box(x, top, frame.box, f"and {step.hidden:,} more", "", "unknown")
            return
        application = step.applications[number]
        yield Box(
            x,
            top,
            frame.box,
            _short(application.name, frame.box),
            state_of(application),
            tone_of(application),
            application,
            is_centre=not step.distance,
        )


def _short(name: str, width: int) -> str:
    most = int((width - 24) / LETTER)
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _line(edge: Edge, at: dict[int, Box]) -> Line:
    upper, lower = at[edge.from_application], at[edge.to_application]
    is_soft = edge.kind == DependencyKind.SOFT
    if lower.y > upper.y:
        begins, ends, bend = upper.bottom, lower.y, BETWEEN // 2 + 4
    elif lower.y < upper.y:
        # Against the direction of the picture: part of a circle.
        begins, ends, bend = upper.y, lower.bottom, -(BETWEEN // 2 + 4)
    else:
        begins, ends = upper.bottom, lower.bottom
        path = (
            f"M{upper.middle} {begins} C{upper.middle} {begins + 22} "
            f"{lower.middle} {ends + 22} {lower.middle} {ends}"
        )
        return Line(path, is_soft, is_upwards=False)
    path = (
        f"M{upper.middle} {begins} C{upper.middle} {begins + bend} "
        f"{lower.middle} {ends - bend} {lower.middle} {ends}"
    )
    return Line(path, is_soft, is_upwards=lower.y < upper.y)
