"""The colours of code can be read, in light and in dark, and never move the text."""

import re

import pytest
from flask.testing import FlaskClient

from snippets.markup import CLASSES
from snippets.settings import ROOT
from snippets.theme_pairs import CALM, THEMES
from snippets.themes import contrast, readable, stylesheet

Pair = tuple[str, str]  # light, dark
GROUNDS = ("--paper", "--shade", "--added", "--removed")
PAIR = re.compile(r"light-dark\(([^,()]+(?:\([^)]*\))?),([^,()]+(?:\([^)]*\))?)\)")


def pair(value: str) -> Pair:
    found = PAIR.fullmatch(value)
    assert found, value
    return found[1], found[2]


def declarations(body: str) -> dict[str, str]:
    return dict(each.split(":", 1) for each in body.strip("; ").split(";"))


@pytest.fixture(scope="module", params=THEMES)
def sheet(request: pytest.FixtureRequest) -> str:
    return stylesheet(THEMES[request.param])


def pairs(sheet: str) -> dict[str, Pair]:
    """Return the custom properties that have a value for each scheme."""
    body = re.search(r":root ?\{([^}]*)\}", sheet)
    assert body
    return {
        name.strip(): pair(value.strip().replace(", ", ","))
        for name, value in declarations(re.sub(r"\s+", " ", body[1])).items()
        if "light-dark" in value
    }


@pytest.fixture(scope="module")
def paper(sheet: str) -> dict[str, Pair]:
    return pairs(sheet)


@pytest.fixture(scope="module")
def looks(sheet: str) -> dict[str, dict[str, str]]:
    rules = re.findall(r"^\.code :is\(([^)]*)\)\{([^}]*)\}$", sheet, re.MULTILINE)
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


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_the_empty_editor_says_and_the_focus_around_the_code_can_be_seen(
    scheme: int, paper: dict[str, Pair]
) -> None:
    interface = pairs((ROOT / "static/site.css").read_text())

    assert contrast(interface["--quiet"][scheme], paper["--paper"][scheme]) >= 4.5
    assert contrast(interface["--accent"][scheme], paper["--paper"][scheme]) >= 3


def test_no_rule_names_a_class_that_markup_does_not(looks: dict[str, dict[str, str]]) -> None:
    assert set(looks) <= CLASSES


def test_most_classes_have_a_colour_of_their_own_to_speak_of(looks: dict[str, dict[str, str]]) -> None:
    assert (
        len({"k", "s", "c", "nf", "nc", "mi", "o", "gd"} & {css for css, look in looks.items() if "color" in look}) >= 6
    )


def test_there_are_pairs_enough_to_choose_from_and_no_two_are_alike() -> None:
    assert len({stylesheet(theme) for theme in THEMES.values()}) == len(THEMES) >= 6
    assert all(re.fullmatch("[a-z]+", name) for name in THEMES)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_theme_is_offered_and_served(client: FlaskClient) -> None:
    page = client.get("/").text
    address = re.search(r"/static/\w+/theme.css", page)
    assert address

    assert re.findall(r'id="colours" [^>]*data-more="([^"]+)"', page) == [
        " ".join(name.capitalize() for name in THEMES if name != CALM)
    ]
    for name, theme in THEMES.items():
        sheet = client.get(address[0].replace("theme", f"theme-{name}"))
        assert sheet.text == stylesheet(theme)
    assert client.get(address[0]).text == stylesheet(THEMES[CALM])


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
