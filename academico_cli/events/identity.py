"""Message ids that are made from a hash, for publishers that repeat themselves exactly."""


def uuid_text(digest: bytes) -> str:
    """Return the first 16 bytes of a digest as the text of a UUID of version 8 (RFC 9562)."""
    text = digest[:16].hex()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"
