"""What the bench writes about what it measured."""

import re

import pytest

from bench import machine
from bench.paper import DOCS, Paper
from bench.plot import chart
from bench.points import Point, point

MARKS = "<!-- counted -->", "<!-- /counted -->"
SLOPE = {"a page": [point(1_000, [2, 1, 4]), point(100_000, [20, 10, 40])]}


def test_a_point_is_the_median_with_the_lowest_and_the_highest():
    assert point(10, [3, 1, 8]).shown() == "3.0 (1.0 to 8.0)"
    assert Point(10, 3, 3, 3).shown() == "3.0"


def drawn(svg: str) -> tuple[list[float], list[tuple[float, float]]]:
    """Heights of the points, and from where to where their ranges go."""
    ranges = re.findall(r'<path d="M[\d.]+ ([\d.]+)V([\d.]+)" stroke="#1f6feb"', svg)
    return [float(y) for y in re.findall(r'cy="([\d.]+)"', svg)], [(float(low), float(high)) for low, high in ranges]


@pytest.mark.parametrize("linear", [False, True])
def test_a_chart_shows_the_range_of_each_point_around_it(linear: bool):
    points, ranges = drawn(chart("Pages", "snippets", "ms", SLOPE, linear=linear))

    assert len(points) == len(ranges) == 2
    assert all(low > y > high for y, (low, high) in zip(points, ranges, strict=True)), "SVG counts from above"
    assert max(y for pair in ranges for y in pair) <= 290
    assert min(y for pair in ranges for y in pair) >= 40


def test_a_linear_chart_begins_at_nothing_and_has_round_marks():
    svg = chart("Memory", "requests", "MiB", {"all": [point(0, [337]), point(100_860, [400])]}, linear=True)

    marks = re.findall(r'text-anchor="(?:middle|end)">([\d,]+)</text>', svg)
    assert marks == ["0", "50,000", "100,000", "150,000", "0", "100", "200", "300", "400"]
    assert f'cx="{60:.1f}"' in svg


def test_the_heading_names_the_command_with_its_options_and_every_program():
    told = machine.heading("wrk 4.1.0", machine.SQLITE)

    assert re.search(r"wrk 4\.1\.0, SQLite 3\.\d+\.\d+, Valkey \d+\.\d+\.\d+", told)
    words = ["/a/place/of/somebody/python3", "-m", "bench.growth", "--million", "--in", "var/a folder"]
    assert machine.command(words) == "python -m bench.growth --million --in 'var/a folder'"


def test_a_quick_run_is_written_beside_and_leaves_the_page_as_it_was(tmp_path):
    before = {path: path.read_bytes() for path in DOCS.rglob("*") if path.is_file()}

    paper = Paper(quick=True, tries=tmp_path)
    paper.put(MARKS, "\n\n".join(paper.slope("tried", "Pages", "snippets", SLOPE)))

    told = (tmp_path / "performance.md").read_text()
    assert "![Pages](performance/tried.svg)" in told
    assert "| a page | 2.0 (1.0 to 4.0) | 20.0 (10.0 to 40.0) |" in told
    assert told.partition(MARKS[0])[0] == (DOCS / "performance.md").read_text().partition(MARKS[0])[0]
    assert (tmp_path / "performance/tried.svg").read_text().startswith("<svg")
    assert {path: path.read_bytes() for path in DOCS.rglob("*") if path.is_file()} == before
