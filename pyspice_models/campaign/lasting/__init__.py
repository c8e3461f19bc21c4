"""What lasts longer than a transient can: a million reads, and weeks of rest."""

from pyspice_models.campaign.lasting.disturb import DisturbParams, disturb
from pyspice_models.campaign.lasting.kept import Lasted
from pyspice_models.campaign.lasting.retain import RetainParams, retain

__all__ = ["DisturbParams", "Lasted", "RetainParams", "disturb", "retain"]
