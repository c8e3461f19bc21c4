"""One cell against data: published numbers, calibration, the device sheet, maps, fits."""
