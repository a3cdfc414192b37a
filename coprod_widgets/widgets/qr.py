"""QR codes, which a page draws itself."""


def qr_rows(text: str) -> list[str]:
    """A QR code as rows of 0 and 1."""
    import segno

    return ["".join(map(str, row)) for row in segno.make_qr(text, error="m").matrix]
