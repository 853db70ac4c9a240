"""What is near an application, and where the picture puts it."""

from itertools import combinations, pairwise

import pytest

from portal.catalogue.charts import FRAMES, pictures
from portal.catalogue.selectors.neighbourhood import MOST_PER_STEP, neighbourhood
from tests.factories import ApplicationFactory, DependencyFactory


def chain(*names, kind="HARD"):
    """Let each application depend on the next one, and return them by name."""
    found = {name: ApplicationFactory.create(name=name, slug=name.lower()) for name in names}
    for one, other in pairwise(names):
        DependencyFactory.create(
            from_application=found[one], to_application=found[other], kind=kind
        )
    return found


def steps(near):
    return {step.distance: [one.name for one in step.applications] for step in near.steps}


def test_it_reaches_two_steps_in_both_directions_and_no_further(db):
    found = chain("A", "B", "C", "D", "E", "F", "G")
    near = neighbourhood(found["D"])
    assert steps(near) == {-2: ["B"], -1: ["C"], 0: ["D"], 1: ["E"], 2: ["F"]}
    names = [(one.name, kind.value, other.name) for one, kind, other in near.sentences]
    assert names == [(a, "HARD", b) for a, b in zip("BCDE", "CDEF", strict=True)]


def test_alone_is_alone(world):
    near = neighbourhood(world.checkout)
    assert near.is_alone
    assert steps(near) == {0: ["Checkout"]}


def test_a_circle_places_everybody_once_and_keeps_every_edge(db):
    found = chain("A", "B", "C")
    DependencyFactory.create(from_application=found["C"], to_application=found["A"])
    near = neighbourhood(found["A"])
    assert steps(near) == {-1: ["C"], 0: ["A"], 1: ["B"]}
    assert len(near.edges) == 3
    for picture in pictures(near):
        assert [line.is_upwards for line in picture.lines] == [False, True, False]


def test_the_most_critical_stand_first_and_retired_ones_last(db):
    hub = ApplicationFactory.create(name="Hub")
    for name, tier, lifecycle in (
        ("Old", 1, "RETIRED"),
        ("Four", 4, "PRODUCTION"),
        ("One", 1, "PRODUCTION"),
    ):
        needed = ApplicationFactory.create(name=name, tier=tier, lifecycle=lifecycle)
        DependencyFactory.create(from_application=hub, to_application=needed)
    assert steps(neighbourhood(hub))[1] == ["One", "Four", "Old"]


@pytest.mark.parametrize("size", [MOST_PER_STEP, MOST_PER_STEP + 1, MOST_PER_STEP + 37])
def test_a_hub_is_bounded_and_counts_the_rest(db, size, django_assert_num_queries):
    hub = ApplicationFactory.create(name="Hub")
    for number in range(size):
        DependencyFactory.create(
            from_application=ApplicationFactory.create(name=f"N{number:02}"), to_application=hub
        )
    with django_assert_num_queries(4):
        near = neighbourhood(hub)
    (above,) = [step for step in near.steps if step.distance == -1]
    assert (len(above.applications), above.hidden) == (MOST_PER_STEP, size - MOST_PER_STEP)
    for picture in pictures(near):
        more = [box.title for box in picture.boxes if box.application is None]
        assert more == ([f"and {size - MOST_PER_STEP} more"] if size > MOST_PER_STEP else [])


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
@pytest.mark.parametrize("size", [1, 2, 4, 9, 30])
def test_boxes_stay_inside_and_never_overlap(db, frame, size):
    hub = ApplicationFactory.create(name="A name that is far too long for any box " * 2)
    for number in range(size):
        other = ApplicationFactory.create(name=f"N{number:02}")
        pair = (hub, other) if number % 2 else (other, hub)
        DependencyFactory.create(from_application=pair[0], to_application=pair[1])
    (picture,) = [one for one in pictures(neighbourhood(hub)) if one.frame == frame]
    for box in picture.boxes:
        assert box.x >= 0
        assert box.x + box.width <= frame.width
        assert box.bottom <= picture.height
        assert len(box.title) * 7 <= box.width
    for left, right in combinations(sorted(picture.boxes, key=lambda box: box.x), 2):
        apart = left.bottom <= right.y or right.bottom <= left.y
        assert apart or left.x + left.width <= right.x
    assert len(picture.lines) == min(size // 2, 10) + min((size + 1) // 2, 10)
