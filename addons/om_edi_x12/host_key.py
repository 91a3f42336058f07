"""Host keys of SSH servers, without the library that speaks to them."""

import base64
import hashlib


def fingerprint(host_key):
    """``SHA256:...`` of a key line such as ``ssh-ed25519 AAAA...``, as ``ssh-keygen -l`` shows it."""
    blob = base64.b64decode(host_key.split()[1], validate=True)
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"
