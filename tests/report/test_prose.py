"""Docstrings as HTML: marked up lightly, escaped always."""

from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from hopphys.report import prose

ALLOWED = {"p", "h3", "ul", "ol", "li", "pre", "code", "em", "strong", "a", "sub", "sup"}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.depth = set(), set(), 0

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.depth += 1

    def handle_endtag(self, tag):
        self.depth -= 1


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def test_blocks_of_a_docstring_become_the_elements_they_look_like():
    html = prose.to_html(
        """Title
        =====

        A paragraph with ``code``, `x < y`, *emphasis* and
        **strength**::

            E = -J s
              s'

        - one
          goes on
        - two

        1. first
        2. second

        .. [1] Weiss 1907,
           page 661.
        """
    )
    assert "<h3>Title</h3>" in html
    assert "<code>code</code>, <code>x &lt; y</code>, <em>emphasis</em> and <strong>strength</strong>:</p>" in html
    assert "<pre>E = -J s\n  s&#x27;</pre>" in html
    assert "<ul><li>one goes on</li><li>two</li></ul>" in html
    assert "<ol><li>first</li><li>second</li></ol>" in html
    assert "<li>[1] Weiss 1907, page 661.</li>" in html


def test_formulas_in_prose_are_left_alone():
    text = "alpha_c = P / N, a*b*c, N * P * x, 2 ** N and size_of stay as they are"
    assert unescape(prose.to_html(text)) == f"<p>{text}</p>"


def test_powers_minus_signs_and_arrows_are_typeset_outside_code():
    assert prose.inline("2^N, 10^-3, (a + b)^{n - 1}") == "2<sup>N</sup>, 10<sup>−3</sup>, (a + b)<sup>n − 1</sup>"
    assert prose.inline("(1-p), P - 1, E = -m²/2, s(t+1) = -s(t-1)") == "(1−p), P − 1, E = −m²/2, s(t+1) = −s(t−1)"
    assert prose.inline("--seed, well-kept, x -y- z, Ann-Marie") == "--seed, well-kept, x -y- z, Ann-Marie"
    assert prose.inline("J_ii, α_c") == "J<sub>ii</sub>, α<sub>c</sub>"
    assert prose.inline("N^(-1/2)") == "N<sup>−1/2</sup>"
    assert prose.inline("ab = -4, T -> 0, 3-spin, 2024-05-01") == "ab = −4, T → 0, 3-spin, 2024-05-01"
    assert prose.inline("`2^N -> -4`") == "<code>2^N -&gt; -4</code>"


def test_addresses_become_links_and_their_punctuation_does_not():
    assert '<a href="https://x.org/a_b"' in prose.inline("see (https://x.org/a_b).")
    assert '<a href="https://doi.org/10.1103/PhysRevLett.55.1530"' in prose.inline("doi:10.1103/PhysRevLett.55.1530.")
    assert "href" not in prose.inline("javascript:alert(1)")


@given(st.text(alphabet=st.sampled_from("<>&\"'`*#-=[]().:/ \n1ab\t~") | st.characters(exclude_categories=["Cs"])))
def test_no_text_can_open_a_tag_or_an_attribute_of_its_own(text):
    reader = read(prose.to_html(text) + prose.inline(text))
    assert reader.tags <= ALLOWED
    assert reader.attributes <= {"href", "rel", "class"}
    assert reader.depth == 0
