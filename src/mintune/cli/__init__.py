"""The command line: one file a verb. A verb parses, calls the pipeline, and prints where the artefact lies."""
