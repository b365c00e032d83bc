"""Training: data sets, batches, the loop, and recipes (one file a model)."""
