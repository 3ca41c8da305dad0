"""Drawing: an SVG becomes a PNG; it takes some hundredths of a second, so do it in a thread."""

from community.pictures.letters import fonts_for

FONT = "DejaVu Sans"


def draw_png(svg: str) -> bytes:
    """Return a picture as PNG, in whatever fonts its words need."""
    # Only who draws shall pay for the library's memory.
    import resvg_py  # noqa: PLC0415

    fonts = [str(path) for path in fonts_for(svg)]
    png: bytes = resvg_py.svg_to_bytes(
        svg_string=svg, font_files=fonts, skip_system_fonts=True, font_family=FONT
    )
    return png
