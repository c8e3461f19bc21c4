"""What a run of a campaign does with its array: the study's transient, write-verify, inference, many reads, a rest."""
