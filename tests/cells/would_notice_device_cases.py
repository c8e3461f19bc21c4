"""What the tests of would notice device share."""

from __future__ import annotations

from pyspice_models.cells.ag2s.params import CellParams

CELL = CellParams(
    area=9e-12, thickness=130e-9, area_ref=16e-12, thickness_ref=170e-9, thickness_exponent=1.4, w0=0.2, x0=0.1,
    g_int_min=1.1e-8, g_int_max=2.3e-7, v_int=0.27, e_int=0.13, rate_int_set=6e4, rate_int_reset=1.1e5, p_int=0.6,
    v_nuc_int=0.45, g_fil_min=2e-9, g_fil_max=1.5e-2, tcr_fil=4e-3, rate_fil_set=900.0, rate_fil_reset=2500.0,
    p_fil=0.35, v_nuc_fil=0.55, v_ref=0.28, alpha=0.23, e_act=0.34, t_nom=310.0, rate_limit=50.0, e_limit=0.21,
    alpha_limit=0.07, eps_r=6.1,
    c_ion=3e-14, r_ion=3e7, r_ion_exponent=0.7, v_linear=2.0, v_bend=1.7, v_smooth=3e-3, s_smooth=0.02, s_clip=2e-3,
)  # fmt: skip
"""No parameter at 1 or 0, and no two alike."""
