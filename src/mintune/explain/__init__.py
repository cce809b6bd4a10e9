"""Say what was found, to whom it matters: one self-contained page a language, and a table for the terminal."""
