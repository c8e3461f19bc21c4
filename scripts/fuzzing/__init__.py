"""The campaign of `scripts/fuzz`: bad input of many kinds, each case repeatable from its seed, kind and number.

A case works in folders of its own. What it must not do is raise anything but the package's own errors, hang, leave
something behind, take more memory than stated, or end with a status that is not true.
"""
