* Ag2S crossbar
* 2 word lines x 3 bit lines, cell form veriloga; plain SI numbers throughout
.hdl "ag2s.va"
.hdl "gated_resistor.va"
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
* cells
rbroken_0_0 wl_0_0 bl_0_0 1000
cbroken_0_0 wl_0_0 bl_0_0 3.4398519676e-15
x_0_1 wl_0_1 bl_0_1 ag2s_cell w0=0.2 area=2e-11
x_0_2 wl_0_2 bl_0_2 ag2s_cell w0=0.3 area=3e-11
x_1_0 wl_1_0 bl_1_0 ag2s_cell w0=0.4 area=4e-11
x_1_1 wl_1_1 bl_1_1 ag2s_cell w0=0.5 area=5e-11
x_1_2 wl_1_2 bl_1_2 ag2s_cell w0=0.6 area=6e-11
* word lines: a segment before each crossing, its capacitance at the crossing
rwl_0_0 wt_0 wl_0_0 0.705687934747
cwl_0_0 wl_0_0 0 4.59609345534e-16
rwl_0_1 wl_0_0 wl_0_1 0.705687934747
cwl_0_1 wl_0_1 0 4.59609345534e-16
rwl_0_2 wl_0_1 wl_0_2 0.705687934747
cwl_0_2 wl_0_2 0 4.59609345534e-16
rwl_1_0 wt_1 wl_1_0 0.705687934747
cwl_1_0 wl_1_0 0 4.59609345534e-16
rwl_1_1 wl_1_0 wl_1_1 0.705687934747
cwl_1_1 wl_1_1 0 4.59609345534e-16
rwl_1_2 wl_1_1 wl_1_2 1e+15
cwl_1_2 wl_1_2 0 4.59609345534e-16
* bit lines: a segment after each crossing
rbl_0_0 bl_0_0 bl_1_0 0.522419874361
cbl_0_0 bl_0_0 0 1.01052122628e-15
rbl_0_1 bl_0_1 bl_1_1 1e+15
cbl_0_1 bl_0_1 0 1.01052122628e-15
rbl_0_2 bl_0_2 bl_1_2 0.522419874361
cbl_0_2 bl_0_2 0 1.01052122628e-15
rbl_1_0 bl_1_0 bt_0 0.522419874361
cbl_1_0 bl_1_0 0 1.01052122628e-15
rbl_1_1 bl_1_1 bt_1 0.522419874361
cbl_1_1 bl_1_1 0 1.01052122628e-15
rbl_1_2 bl_1_2 bt_2 0.522419874361
cbl_1_2 bl_1_2 0 1.01052122628e-15
* capacitances between lines: crossing (x), neighbouring word lines (ww), neighbouring bit lines (bb)
cx_0_0 wl_0_0 bl_0_0 7e-16
cww_0_0 wl_0_0 wl_1_0 6.01210848098e-18
cbb_0_0 bl_0_0 bl_0_1 7.61835813524e-18
cx_0_1 wl_0_1 bl_0_1 7e-16
cww_0_1 wl_0_1 wl_1_1 6.01210848098e-18
cbb_0_1 bl_0_1 bl_0_2 7.61835813524e-18
cx_0_2 wl_0_2 bl_0_2 7e-16
cww_0_2 wl_0_2 wl_1_2 6.01210848098e-18
cx_1_0 wl_1_0 bl_1_0 7e-16
cbb_1_0 bl_1_0 bl_1_1 7.61835813524e-18
cx_1_1 wl_1_1 bl_1_1 7e-16
cbb_1_1 bl_1_1 bl_1_2 7.61835813524e-18
cx_1_2 wl_1_2 bl_1_2 7e-16
* shorts between neighbouring lines
rsw_0_2 wl_0_2 wl_1_2 100
rsb_1_0 bl_1_0 bl_1_1 100
* drivers of the word lines (wd, at the far end wf)
vws_0 ws_0 0 pwl(0 0 1e-08 -0.0833333333333 1e-06 -0.0833333333333 1.01e-06 0 1.02e-06 0.005 1.101e-05 0.005
+ 1.102e-05 0 1.103e-05 0.0025 2.102e-05 0.0025 2.103e-05 0)
rwd_0 ws_0 wt_0 1010
rwf_0 ws_0 wl_0_2 1010
vws_1 ws_1 0 pwl(0 0 1e-08 -0.25 1e-06 -0.25 1.01e-06 0 1.102e-05 0 1.103e-05 -0.005
+ 2.102e-05 -0.005 2.103e-05 0)
vwg_1 wg_1 0 pwl(0 1 1.01e-06 1 1.02e-06 0 1.101e-05 0 1.102e-05 1)
xwd_1 ws_1 wt_1 wg_1 gated_resistor r_on=1010 r_off=1e+12
xwf_1 ws_1 wl_1_2 wg_1 gated_resistor r_on=1010 r_off=1e+12
* sense circuits of the bit lines (bd, at the far end bf)
vbs_0 bs_0 0 0
vbg_0 bg_0 0 pwl(0 1 1.01e-06 1 1.02e-06 0 1.101e-05 0 1.102e-05 1)
xbd_0 bs_0 bt_0 bg_0 gated_resistor r_on=1310 r_off=1e+12
xbf_0 bs_0 bl_0_0 bg_0 gated_resistor r_on=1310 r_off=1e+12
vbs_1 bs_1 0 pwl(0 0 1e-08 -0.166666666667 1e-06 -0.166666666667 1.01e-06 0)
rbd_1 bs_1 bt_1 1310
rbf_1 bs_1 bl_0_1 1310
vbs_2 bs_2 0 pwl(0 0 1e-08 -0.166666666667 1e-06 -0.166666666667 1.01e-06 0)
vbg_2 bg_2 0 pwl(0 1 1.01e-06 1 1.02e-06 0 1.101e-05 0 1.102e-05 1)
xbd_2 bs_2 bt_2 bg_2 gated_resistor r_on=1310 r_off=1e+12
xbf_2 bs_2 bl_0_2 bg_2 gated_resistor r_on=1310 r_off=1e+12
vrestart restart 0 pwl(0 0 1e-09 0 6e-08 0 1.1e-07 0 1.6e-07 0 2.1e-07 0
+ 2.6e-07 0 3.1e-07 0 3.6e-07 0 4.1e-07 0 4.6e-07 0 5.1e-07 0
+ 5.6e-07 0 6.1e-07 0 6.6e-07 0 7.1e-07 0 7.6e-07 0 8.1e-07 0
+ 8.6e-07 0 9.1e-07 0 9.6e-07 0 9.901e-07 0 1.001e-06 0 1.011e-06 0
+ 1.07e-06 0 1.12e-06 0 1.51e-06 0 2.51e-06 0 5.01e-06 0 1.09101e-05 0
+ 1.09601e-05 0 1.1011e-05 0 1.1021e-05 0 1.108e-05 0 1.113e-05 0 1.152e-05 0
+ 1.252e-05 0 1.502e-05 0 2.09201e-05 0 2.09701e-05 0 2.1021e-05 0)
.option post=2 probe runlvl=0 method=trap reltol=5e-05 abstol=5e-16 absv=5e-10 chgtol=5e-19 gmin=1e-15 delmax=5e-08
.temp 56.85
.probe tran x_0_1:w x_0_2:w x_1_0:w x_1_1:w x_1_2:w x_0_1:x x_0_2:x x_1_0:x
.probe tran x_1_1:x x_1_2:x x_0_1:p x_0_2:p x_1_0:p x_1_1:p x_1_2:p x_0_1:es
.probe tran x_0_2:es x_1_0:es x_1_1:es x_1_2:es v(wl_0_0) v(wl_0_1) v(wl_0_2) v(wl_1_0)
.probe tran v(wl_1_1) v(wl_1_2) v(bl_0_0) v(bl_0_1) v(bl_0_2) v(bl_1_0) v(bl_1_1) v(bl_1_2)
.probe tran v(wt_0) v(wt_1) i(vws_0) i(vws_1) v(bt_0) v(bt_1) v(bt_2) i(vbs_0)
.probe tran i(vbs_1) i(vbs_2)
.tran 1e-09 2.103e-05
.end
