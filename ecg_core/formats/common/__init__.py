"""What several format families share: names, units, texts, XML, signals in memory, what is written of a recording."""
