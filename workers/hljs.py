"""The words of highlight.js in ours: its scopes as Pygments' classes, Pygments' aliases as its languages."""

from snippets.notes import Note
from workers.failure import HighlighterError

SCOPES = {
    "keyword": "k", "built_in": "nb", "type": "kt", "literal": "kc", "number": "m", "operator": "o", "punctuation": "p",
    "property": "py", "regexp": "sr", "string": "s", "char": "s", "char.escape": "se", "symbol": "ss",
    "subst": "n",  # code inside a string: plain again
    "class": "", "function": "", "params": "",  # they only hold others
    "variable": "nv", "variable.language": "bp", "variable.constant": "no",
    "title": "nf", "title.class": "nc", "title.class.inherited": "nc",
    "title.function": "nf", "title.function.invoke": "nf",
    "comment": "c", "doctag": "cs", "meta": "cp", "meta.prompt": "gp", "meta.keyword": "cp", "meta.string": "cpf",
    "meta-keyword": "cp", "meta-string": "cpf", "builtin-name": "nb",  # before version 11
    "section": "gh", "tag": "p", "name": "nt", "attr": "na", "attribute": "na",
    "bullet": "k", "code": "sb", "emphasis": "ge", "strong": "gs", "formula": "sx", "link": "na", "quote": "c",
    "selector-tag": "nt", "selector-id": "nn", "selector-class": "nc", "selector-attr": "na", "selector-pseudo": "nd",
    "template-tag": "cp", "template-variable": "nv", "addition": "gi", "deletion": "gd",
}  # fmt: skip

LANGUAGES = {
    "apacheconf": "apache", "aspx-cs": "csharp", "aspx-vb": "vbnet", "bat": "dos",
    "batch": "dos", "bash-session": "shell", "bbcbasic": "basic", "clojurescript": "clojure", "common-lisp": "lisp",
    "cuda": "cpp", "cython": "python", "dosini": "ini", "doscon": "dos", "elisp": "lisp", "emacs-lisp": "lisp",
    "erl": "erlang-repl", "fortranfixed": "fortran", "gas": "x86asm",
    "html+django": "django", "html+erb": "erb", "html+handlebars": "handlebars", "html+jinja": "django",
    "html+php": "php-template", "html+twig": "twig", "iex": "elixir", "jlcon": "julia-repl", "json-object": "json",
    "jsonld": "json", "literate-haskell": "haskell", "luau": "lua", "mysql": "sql", "nasm": "x86asm", "nixos": "nix",
    "numpy": "python", "objective-c": "objectivec", "objective-c++": "objectivec", "perl6": "perl",
    "plpgsql": "pgsql", "postgres": "pgsql", "postgresql": "pgsql", "pwsh-session": "powershell",
    "pycon": "python-repl",
    "pytb": "python-repl", "python2": "python", "qbasic": "basic", "racket": "scheme", "raku": "perl", "rbcon": "irb",
    "restructuredtext": "plaintext", "rhtml": "erb", "splus": "r", "sqlite3": "sql", "systemverilog": "verilog",
    "tcsh": "bash", "tsql": "sql", "udiff": "diff", "vb.net": "vbnet", "wast": "wasm", "webassembly": "wasm",
    "xml+django": "django", "xml+erb": "erb", "xslt": "xml",
}  # fmt: skip


def class_of(value: str) -> str:
    """Return the class for a span's `class`, such as `hljs-title function_`; "" for a scope unknown to us.

    Raises HighlighterError(GARBLED) for a class that is not one of theirs.
    """
    first, *rest = value.split() or ["language-"]
    if first.startswith("language-"):  # a language inside another
        return ""
    if not first.startswith("hljs-"):
        raise HighlighterError(Note.GARBLED, "a class that is not highlight.js'")
    scope = ".".join([first.removeprefix("hljs-"), *(word.rstrip("_") for word in rest)])
    while scope not in SCOPES and "." in scope:
        scope = scope.rpartition(".")[0]  # an unknown sub-scope is still its scope
    return SCOPES.get(scope, "")
