"""Maps of the cell that a reviewer asks for: switching time, pulses, temperature, read disturb."""

from pyspice_models.lab.characterize.maps.files import maps_as_dict, write_maps
from pyspice_models.lab.characterize.maps.grid import Grid, Plan
from pyspice_models.lab.characterize.maps.run import DeviceMap, device_maps, plans

__all__ = ["DeviceMap", "Grid", "Plan", "device_maps", "maps_as_dict", "plans", "write_maps"]
