"""Pictures for Discord: what is drawn as SVG, as PNG, in the letters of any script there is."""
