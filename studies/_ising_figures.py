"""The figures of the study `ising_transition`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from hopphys.studies import _ising_analysis as analysis

import hopphys as hp
from hopphys import study

TC = analysis.TC
THEORY, GUIDE = study.COLOURS["theory"], study.COLOURS["guide"]


def figures(ds: xr.Dataset) -> dict[str, study.Figure]:
    return {"transition": transition(ds), "crossing": crossing(ds), "differences": differences(ds)}


def colours(ds: xr.Dataset) -> dict[int, Any]:
    """Light to dark of the Ising colour with L."""
    sizes = analysis.lengths(ds)
    return dict(zip(sizes, study.shades(study.COLOURS["ising"], len(sizes)), strict=True))


def made(ds: xr.Dataset) -> str:
    sweeps = f"{int(ds.sweeps.min()):,} to {int(ds.sweeps.max()):,}"
    return f"{ds.sizes['replica']} replicas, {sweeps} Metropolis sweeps each, seed {ds.attrs['seed']}."


def dots(axis: Any, ds: xr.Dataset, quantity: str) -> None:
    for (length, colour), marker in zip(colours(ds).items(), study.MARKERS, strict=False):
        found = analysis.curve(ds, length, quantity)
        axis.errorbar(
            found.temperature, found.value, found.error, fmt=marker, color=colour, label=f"$L={length}$", zorder=3
        )


def transition(ds: xr.Dataset) -> study.Figure:
    """u, c, <|m|> and U against T."""
    figure, axes = study.new_figure(2, 2, size=(7.4, 6.0))
    t = np.linspace(float(ds.temperature.min()) - 0.1, float(ds.temperature.max()) + 0.1, 400)
    for axis, quantity in zip(axes.flat, ("u", "c", "m_abs", "binder"), strict=True):
        dots(axis, ds, quantity)
        axis.axvline(TC, color=GUIDE, linewidth=0.8, linestyle=":")
        axis.set(xlabel="$T/J$", xlim=(t[0], t[-1]))
    for length, colour in colours(ds).items():
        kaufman = hp.theory.ising.kaufman(length, length, t)
        axes[0, 0].plot(t, kaufman.u, color=colour, linewidth=0.9)
        axes[0, 1].plot(t, kaufman.c, color=colour, linewidth=0.9)
    line = {"color": THEORY, "linewidth": 1.0, "linestyle": "--", "label": r"$L=\infty$"}
    axes[0, 0].plot(t, hp.theory.ising.onsager_energy(t), **line)
    axes[0, 1].plot(t, hp.theory.ising.onsager_heat_capacity(t), **line)
    axes[1, 0].plot(t, hp.theory.ising.yang_magnetisation(t), **line)
    for level in (0.0, 2 / 3):
        axes[1, 1].axhline(level, color=THEORY, linewidth=0.8, linestyle="--")
    labels = ("$u/J$", "$c$", r"$\langle|m|\rangle$", "$U$")
    for axis, label in zip(axes.flat, labels, strict=True):
        axis.set_ylabel(label)
    axes[0, 1].set_ylim(0, 1.25 * max(float(analysis.curve(ds, L, "c").value.max()) for L in analysis.lengths(ds)))
    axes[0, 0].legend()
    caption = (
        "Energy u and heat capacity c per site, mean |m| and Binder's U = 1 - <m⁴>/(3<m²>²) against temperature. "
        "Points: measured, with standard errors over replicas (mostly smaller than the marks). Full lines: Kaufman's "
        "exact solution of the same lattice, in its colour. Dashed: infinite lattice (Onsager: u, c; Yang: |m|); "
        f"for U, its values 2/3 and 0 deep in either phase. Dotted: Tc = 2.2692 J. {made(ds)}"
    )
    alt = "Four panels against temperature; the points lie on the exact curves, and U falls faster the larger L."
    return study.Figure(figure, caption, alt)


def crossing(ds: xr.Dataset) -> study.Figure:
    """U close to Tc with the fitted parabolas, and the crossings."""
    figure, (left, right) = study.new_figure(1, 2, size=(7.4, 3.4))
    dots(left, ds.isel(point=np.flatnonzero(ds.near.values.astype(bool))), "binder")
    for length, colour in colours(ds).items():
        near = analysis.lattice(ds, length, near=True).temperature.values
        found = analysis.curve(ds.isel(point=np.flatnonzero(ds.near.values.astype(bool))), length, "binder")
        t = np.linspace(near[0], near[-1], 100)
        fit = np.polyfit(near - TC, found.value, 2, w=1 / found.error)
        left.plot(t, np.polyval(fit, t - TC), color=colour, linewidth=0.9)
    left.axvline(TC, color=GUIDE, linewidth=0.8, linestyle=":")
    left.axhline(analysis.CRITICAL_BINDER, color=THEORY, linewidth=0.8, linestyle="--")
    left.set(xlabel="$T/J$", ylabel="$U$")
    left.legend()
    sizes = analysis.lengths(ds)
    pairs = [analysis.crossing(ds, small, large) for small, large in pairwise(sizes)]
    right.errorbar(
        range(len(pairs)), [p.temperature for p in pairs], [p.error for p in pairs], fmt="o",
        color=study.COLOURS["ising"], zorder=3,
    )  # fmt: skip
    right.axhline(TC, color=THEORY, linewidth=0.8, linestyle="--")
    expected = [TC + analysis.drift(*p.pair) for p in pairs]
    right.plot(range(len(pairs)), expected, "_", color=THEORY, markersize=18, markeredgewidth=1.5)
    right.set(
        xticks=range(len(pairs)), xticklabels=[f"{p.pair[0]}, {p.pair[1]}" for p in pairs],
        xlim=(-0.5, len(pairs) - 0.5), xlabel="the two lengths $L$", ylabel="$T$ of the crossing $/J$",
    )  # fmt: skip
    caption = (
        "Left: Binder's U close to Tc, with the parabolas that were fitted to it; dotted: Tc; dashed: U at Tc of the "
        "infinite lattice, 0.6107 (Kamieniarz & Blöte 1993). Right: where the parabolas of two lattices cross, with "
        "bootstrap errors over replicas; bars: where they should, from the exact U of L = 6 and 7; dashed: Onsager's "
        f"Tc = 2.2692 J. {made(ds)}"
    )
    return study.Figure(figure, caption, "Binder curves of all sizes meet near T = 2.27 J.")


def differences(ds: xr.Dataset) -> study.Figure:
    """What the first figure cannot show: measured minus exact, in standard errors."""
    figure, axes = study.new_figure(1, 2, size=(7.4, 3.0))
    for axis, quantity, label in zip(axes, ("u", "c"), ("energy $u$", "heat capacity $c$"), strict=True):
        axis.axhspan(-2, 2, color=study.COLOURS["band"], linewidth=0, alpha=0.6)
        for (length, colour), marker in zip(colours(ds).items(), study.MARKERS, strict=False):
            found = analysis.curve(ds, length, quantity)
            axis.plot(found.temperature, found.z, marker, color=colour, label=f"$L={length}$")
        axis.axhline(0, color=THEORY, linewidth=0.8)
        axis.axvline(TC, color=GUIDE, linewidth=0.8, linestyle=":")
        axis.set(xlabel="$T/J$", ylabel="(measured - exact) / error", title=label, ylim=(-4.5, 4.5))
    axes[0].legend(ncols=4, loc="upper center")
    caption = (
        "Measured minus Kaufman's exact value for the same lattice, in units of the standard error over replicas. With "
        f"true errors 19 of 20 points lie in the grey band. Dotted: Tc. {made(ds)}"
    )
    return study.Figure(figure, caption, "Differences scatter around zero, nearly all within two standard errors.")
