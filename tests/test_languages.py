"""The language of a text: by its name, its first lines, and what cannot be anything else."""

import pytest
from pygments.lexers import LEXERS, get_lexer_by_name

from snippets.languages import LANGUAGES, find, guess


def test_every_language_of_pygments_is_offered():
    assert len(LANGUAGES) == sum(1 for _, _, aliases, _, _ in LEXERS.values() if aliases)


@pytest.mark.parametrize("wanted", ["python", "Python", "PY", " py3 "])
def test_a_language_is_found_by_any_alias_or_name_in_any_case(wanted: str):
    assert find(wanted).alias == "python"


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("a.py", "python"), ("A.PY", "python"), ("dir/Makefile", "make"), ("Dockerfile", "docker"), ("a.h", "c"),
        ("a.hpp", "cpp"), ("a.m", "objective-c"), ("a.pl", "perl"), ("a.pm", "perl"), ("a.t", "perl"), ("a.sql", "sql"),
        ("a.fs", "fsharp"), ("a.ts", "typescript"), ("a.tsx", "tsx"), ("a.rs", "rust"), ("CMakeLists.txt", "cmake"),
        ("a.txt", "text"), ("a.inc", "php"), ("a.svg", "xml"), ("a.lisp", "common-lisp"), ("no.such", "text"),
        ("", "text"), ("..", "text"), ("[", "text"),
    ],
)  # fmt: skip
def test_a_file_name_tells_the_language(name: str, alias: str):
    assert guess(name, "").alias == alias


@pytest.mark.parametrize(
    ("code", "alias"),
    [
        ("#!/bin/sh\n", "bash"),
        ("#!/usr/bin/env python3\n", "python"),
        ("#!/usr/bin/python3.11 -u\n", "python"),
        ("#!/usr/bin/env -S node --x\n", "javascript"),
        ("#!/usr/bin/perl -w\n", "perl"),
        ("#!\n", "text"),
        ("# -*- mode: ruby -*-\n", "ruby"),
        ("/* -*- C++ -*- */", "cpp"),
        ("x\n" * 50 + "// vim: set ft=go :\n", "go"),
        ('<?xml version="1.0"?><a/>', "xml"),
        ("<!DOCTYPE html><p>", "html"),
        ("<?php echo 1;", "php"),
        ('{"a": [1, 2]}', "json"),
        ("{not json}", "text"),
        ("[" * 100_000, "text"),
        ("diff --git a/x b/x\n", "diff"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n", "diff"),
        ("Dear reader,\n", "text"),
        ("{" * 10_000, "text"),
    ],
)
def test_unmistakable_content_tells_the_language_of_a_file_without_a_name(code: str, alias: str):
    assert guess(None, code).alias == alias


def test_a_name_tells_more_than_the_content():
    assert guess("a.md", "#!/bin/sh\n").alias == "markdown"


def test_every_alias_is_one_that_pygments_takes():
    for alias in list(LANGUAGES)[::40]:
        assert get_lexer_by_name(alias).name == LANGUAGES[alias].name
