"""What is true and worth saying, and whether, when and where to say it. Pure: no clock, no I/O."""
