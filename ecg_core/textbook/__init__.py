"""The textbook models: one lead, fixed inputs, networks of stock layers; for comparison and teaching."""
