"""Measures of a study's vector-matrix products: how far they are off, and what is common to all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyspice_models.measure import Measure
from pyspice_models.measure.product import product_error, split_error
from pyspice_models.study.measures.outputs import Product


def product_measures(every: Sequence[Product]) -> dict[str, Measure]:
    """How far vector-matrix products are from those of the cells' conductances at the input voltages.

    Nothing if every ideal output is 0.
    """
    counted = [product for product in every if product.ideal.any()]
    if not counted:
        return {}
    ideals = [product.ideal for product in counted]
    errors = [product_error(product.outputs, product.ideal) for product in counted]
    split = split_error(np.concatenate([product.outputs for product in counted]), np.concatenate(ideals))
    top = f"of {len(counted)} vector-matrix products, over their largest ideal outputs"
    whole = "over the largest ideal output of all products"
    found = {
        "vmm_error": Measure(float(np.sqrt(np.mean(np.square([e[0] for e in errors])))), "", f"r.m.s. error {top}"),
        "vmm_error_worst": Measure(max(e[1] for e in errors), "", f"largest error {top}"),
        "vmm_gain_error": Measure(split.gain - 1, "", "common gain of all outputs, less 1: one factor would mend it"),
        "vmm_offset": Measure(split.offset, "", f"common offset of all outputs, {whole}"),
        "vmm_error_rest": Measure(split.rest, "", f"r.m.s. of what neither gain nor offset explains, {whole}"),
        "vmm_output": Measure(
            max(float(np.abs(product.outputs).max()) for product in counted), "A",
            "largest output of a vector-matrix product, in magnitude, of differences subtracted",
        ),
        "vmm_output_ideal": Measure(
            max(float(np.abs(ideal).max()) for ideal in ideals), "A", "largest ideal output, in magnitude"
        ),
    }  # fmt: skip
    return found | _converted(counted, top)


def _converted(counted: Sequence[Product], top: str) -> dict[str, Measure]:
    """What noise and converters make of them; nothing without either."""
    there = [product for product in counted if product.converted is not product.outputs]
    if not there:
        return {}
    errors = [product_error(product.converted, product.ideal) for product in there]
    found = {
        "vmm_converted_error": Measure(
            float(np.sqrt(np.mean(np.square([e[0] for e in errors])))), "", f"r.m.s. error with noise, converted, {top}"
        ),
        "vmm_converted_error_worst": Measure(max(e[1] for e in errors), "", f"largest error likewise, {top}"),
    }
    pairs = [(p, p.codes, p.ideal_codes) for p in there if p.codes is not None and p.ideal_codes is not None]
    if not pairs:
        return found
    off = np.concatenate([codes - ideal for _, codes, ideal in pairs])
    clips, readings = (np.concatenate([getattr(p, name) for p, _, _ in pairs]) for name in ("clips", "readings"))
    return found | {
        "vmm_code_error": Measure(
            float(np.sqrt(np.mean(np.square(off)))), "", "r.m.s. of output codes less ideal ones, which are not rounded"
        ),
        "vmm_code_error_worst": Measure(float(np.abs(off).max()), "", "largest distance of a code from the ideal one"),
        "vmm_clipped": Measure(float(clips.mean()), "", "share of outputs that clip in their last reading"),
        "vmm_readings": Measure(float(readings.mean()), "", "readings of an output until it did not clip, mean"),
    }
