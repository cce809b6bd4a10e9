"""The sections of the page, one a file: each turns records into what its template shows, in words of one language."""
