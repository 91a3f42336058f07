"""Facts of the standard as text files, their generator, and our own labels."""
