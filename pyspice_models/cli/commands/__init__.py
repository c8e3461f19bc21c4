"""The commands, one file each; a file is imported when its command is called."""

COMMANDS = {
    "doctor": "Show every tool: where it is, which version, what it can do, what is missing and how to get it",
    "init": "Copy the shipped studies with their data, models and examples into a new or empty folder, to begin from",
    "studies": "List the studies that ship: title, what each answers, and the command that runs it",
    "params": "List every parameter of study files: unit, range, default, tag and source, by table",
    "playground": "Write a page to play with: sliders over a small array in JavaScript, the same deck in ngspice at a "
    "click",
    "cell": "Your own cell: check a Verilog-A module or a SPICE subcircuit before it goes into an array",
    "netlist": "Write a crossbar netlist that the tool runs by itself: write one cell, read it, read its row",
    "export": "Write a folder that a user of another tool opens with its README alone: models, benches, expected waves",
    "compare": "Put results side by side: measures with difference and ratio, and the parameters that differ, with "
    "their tags",
    "report": "Write one self-contained page for a result, or for several side by side: waves, maps, measures, sources",
    "convert": "Write the waves of a run as CSV, MATLAB file, ngspice raw file or netCDF",
    "measure": "Measure a study by waves that another tool made of it, named as in the package's netlists",
    "simulate": "Simulate one study: measures on standard output; deck, log, waves (netCDF) and pictures in a folder",
    "assumptions": "Run a study at both ends of each assumed parameter, one at a time: what moves its measures how far",
    "sensitivity": "What each output current answers to: every cell, line segment, driver and sense circuit, by one "
    "adjoint solution",
    "sweep": "Run one study at every point of a grid: a dataset with the swept axes as dimensions, a table and "
    "a picture",
    "find": "Find at which value of a key a measure crosses a limit, by bisection: the answer, and all that was tried",
    "drawn": "One array as it is drawn, without a simulation: maps of what each cell has for itself and what cells "
    "share",
    "montecarlo": "Simulate one study on many arrays: distributions, yield, worst cases, what moves what",
    "yield": "The share of arrays that keep to all limits, at each value of a key of the design, and where it is as "
    "asked",
    "rare": "The odds that an array misses a limit, down to one in a million and less, with an interval",
    "causes": "Which spread moves which measure: Sobol indices, or one cause at a time",
    "margin": "Worst-case read margins over data patterns, of square arrays: static solutions of the far corner's read",
    "retain": "What a programmed array still holds after a long rest, at one temperature or several, without a "
    "transient of it",
    "disturb": "What very many reads do to a programmed array, without as many transients: the map of one round, and "
    "its power",
    "write-verify": "Program every cell to its level: write, read through the array, correct",
    "program": "Program every cell by an algorithm of choice, or by several: accuracy, pulses, time, energy side by "
    "side",
    "learn": "Train networks whose weights are cells of crossbars, and compare methods: accuracy, energy, time",
    "infer": "Put a trained network on the array, classify test images through the circuit, and attribute what is lost",
    "bench": "Measure the package against what one would use without it, each pair in one run, and against its targets",
    "characterize": "Re-measure every published number of the cell by simulation; exit status 1 if a row is not ok",
    "anchors": "Compare the cell with numbers of other people's devices",
    "presets": "List the cells that ship and their presets: `[cell] model = NAME` and `preset = NAME` in a study file",
    "fit": "Fit a cell's kinetics and window to measured data, and write a preset",
    "deembed": "Recover the cells of an array from the currents at its terminals, one line driven at a time",
    "currents": "Write the currents at an array's terminals as an instrument would read them: a file that `ag2s "
    "deembed` takes",
}
"""By name, in the order of `ag2s --help`: the first sentence of what each says of itself."""

GROUPS = {
    "cell": {
        "check": "Compile, evaluate and simulate a cell by itself: memory, start, polarity, passivity, overflow, "
        "steps, engines",
    },
}
"""Commands that have commands of their own: each a file in the group's folder, with what it says of itself."""

_FOLDERS = {
    "lab": ("characterize", "anchors", "fit", "deembed", "currents"),
    "campaign": ("assumptions", "sweep", "find", "drawn", "montecarlo", "yield", "causes", "rare", "margin"),
    "learning": ("learn",),
    "lasting": ("retain", "disturb"),
    "shipped": ("init", "studies", "params", "playground"),
    "testbench": ("measure",),
    "programming": ("program",),
}


def module_of(name: str) -> str:
    """The module that holds a command, as `import_module` takes it; one of a group is called "GROUP NAME"."""
    if " " in name:
        return f"{__name__}.{name.replace(' ', '.').replace('-', '_')}"
    folder = next((f"{folder}." for folder, names in _FOLDERS.items() if name in names), "")
    return f"{__name__}.{folder}{name.replace('-', '_')}"
