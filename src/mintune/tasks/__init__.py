"""What is learnt: suites of tasks, one reader a file format, checks, and the built-in world."""
