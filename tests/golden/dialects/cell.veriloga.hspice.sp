* Ag2S cells on benches
* 2 independent benches, cell form veriloga; plain SI numbers throughout
.hdl "ag2s.va"
.hdl "compliance.va"
.model ag2s_cell ag2s
+ area=2.5e-11
+ thickness=2e-07
+ area_ref=2.5e-11
+ thickness_ref=2e-07
+ thickness_exponent=1
+ w0=0.05
+ x0=0
+ g_int_min=1.869e-08
+ g_int_max=1.869e-07
+ v_int=0.3
+ e_int=0.1
+ rate_int_set=71010
+ rate_int_reset=120600
+ p_int=0.5306
+ v_nuc_int=0.5
+ g_fil_min=1e-09
+ g_fil_max=0.02
+ tcr_fil=0.0037
+ rate_fil_set=780.2
+ rate_fil_reset=2000
+ p_fil=0.25
+ v_nuc_fil=0.5
+ v_ref=0.3
+ alpha=0.2
+ e_act=0.3
+ t_nom=300
+ rate_limit=1000
+ e_limit=0.3
+ alpha_limit=0
+ eps_r=7.77
+ c_ion=2e-14
+ r_ion=46180000
+ r_ion_exponent=0.5
+ v_linear=5
+ v_bend=3
+ v_smooth=0.001
+ s_smooth=0.01
+ s_clip=0.0001
* current limiters are compliance.va
vs0 s0 0 pwl(0 0 1e-06 0 1.01e-06 0.3 2e-06 0.3 2.01e-06 0)
xlim0 s0 t0 compliance r=1000 i_limit=0.0001
cn0 t0 0 1e-14
x_0 t0 0 ag2s_cell
vs1 s1 0 pwl(0 0 1e-06 0 1.01e-06 0.3 2e-06 0.3 2.01e-06 0)
rs1 s1 t1 1000
cn1 t1 0 1e-14
x_1 t1 0 ag2s_cell w0=0.5
.option post=2 probe runlvl=0 method=gear reltol=0.0001 abstol=1e-15 absv=1e-09 chgtol=1e-18 gmin=1e-15 delmax=1e-07
.temp 26.85
.probe tran x_0:w x_1:w x_0:x x_1:x x_0:g x_1:g x_0:p x_1:p
.probe tran v(t0) v(t1) i(vs0) i(vs1)
.tran 1e-09 2.01e-06
.end
