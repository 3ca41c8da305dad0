"""Backups: one snapshot each, proved by restoring it for trial, kept by a rule, put back whole."""
