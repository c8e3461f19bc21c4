"""Many simulations: sweeps, Monte Carlo, assumptions, margins; the journal and the workers behind them."""
