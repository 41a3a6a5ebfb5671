"""Honest error bars: resampling, autocorrelation, binning, diagnostics, reweighting, and the Binder parameter.

Independent things (replicas, samples of disorder) are resampled: standard error, jackknife, bootstrap. Records along
one chain are not independent: `chain_mean` widens their error by the autocorrelation time tau = 1/2 + sum_t rho(t),
var(mean) = 2 tau var / n (Sokal 1997; Madras & Sokal 1988). Disorder usually dominates: resample over it.
"""

from hopphys.statistics.chains import (
    LONG_ENOUGH,
    WINDOW,
    Autocorrelation,
    autocorrelation,
    autocorrelation_time,
    binned,
    binning,
    chain_mean,
    effective_size,
)
from hopphys.statistics.density import from_density
from hopphys.statistics.deviations import ReducedChiSquare, reduced_chi_square
from hopphys.statistics.diagnostics import AGREE, Mixing, constancy, ess_bulk, ess_mean, ess_tail, mcse, mixing, rhat
from hopphys.statistics.equilibration import Equilibration, equilibration
from hopphys.statistics.estimates import Estimate, parenthesis
from hopphys.statistics.histograms import MultiHistogram, multi_histogram
from hopphys.statistics.resampling import (
    binder,
    binder_estimate,
    bootstrap,
    jackknife,
    mean_error,
    nested_bootstrap,
    standard_error,
)
from hopphys.statistics.reweighting import Reweighted, reweight

__all__ = [
    "AGREE",
    "LONG_ENOUGH",
    "WINDOW",
    "Autocorrelation",
    "Equilibration",
    "Estimate",
    "Mixing",
    "MultiHistogram",
    "ReducedChiSquare",
    "Reweighted",
    "autocorrelation",
    "autocorrelation_time",
    "binder",
    "binder_estimate",
    "binned",
    "binning",
    "bootstrap",
    "chain_mean",
    "constancy",
    "effective_size",
    "equilibration",
    "ess_bulk",
    "ess_mean",
    "ess_tail",
    "from_density",
    "jackknife",
    "mcse",
    "mean_error",
    "mixing",
    "multi_histogram",
    "nested_bootstrap",
    "parenthesis",
    "reduced_chi_square",
    "reweight",
    "rhat",
    "standard_error",
]
