"""Docstrings as HTML: a light subset of reStructuredText and Markdown, escaped first and marked up second.

Paragraphs, headings (underlined, or with `#`), bullet and numbered lists, numbered references (`[1] ...`), indented or
fenced blocks, `code` in single or double backticks, *emphasis*, **strength** and bare web addresses. Anything else is
shown as it was written.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from html import escape

_UNDERLINE = re.compile(r"([=\-~^\"*+#])\1{2,}$")
_ITEM = re.compile(r"(?P<mark>[-*•]|\d{1,3}[.)]|(?:\.\. )?\[\d{1,3}\])\s+(?P<text>.*)")
_CODE = r"(?P<code>(?::math:)?(?:``.+?``|`[^`]+`)_{0,2})"
_ADDRESS = r"(?P<address>https?://[\w./?%=~#:+()&;-]*[\w/=#]|(?<=doi:)10\.\d{4,9}/[\w.()/:;-]*\w)"
# A sign before a number or a name, a difference between spaces, or one of single letters: 1-p; no hyphen in a word.
_MINUS = re.compile(
    r"(?<![\w)\]-])-(?=[\d.½¼∞])|(?<=[\s=(+])-(?=[^\W\d_]+[\s_(²³/^)])|(?<= )-(?= )"
    r"|(?<=\b\w)-(?=\w\b)"
)
_VERBATIM = re.compile(f"{_CODE}|{_ADDRESS}")


def to_html(text: str) -> str:
    """Safe HTML of a docstring; every character of `text` that means something in HTML is escaped."""
    lines = inspect.cleandoc(text).splitlines()
    return "\n".join(_block(kind, block) for kind, block in _blocks(lines))


def inline(text: str) -> str:
    """One run of text: code and addresses as they are, the rest escaped and then marked up."""
    html, start = "", 0
    for match in _VERBATIM.finditer(text):
        html += _marked(text[start : match.start()]) + (_code(match[0]) if match["code"] else _link(match[0]))
        start = match.end()
    return html + _marked(text[start:])


def _code(piece: str) -> str:
    return f"<code>{escape(piece.removeprefix(':math:').rstrip('_').strip('`').strip())}</code>"


def _link(piece: str) -> str:
    address = piece if piece.startswith("http") else f"https://doi.org/{piece}"
    return f'<a href="{escape(address)}" rel="noreferrer">{escape(piece)}</a>'


def _marked(text: str) -> str:
    text = _MINUS.sub("−", text)
    text = escape(re.sub(r"(?<= )->(?= )", "→", text))
    text = re.sub(r"(?<=[\w)\]|])\^([-−]?\w+|\{[^{}\n]{1,40}\}|\([^()\n]{1,40}\))", _power, text)
    text = re.sub(r"\b([^\W\d_])_(\w{1,3})\b", r"\1<sub>\2</sub>", text)
    text = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])", r"<em>\1</em>", text)


def _power(match: re.Match[str]) -> str:
    return f"<sup>{match[1].strip('{}()').replace('-', '−')}</sup>"


def _blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """(kind, lines) of each block, in order: heading, list, code or paragraph."""
    start = 0
    while start < len(lines):
        if not lines[start].strip():
            start += 1
            continue
        kind, end = _kind(lines, start)
        yield kind, lines[start:end]
        start = end


def _kind(lines: list[str], start: int) -> tuple[str, int]:
    line, after = lines[start], lines[start + 1] if start + 1 < len(lines) else ""
    if line.startswith("```"):
        return "fenced", next((n + 1 for n in range(start + 1, len(lines)) if lines[n].startswith("```")), len(lines))
    if _UNDERLINE.match(after) and not line[0].isspace():
        return "heading", start + 2
    if re.match(r"#{1,6} \S", line):
        return "heading", start + 1
    if line[0].isspace():
        return "code", _end(lines, start, lambda text: not text or text[0].isspace())
    if mark := _mark(line):
        return "list", _end(lines, start, lambda text: not text or text[0].isspace() or _mark(text) == mark)
    return "paragraph", _end_of_paragraph(lines, start)


def _mark(line: str) -> str:
    """What kind of list the line is an item of: "-" bullets, "1" numbers, "[" references; "" for none."""
    match = _ITEM.match(line)
    return "" if match is None else {"[": "[", ".": "["}.get(line[0], "1" if line[0].isdigit() else "-")


def _end(lines: list[str], start: int, belongs: Callable[[str], bool]) -> int:
    end = start + 1
    while end < len(lines) and belongs(lines[end]):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _end_of_paragraph(lines: list[str], start: int) -> int:
    end = start + 1
    while end < len(lines) and lines[end].strip() and not lines[end][0].isspace() and not _mark(lines[end]):
        end += 1
    return end


def _block(kind: str, lines: list[str]) -> str:
    if kind == "heading":
        return f"<h3>{inline(lines[0].lstrip('# ').strip())}</h3>"
    if kind == "fenced":
        return f"<pre>{escape(chr(10).join(lines[1:-1] if len(lines) > 2 else lines[1:]))}</pre>"
    if kind == "code":
        return f"<pre>{escape(inspect.cleandoc(chr(10).join(['', *lines])))}</pre>"
    if kind == "list":
        return _list(lines)
    paragraph = re.sub(r"::$", ":", " ".join(line.strip() for line in lines))
    return "" if paragraph.startswith(".. ") else f"<p>{inline(paragraph)}</p>"


def _list(lines: list[str]) -> str:
    items: list[list[str]] = []
    for line in lines:
        if match := _ITEM.match(line):
            items.append([match["mark"], match["text"]])
        elif line.strip():
            items[-1].append(line.strip())
    entries = ((number.removeprefix(".. "), inline(" ".join(text))) for number, *text in items)
    kind = _mark(lines[0])
    if kind == "[":
        return '<ul class="references">' + "".join(f"<li>{number} {text}</li>" for number, text in entries) + "</ul>"
    tag = "ol" if kind == "1" else "ul"
    return f"<{tag}>" + "".join(f"<li>{text}</li>" for _, text in entries) + f"</{tag}>"
