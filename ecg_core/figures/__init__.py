"""Figure builders: data in, what a page draws out. Nothing here imports a page library."""
