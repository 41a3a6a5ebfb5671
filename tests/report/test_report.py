"""Pages that say what the data say: built, self-contained, escaped, checked and refused."""

import os
import re
import shutil
from html import unescape
from html.parser import HTMLParser

import pytest

from hopphys import dataset, report
from hopphys.report import building, figures, files, numbers, rerun
from hopphys.study import Finding


class Elements(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag

    def values(self, tag, name):
        return [attrs[name] for found, attrs in self.found if found == tag and name in attrs]


def test_report_holds_a_page_figures_and_data_of_each_study(built):
    assert {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()} == {
        "index.html", "toy/index.html", "toy/curve.png", "toy/samples.png", "toy/summary.nc",
    }  # fmt: skip


def test_numbers_on_the_page_are_those_of_the_findings(page, study, run_dir):
    ds = dataset.load(run_dir / "toy" / "toy.nc")
    findings = study.findings(ds)
    values = [float(text) for text in Elements(page).values("data", "value")]
    expected = [x for f in findings for x in (f.measured, f.reference) if x is not None]
    assert values == pytest.approx(expected, rel=1e-5)
    for finding in findings:
        assert numbers.typeset(numbers.measured(finding.measured, finding.error)) in unescape(page)


def test_agreement_is_said_in_words_and_disagreement_by_name(page, built):
    assert page.count("✓ yes") == 3 and page.count("✗ no") == 1
    assert "3 of 4 findings with a reference agree with it." in page
    assert "In disagreement: wrong on purpose &lt;b&gt; (−40.0 σ)" in page
    index = (built / "index.html").read_text("utf-8")
    assert "In disagreement: 1 in toy; each is marked below." in index and "wrong on purpose &lt;b&gt;</th>" in index


@pytest.mark.parametrize("name", ["index.html", "toy/index.html"])
def test_page_runs_nothing_and_loads_nothing(built, name):
    text = (built / name).read_text("utf-8")
    tags = Elements(text).found
    assert not {tag for tag, _ in tags} & {"script", "iframe", "object", "embed", "base", "form"}
    assert not [attrs for _, attrs in tags if any(key.startswith("on") for key in attrs)]
    for tag, attrs in tags:
        for key in ("src", "srcset", "poster", "data"):
            assert attrs.get(key, "data:").startswith("data:"), (tag, attrs)
    assert all(attrs["href"].startswith("data:") for tag, attrs in tags if tag == "link")
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style


def test_a_note_that_neighbours_share_is_printed_once_below_them(page):
    assert page.count("counted by hand") == 1
    group = next(part for part in page.split("<tbody>") if "counted by hand" in part)
    assert group.index("number of branches") < group.index("of them stable") < group.index("counted by hand")


def test_hostile_text_is_shown_and_not_obeyed(page):
    for text in ('<script>alert("method")</script>', "<script>alert(1)</script>", "<em>without</em>", "nobody <i>"):
        assert text in unescape(page) and text not in page


def test_every_picture_has_a_text_and_its_size(built):
    for attrs in (
        attrs for tag, attrs in Elements((built / "toy/index.html").read_text("utf-8")).found if tag == "img"
    ):
        assert attrs["alt"] and int(attrs["width"]) > 100 and int(attrs["height"]) > 100


def test_page_tells_how_to_run_it_again_with_every_changed_setting(study, toy):
    ds = toy.joined(samples=30, noisy=False, betas=(0.5, 2.0))
    settings = "--set=betas=0.5,2.0 --set=samples=30 --set=noisy=false"
    assert rerun.command(study, ds) == f"hopphys study run ./toy_study.py --preset quick {settings} --seed 1"


def test_same_data_give_the_same_bytes(run_dir, study, built, tmp_path):
    report.build(run_dir, tmp_path, [study])
    for path in built.rglob("*"):
        if path.is_file() and path.suffix != ".nc":  # HDF5 itself does not promise equal bytes
            assert path.read_bytes() == (tmp_path / path.relative_to(built)).read_bytes(), path.name


def test_print_figures_have_200_dots_an_inch_and_no_date(built):
    from PIL import Image

    with Image.open(built / "toy" / "curve.png") as image:
        assert image.size == pytest.approx((920, 660), abs=1)  # matplotlib versions round the trimmed edge differently
        assert "Software" not in image.info and image.info["dpi"][0] == pytest.approx(200, abs=0.1)


def test_readers_own_matplotlib_settings_change_nothing(run_dir, study, built, tmp_path):
    import matplotlib

    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.facecolor": "black"}):
        report.build(run_dir, tmp_path, [study])
    assert (tmp_path / "toy/curve.png").read_bytes() == (built / "toy/curve.png").read_bytes()


def test_a_study_already_in_the_report_stays_in_its_index(run_dir, study, toy, copy, tmp_path):
    from dataclasses import replace

    other = replace(study, name="other", title="Another one")
    (tmp_path / "run" / "other").mkdir(parents=True)
    dataset.save(toy.joined(seed=9), tmp_path / "run" / "other" / "other.nc")
    index = report.build(tmp_path / "run", copy, [study, other]).read_text("utf-8")
    assert "Another one" in index and "toy/index.html" in index


# Check.


def test_fresh_report_is_true_to_its_data(built, study):
    assert report.check(built, [study]) == []


@pytest.mark.parametrize("name", ["toy/index.html", "index.html"])
def test_check_names_an_edited_number_on_a_page(copy, study, name):
    path = copy / name
    shown = re.search(r"0\.9\d\d\(\d+\)", path.read_text("utf-8"))[0]
    path.write_text(path.read_text("utf-8").replace(shown, "0.999(1)"), "utf-8")
    (drift,) = report.check(copy, [study])
    assert drift.startswith(name) and "0.999(1)" in drift and shown in drift


def test_check_names_data_that_were_changed_under_a_page(copy, study):
    ds = dataset.load(copy / "toy" / "summary.nc")
    dataset.save(
        ds.assign(magnetisation=(ds.magnetisation + 0.1).assign_attrs(ds.magnetisation.attrs)), copy / "toy/summary.nc"
    )
    drift = report.check(copy, [study])
    assert {line.partition(":")[0] for line in drift} == {
        "index.html",
        "toy/index.html",
        "toy/curve.png",
        "toy/samples.png",
    }


def test_check_names_figures_missing_swapped_or_left_over(copy, study):
    toy = copy / "toy"
    shutil.copy(toy / "samples.png", toy / "old.png")
    (toy / "curve.png").unlink()
    (toy / "samples.png").write_bytes(figures_of_noise())
    drift = sorted(report.check(copy, [study]))
    assert [line.partition(":")[0] for line in drift] == ["toy/curve.png", "toy/old.png", "toy/samples.png"]


def figures_of_noise():
    import io

    from PIL import Image

    target = io.BytesIO()
    Image.effect_noise((1480, 610), 50).save(target, "png")
    return target.getvalue()


def test_pictures_of_another_matplotlib_are_not_compared(copy, study):
    page = copy / "toy" / "index.html"
    page.write_text(page.read_text("utf-8").replace(f'"{figures.drawn_with()}"', '"matplotlib 0.1"'), "utf-8")
    (copy / "toy" / "curve.png").write_bytes(figures_of_noise())
    assert report.check(copy, [study]) == []


# Refusals.


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_a_finished_study_is_refused_by_name(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=name):
        report.build(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_that_is_not_finished_is_named(tmp_path):
    (tmp_path / "toy" / "points").mkdir(parents=True)
    with pytest.raises(ValueError, match="toy: begun and not finished"):
        report.build(tmp_path, tmp_path / "out")


def test_a_damaged_file_is_named_and_leaves_the_old_report_whole(run_dir, study, copy, tmp_path):
    broken = shutil.copytree(run_dir, tmp_path / "broken")
    (broken / "toy" / "toy.nc").write_bytes((broken / "toy" / "toy.nc").read_bytes()[:999])
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    with pytest.raises(ValueError, match=r"toy\.nc is damaged"):
        report.build(broken, copy, [study])
    assert before == {path: path.stat().st_mtime_ns for path in copy.rglob("*")}


def test_data_of_another_version_of_the_study_are_refused_with_the_file(study, toy, tmp_path):
    (tmp_path / "run" / "toy").mkdir(parents=True)
    dataset.save(toy.joined().rename(magnetisation="m"), tmp_path / "run" / "toy" / "toy.nc")
    with pytest.raises(ValueError, match=r"study 'toy' cannot read .*summary\.nc"):
        report.build(tmp_path / "run", tmp_path / "out", [study])


def test_a_study_that_nobody_knows_is_named(run_dir, tmp_path):
    with pytest.raises(ValueError, match="no study 'toy'"):
        report.build(run_dir, tmp_path / "out")


def test_a_run_whose_study_is_gone_is_left_out_with_a_warning(study, toy, copy, tmp_path):
    from dataclasses import replace

    for name in ("gone", "here"):
        (tmp_path / "run" / name).mkdir(parents=True)
        dataset.save(toy.joined(), tmp_path / "run" / name / f"{name}.nc")
    here = replace(study, name="here", title="Still here")
    with pytest.warns(UserWarning) as caught:  # `toy` of the earlier report is gone too, and its page stays as it was
        index = report.build(tmp_path / "run", copy, [here])
    ours = [each for each in caught if not issubclass(each.category, DeprecationWarning)]  # those are matplotlib's own
    assert sorted(str(each.message).split()[0] for each in ours) == [
        str(copy / "toy" / "summary.nc"), str(tmp_path / "run" / "gone" / "gone.nc"),
    ]  # fmt: skip
    assert all("is left out of the report" in str(each.message) for each in ours)
    assert "Still here" in index.read_text("utf-8") and 'id="toy"' not in index.read_text("utf-8")
    assert (copy / "toy" / "index.html").is_file() and not (copy / "gone").exists()


def test_an_output_that_is_a_file_is_refused_in_one_line(run_dir, study, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ValueError, match=r"cannot write the report into .*out") as caught:
        report.build(run_dir, tmp_path / "out", [study])
    assert "\n" not in str(caught.value) and (tmp_path / "out").read_text() == "mine"


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    (tmp_path / "page.html").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        files.write(tmp_path / "page.html", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"] and (
        tmp_path / "page.html"
    ).read_bytes() == b"old"


def test_check_of_a_folder_without_reports_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no report"):
        report.check(tmp_path)


# Words.


@pytest.mark.parametrize(
    ("agrees", "words"),
    [
        ([], "No findings are stated."),
        ([None], "1 finding, none of them compared with a reference."),
        ([True], "The one finding with a reference agrees with it."),
        ([True, True, None], "All 2 findings with a reference agree with it. 1 further finding without a reference."),
        ([True, False], "1 of 2 findings with a reference agrees with it. In disagreement: f1."),
        ([False], "0 of 1 finding with a reference agree with it. In disagreement: f0."),
    ],
)
def test_verdict_counts_what_was_compared(agrees, words):
    from hopphys.report import rows, verdicts

    found = [Finding(f"f{n}", 1.0, None, 1.0, "", verdict) for n, verdict in enumerate(agrees)]
    assert verdicts.summary([rows.row_of(finding) for finding in found]) == words


def test_index_sends_to_the_studies_that_disagree():
    """A list of twenty names is a wall on a phone; each is in the table of its study below."""
    from hopphys.report import rows, verdicts

    found = [rows.row_of(Finding(f"f{n}", 1.0, None, 1.0, "", n > 1)) for n in range(3)]
    assert verdicts.places({"toy": found, "good": found[2:]}) == "2 in toy; each is marked below"
    assert verdicts.summary(found, "2 in toy").endswith("In disagreement: 2 in toy.")


def test_pages_compare_without_the_bytes_of_their_pictures(tmp_path):
    text = '<p>1</p><img src="data:image/png;base64,{}" alt="a" data-drawn-with="{}">'
    (tmp_path / "a.html").write_text(text.format("AAAA", "matplotlib 1"))
    (tmp_path / "b.html").write_text(text.format("BBBB", "matplotlib 2"))
    assert building._text(tmp_path / "a.html") == building._text(tmp_path / "b.html")


@pytest.mark.parametrize("name", ["index.html", "toy/index.html"])
def test_pages_of_somebody_else_are_not_replaced(run_dir, study, tmp_path, name):
    (tmp_path / "toy").mkdir()
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match="no page of hopphys"):
        report.build(run_dir, tmp_path, [study])
    assert (tmp_path / name).read_text() == "mine"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
