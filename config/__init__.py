"""How the house is put together, and which version of it this is."""

VERSION = "0.1.0"
