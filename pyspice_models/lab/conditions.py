"""What the cell was driven with in the published experiments, and what had to be assumed of it.

Every experiment on one cell takes its pulses, reads and ramps from here. Sources as in `published.py`. Sizes of a
sample, steps and waits stand with the experiment that chose them.
"""

PULSE, WIDTH = 0.3, 1e-6  # write pulse [V], [s]: Table S1
EDGE, GAP = 10e-9, 1e-6  # of pulses, and between them [s]: assumed
TRAIN = 30  # pulses of potentiation and of depression: S15
PAIRS = 60  # of alternating pulses: S16
READ = 5e-3  # [V] S14
LONG_PULSE = 10e-3  # [s] at 0.3 V, of write cycles: S14a
RATE = 0.1  # of slow ramps [V/s]: assumed
CRITERION = 1e-6  # current at which a ramp counts as switched [A]: assumed
COMPLIANCE = 100e-6  # of slow loops [A]: assumed, one of the levels of S8
