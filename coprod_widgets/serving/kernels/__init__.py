"""Kernels for learners: forked from a warm process, started without TCP ports, and watched."""
