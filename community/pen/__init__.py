"""The pen: what writes people's own templates, in a process that knows nothing and can be ended."""
