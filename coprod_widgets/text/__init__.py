"""Text, codes and days as people type them: what can be stored, and how it is read."""
