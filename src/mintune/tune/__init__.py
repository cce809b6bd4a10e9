"""Tuning: one adapter a group, all over one loaded base, within one budget."""
