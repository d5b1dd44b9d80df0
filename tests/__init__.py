"""The tests: tables for what is pure, transcripts for what people say, real servers for what the wire does."""
