* Ag2S crossbar
* 1 word lines x 2 bit lines, cell form veriloga; plain SI numbers throughout
.hdl "ag2s.va"
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
.model ag2s_select nmos level=1 vto=0.4 kp=0.0001 lambda=0.05 gamma=0 is=0 tref=26.85
* cells
x_0_0 wl_0_0 mid_0_0 ag2s_cell
m_0_0 mid_0_0 ga_0_0 bl_0_0 0 ag2s_select w=1e-06 l=5e-07
rm_0_0 mid_0_0 bl_0_0 1e+12
cgm_0_0 ga_0_0 mid_0_0 1e-15
cgb_0_0 ga_0_0 bl_0_0 1e-15
x_0_1 wl_0_1 mid_0_1 ag2s_cell
m_0_1 mid_0_1 ga_0_1 bl_0_1 0 ag2s_select w=1e-06 l=5e-07
rm_0_1 mid_0_1 bl_0_1 1e+12
cgm_0_1 ga_0_1 mid_0_1 1e-15
cgb_0_1 ga_0_1 bl_0_1 1e-15
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
* gate lines, along the bit lines
rgl_0_0 ga_0_0 gt_0 10
cgl_0_0 ga_0_0 0 2e-15
rgl_0_1 ga_0_1 gt_1 10
cgl_0_1 ga_0_1 0 2e-15
* drivers of the word lines (wd, at the far end wf)
vws_0 ws_0 0 pwl(0 0 1e-08 0.3 1e-06 0.3 1.01e-06 0 1.02e-06 0.005 1.101e-05 0.005
+ 1.102e-05 0)
rwd_0 ws_0 wt_0 1010
* sense circuits of the bit lines (bd, at the far end bf)
vbs_0 bs_0 0 pwl(0 0 1e-08 0.15 1e-06 0.15 1.01e-06 0)
rbd_0 bi_0 bt_0 1010
gamp_0 0 amp_0 bs_0 bi_0 0.01
ramp_0 amp_0 0 1000000
camp_0 amp_0 0 1.59154943092e-11
eamp_0 bo_0 0 amp_0 0 1
rfamp_0 bo_0 bi_0 100000
cfamp_0 bo_0 bi_0 1e-13
vbs_1 bs_1 0 0
rbd_1 bi_1 bt_1 1010
gamp_1 0 amp_1 bs_1 bi_1 0.01
ramp_1 amp_1 0 1000000
camp_1 amp_1 0 1.59154943092e-11
eamp_1 bo_1 0 amp_1 0 1
rfamp_1 bo_1 bi_1 100000
cfamp_1 bo_1 bi_1 1e-13
vgs_0 gs_0 0 0
rgd_0 gs_0 gt_0 1000
vgs_1 gs_1 0 pwl(0 0 1e-08 1.2 1e-06 1.2 1.01e-06 0 1.02e-06 1.2 1.101e-05 1.2
+ 1.102e-05 0)
rgd_1 gs_1 gt_1 1000
vrestart restart 0 pwl(0 0 1e-09 0 1.1e-07 0 2.1e-07 0 3.1e-07 0 4.1e-07 0
+ 5.1e-07 0 6.1e-07 0 7.1e-07 0 8.1e-07 0 9.1e-07 0 9.901e-07 0
+ 1.001e-06 0 1.011e-06 0 1.12e-06 0 1.22e-06 0 1.32e-06 0 1.51e-06 0
+ 2.51e-06 0 5.01e-06 0 1.09101e-05 0 1.1011e-05 0)
.option post=2 probe runlvl=0 method=trap reltol=0.0001 abstol=1e-15 absv=1e-09 chgtol=1e-18 gmin=1e-15 delmax=1e-07
.temp 26.85
.probe tran x_0_0:w x_0_1:w x_0_0:x x_0_1:x x_0_0:p x_0_1:p x_0_0:es x_0_1:es
.probe tran v(wl_0_0) v(wl_0_1) v(bl_0_0) v(bl_0_1) v(wt_0) i(vws_0) v(bt_0) v(bt_1)
.probe tran v(bi_0) v(bi_1) v(bo_0) v(bo_1) i(eamp_0) i(eamp_1) v(mid_0_0) v(mid_0_1)
.probe tran v(ga_0_0) v(ga_0_1) v(gt_0) v(gt_1) i(vgs_0) i(vgs_1)
.tran 1e-09 1.102e-05
* step 0: write cell 0 1 with 0.3 V
.measure tran step0_state_before find par('x_0_1:w') at=0
.measure tran step0_state_after find par('x_0_1:w') at=1.01e-06
* step 1: read with 0.005 V on word line 0
.measure tran step1_sense_1 find v(bo_1) at=1.09101e-05
.end
