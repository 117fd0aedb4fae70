"""What is the same for every site that the tests make, made once a process: routes, templates and SQL, compiled.

Each test has a site of its own, and most of what making and first using one took was this. Only what the libraries
compile is shared: pure results of their input, which their own keys tell apart. Nothing of a site is.
"""

import importlib.metadata
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from jinja2 import Environment
from sqlalchemy import Dialect, Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_compile_rule, _compile_builder = Rule.compile, Rule._compile_builder
_compile_template = Environment.compile

_rules: dict[Any, dict[str, Any]] = {}
_builders: dict[tuple[str, str, bool], Callable[..., tuple[str, str]]] = {}
_templates: dict[Any, CodeType] = {}
_statements: dict[type[Dialect], LRUCache[Any, Any]] = {}


def share() -> None:
    """Share from now on, in this process."""
    Rule.compile = _rule  # type: ignore[method-assign]
    Rule._compile_builder = _builder  # type: ignore[method-assign]
    Environment.compile = _template  # type: ignore[method-assign]
    Engine._compiled_cache = property(_statements_of, lambda engine, of_its_own: None)
    DefaultDialect.__eq__ = _is_same_dialect  # type: ignore[method-assign]
    DefaultDialect.__hash__ = _dialect_hash  # type: ignore[method-assign]
    importlib.metadata.version = cache(importlib.metadata.version)  # redis-py asks for its own with each connection


def _rule(rule: Rule) -> None:
    names = ("_parts", "_trace", "_converters", "arguments")
    converters = tuple(rule.map.converters.items())
    key = (
        rule.rule,
        repr(rule.defaults),
        rule.subdomain,
        rule.host,
        rule.merge_slashes,
        rule.map.host_matching,
        converters,
    )
    if key not in _rules:
        _compile_rule(rule)
        _rules[key] = {name: getattr(rule, name) for name in names}
        return
    for name, found in _rules[key].items():
        setattr(rule, name, found)
    rule._build = rule._compile_builder(append_unknown=False).__get__(rule, None)
    rule._build_unknown = rule._compile_builder(append_unknown=True).__get__(rule, None)


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    key = rule.rule, repr(rule.defaults), append_unknown
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def _template(templates: Environment, source: Any, *named: Any, **options: Any) -> Any:
    if not isinstance(source, str):
        return _compile_template(templates, source, *named, **options)
    layout = templates.trim_blocks, templates.lstrip_blocks, tuple(templates.extensions)
    key = source, named, tuple(options.items()), layout, tuple(templates.filters.items())
    if key not in _templates:
        _templates[key] = _compile_template(templates, source, *named, **options)
    return _templates[key]


def _statements_of(engine: Engine) -> LRUCache[Any, Any]:
    return _statements.setdefault(type(engine.dialect), LRUCache(5000))


def _is_same_dialect(dialect: DefaultDialect, other: object) -> bool:
    return type(dialect) is type(other)


def _dialect_hash(dialect: DefaultDialect) -> int:
    return hash(type(dialect))
