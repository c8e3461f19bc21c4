"""What differs between lines, ends of lines and selectors of one array: a value for each of them, by name."""

from pyspice_models.array.instances.values import INSTANCES, Instance, checked_instances

__all__ = ["INSTANCES", "Instance", "checked_instances"]
