"""One file format a module; `formats.READERS` is the table of them."""
