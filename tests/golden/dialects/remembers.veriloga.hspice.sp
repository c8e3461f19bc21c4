* Ag2S crossbar
* 1 word lines x 2 bit lines, cell form veriloga; plain SI numbers throughout
.hdl "ag2s.va"
.hdl "threshold_switch.va"
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
.model ag2s_select threshold_switch
+ g_off=1e-11
+ g_on=0.0001
+ v_th=0.2
+ v_slope=0.01
+ c_sel=1e-15
+ v_hold=0.1
+ t_delay=2e-08
+ t_relax=2e-07
* cells
x_0_0 wl_0_0 mid_0_0 ag2s_cell
xs_0_0 mid_0_0 bl_0_0 ag2s_select
x_0_1 wl_0_1 mid_0_1 ag2s_cell
xs_0_1 mid_0_1 bl_0_1 ag2s_select
* word lines: a segment before each crossing, its capacitance at the crossing
rwl_0_0 wt_0 wl_0_0 0.881667048339
cwl_0_0 wl_0_0 0 3.95881646312e-15
rwl_0_1 wl_0_0 wl_0_1 0.881667048339
cwl_0_1 wl_0_1 0 3.95881646312e-15
* bit lines: a segment after each crossing
rbl_0_0 bl_0_0 bt_0 1.14215958535
cbl_0_0 bl_0_0 0 7.26806916039e-15
rbl_0_1 bl_0_1 bt_1 1.14215958535
cbl_0_1 bl_0_1 0 7.26806916039e-15
* capacitances between lines: crossing (x), neighbouring word lines (ww), neighbouring bit lines (bb)
cx_0_0 wl_0_0 bl_0_0 1e-15
cx_0_1 wl_0_1 bl_0_1 1e-15
* drivers of the word lines (wd, at the far end wf)
vws_0 ws_0 0 pwl(0 0 1e-08 0.5 1e-06 0.5 1.01e-06 0)
rwd_0 ws_0 wt_0 1010
* sense circuits of the bit lines (bd, at the far end bf)
vbs_0 bs_0 0 pwl(0 0 1e-08 0.25 1e-06 0.25 1.01e-06 0)
rbd_0 bs_0 bt_0 1010
vbs_1 bs_1 0 0
rbd_1 bs_1 bt_1 1010
vrestart restart 0 pwl(0 0 1e-09 0 1.1e-07 0 2.1e-07 0 3.1e-07 0 4.1e-07 0
+ 5.1e-07 0 6.1e-07 0 7.1e-07 0 8.1e-07 0 9.1e-07 0 9.901e-07 0
+ 1.001e-06 0)
.option post=2 probe runlvl=0 method=trap reltol=0.0001 abstol=1e-15 absv=1e-09 chgtol=1e-18 gmin=1e-15 delmax=1e-07
.temp 26.85
.probe tran x_0_0:w x_0_1:w x_0_0:x x_0_1:x x_0_0:p x_0_1:p x_0_0:es x_0_1:es
.probe tran v(wl_0_0) v(wl_0_1) v(bl_0_0) v(bl_0_1) v(wt_0) i(vws_0) v(bt_0) v(bt_1)
.probe tran i(vbs_0) i(vbs_1) v(mid_0_0) v(mid_0_1) xs_0_0:s xs_0_1:s xs_0_0:p xs_0_1:p
.probe tran xs_0_0:es xs_0_1:es
.tran 1e-09 1.01e-06
* step 0: write cell 0 1 with 0.5 V
.measure tran step0_state_before find par('x_0_1:w') at=0
.measure tran step0_state_after find par('x_0_1:w') at=1.01e-06
.end
