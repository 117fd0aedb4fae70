"""The colours of code can be read, in light and in dark, and never move the text."""

import re

import pytest

from snippets.markup import CLASSES
from snippets.themes import contrast, readable, stylesheet

Pair = tuple[str, str]  # light, dark
GROUNDS = ("--paper", "--shade", "--added", "--removed")
PAIR = re.compile(r"light-dark\(([^,()]+(?:\([^)]*\))?),([^,()]+(?:\([^)]*\))?)\)")


def pair(value: str) -> Pair:
    found = PAIR.fullmatch(value)
    assert found, value
    return found[1], found[2]


def declarations(body: str) -> dict[str, str]:
    return dict(each.split(":", 1) for each in body.strip(";").split(";"))


@pytest.fixture(scope="module")
def paper() -> dict[str, Pair]:
    body = re.search(r":root\{([^}]*)\}", stylesheet())
    assert body
    return {name: pair(value) for name, value in declarations(body[1]).items()}


@pytest.fixture(scope="module")
def looks() -> dict[str, dict[str, str]]:
    rules = re.findall(r"^\.code :is\(([^)]*)\)\{([^}]*)\}$", stylesheet(), re.MULTILINE)
    return {css[1:]: declarations(body) for classes, body in rules for css in classes.split(",")}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_class_can_be_read_on_paper_on_a_selected_line_and_in_a_comparison(
    scheme: int, paper: dict[str, Pair], looks: dict[str, dict[str, str]]
) -> None:
    inherited = "light-dark(var(--ink),var(--ink))"
    for css in CLASSES:
        look = looks.get(css, {})
        ink = pair(look.get("color", inherited))[scheme].replace("var(--ink)", paper["--ink"][scheme])
        own = look.get("background")
        for background in [pair(own)[scheme]] if own else [paper[ground][scheme] for ground in GROUNDS]:
            assert contrast(ink, background) >= 4.5, f"{css}: {ink} on {background}"


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["--ink", "--number"])
def test_text_without_a_class_and_line_numbers_can_be_read(scheme: int, ink: str, paper: dict[str, Pair]) -> None:
    for background in GROUNDS:
        assert contrast(paper[ink][scheme], paper[background][scheme]) >= 4.5


def test_no_rule_names_a_class_that_markup_does_not(looks: dict[str, dict[str, str]]) -> None:
    assert set(looks) <= CLASSES


def test_most_classes_have_a_colour_of_their_own_to_speak_of(looks: dict[str, dict[str, str]]) -> None:
    assert {"k", "s", "c", "nf", "nc", "mi", "o", "gd", "gi"} <= {css for css, look in looks.items() if "color" in look}


def test_colours_cannot_move_the_text(looks: dict[str, dict[str, str]]) -> None:
    assert {name for look in looks.values() for name in look} <= {"color", "background", "font-style"}


def test_added_and_removed_lines_of_a_diff_stand_on_their_own_ground(looks: dict[str, dict[str, str]]) -> None:
    assert looks["gi"]["background"] != looks["gd"]["background"]


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WCAG's own example of just too little


def test_a_colour_is_moved_no_further_than_needed_and_keeps_its_hue() -> None:
    assert readable("#0000ff", ["#ffffff"]) == "#0000ff"
    red, green, blue = (int(readable("#ff8888", ["#ffffff"])[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green == blue
    assert 4.5 <= contrast(readable("#ff8888", ["#ffffff"]), "#ffffff") < 4.7


def test_a_colour_that_no_lightness_can_save_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing can be read"):
        readable("#888888", ["#000000", "#ffffff"])
