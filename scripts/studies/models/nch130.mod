* A generic n-channel card of a 130 nm-like process, BSIM4 (level 54). Every number is assumed: round values for a gate
* oxide of 2.7 nm, fitted to no process.
.model nch130 nmos level=54 version=4.8 tnom=27
+ toxe=2.7e-9 vth0=0.38 k1=0.45 k2=-0.02 ndep=3e17
+ u0=0.03 ua=1e-9 ub=1e-18 vsat=1e5 voff=-0.1 nfactor=1.3 eta0=0.06 dsub=0.5 pclm=1
+ rdsw=180 xj=8e-8 cgso=3e-10 cgdo=3e-10 cgbo=0
+ cjs=1e-3 cjd=1e-3 cjsws=2e-10 cjswd=2e-10 jss=1e-7 jsd=1e-7
