"""Ag2S memristor crossbars in real circuit simulators: model, netlists, studies and measures."""
