"""Inference on the array: weights of a trained network in cells, images classified, what each cause costs."""
