"""The mean-field magnet, measured by an oracle that knows the answer and adds a little noise.

A study for the tests of the report: small, exact where it must be, and with text that tries to break out of its page.
Its law is `m = tanh(beta m)`, whose solution leaves zero at ``beta = 1``:

    m = tanh(beta (J m + h))

- The *noise* is drawn from the seed, so that **nothing** here is random.
- Hostile text: <script>alert("method")</script> & "quotes" and a link to https://example.org/page.

[1] P. Weiss, J. Phys. Theor. Appl. 6, 661 (1907).
[2] P. Curie, doi:10.1000/example.
"""

from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from hopphys.study import Figure, Finding, Study, style


@dataclass(frozen=True)
class Config:
    betas: tuple[float, ...] = (0.5, 1.5, 2.0)
    samples: int = 20
    noisy: bool = True


@dataclass(frozen=True)
class Point:
    inverse_temperature: float
    samples: int


def points(config):
    return [Point(beta, config.samples) for beta in config.betas]


def exact(beta):
    m = 1.0
    for _ in range(500):
        m = np.tanh(beta * m)
    return m


def measure(point, seed):
    noise = np.random.default_rng(seed).normal(0, 0.02, point.samples)
    described = {"long_name": "magnetisation a site", "units": "1"}
    return xr.Dataset({"magnetisation": ("disorder", exact(point.inverse_temperature) + noise, described)})


def findings(ds):
    m, samples = ds.magnetisation, ds.sizes["disorder"]
    mean, error = m.mean("disorder").values, m.std("disorder").values / samples**0.5
    theory = [exact(beta) for beta in ds.inverse_temperature.values]
    return [
        Finding.compare("m at the lowest temperature", mean[-1], error[-1], theory[-1], "Weiss [1]"),
        Finding.compare(
            "m at the highest temperature", mean[0], error[0], theory[0], "Weiss [1]", note="above the transition"
        ),
        Finding("wrong on purpose <b>", 0.5, 0.01, 0.9, "nobody <i>", False, unit="J"),
        Finding("number of branches", 2.0, 0.0, None, "", None, note="counted by hand"),
        Finding("of them stable", 1.0, 0.0, None, "", None, note="counted by hand"),
        Finding(
            "energy scale", 1.0234e12, 3e10, None, "", None, unit="J", note="an error of few per cent & a power of ten"
        ),
        Finding("no error claimed", 0.25, None, 0.25, "exact", True),
        Finding("error unknown", 0.123456789, float("nan"), None, "", None),
    ]


def figures(ds):
    one, axis = style.new_figure()
    beta, m = ds.inverse_temperature.values, ds.magnetisation
    fine = np.linspace(0.3, 2.2, 100)
    axis.plot(fine, [exact(b) for b in fine], color=style.COLOURS["theory"], label="theory, $m = \\tanh(\\beta m)$")
    axis.errorbar(beta, m.mean("disorder"), m.std("disorder"), fmt="o", color=style.COLOURS["ising"], label="measured")
    axis.set(xlabel=r"$\beta J$", ylabel="$m$", title="Magnetisation")
    axis.legend()
    two, axes = style.new_figure(1, 2)
    axes[0].imshow(m.values, cmap=style.DIVERGING, vmin=-1, vmax=1)
    style.picture(axes[0])
    axes[1].hist(m.values[0], color=style.COLOURS["hopfield"])
    axes[1].set(xlabel="$m$", ylabel="samples")
    style.letter(axes)
    return {
        "curve": Figure(
            one, "Magnetisation against inverse temperature; line: theory. <script>alert(1)</script> `N` = 20."
        ),
        "samples": Figure(two, "(a) All samples; (b) their spread at the highest temperature.", alt='spread "of" m'),
    }


STUDY = Study(
    name="toy",
    title="A mean-field magnet <em>without</em> surprises",
    question="Does the page say what the data say, & nothing else?",
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    models=("ising", "hopfield"),
)


def joined(seed=1, **settings):
    """What the runner would leave behind, without the runner."""
    from hopphys import dataset

    config = Config(**settings)
    ds = xr.concat([measure(point, seed + n) for n, point in enumerate(points(config))], "point")
    ds = ds.assign_coords(
        inverse_temperature=("point", list(config.betas), {"long_name": "inverse temperature", "units": "1/J"})
    )
    return dataset.stamp(ds, seed=seed, config=asdict(config)).assign_attrs(
        preset="quick", created="2024-05-01T12:00:00+00:00"
    )
