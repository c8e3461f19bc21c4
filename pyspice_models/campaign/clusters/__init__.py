"""Work on machines that Dask or SLURM give: a running scheduler, or jobs that are asked for."""
