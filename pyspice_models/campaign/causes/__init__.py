"""What moves what: causes found in the runs that there are, and runs that are made to tell causes apart."""
