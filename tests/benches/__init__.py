"""What plays the transcripts: the file format, and one bench for the core and one for each real network."""
