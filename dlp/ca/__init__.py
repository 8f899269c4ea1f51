"""The certificate authority that lets the proxy read TLS: made once, checked at each start.

Files in its folder (mitmproxy's `confdir`), all made here:

    mitmproxy-ca.pem        private key (perhaps under a passphrase, `key`) and certificate, mode 0600; the name is the one mitmproxy
                            looks for
    mitmproxy-ca-cert.pem   the certificate alone: what a machine or a browser is told to trust
    bundle.pem              public roots + our certificate: what clients are pointed at (see `dlp.environment`)
    leaves.pem              certificates for the providers' hosts with a key of their own, mode 0600; where it is and mitmproxy-ca.pem is
                            not, the CA is offline: its key lies elsewhere (`changes.issue_leaves`)
    next-ca.pem             the CA that takes over with the second step of a rotation; the bundle holds it already
    previous-ca-cert.pem    the certificate of the CA before the last rotation; in the bundle until the next one
    extra-roots.pem         not ours: a person may put further roots here (a company's own CA), they join the bundle

mitmproxy would make a CA too, but with an RSA key for ten years, in place (so that a full disk leaves half a key), and it
loads a key that everybody can read without a word. It therefore only ever meets files that passed through here.

The key must stay where it is: who has it can impersonate any site (or, if constrained, any provider) towards everybody
who trusts the certificate.

`folder` makes and checks it, `changes` are what a person does with it later; `certificates`, `key`, `names` and `bundle` are what it is made of.
"""

from __future__ import annotations

from dlp.ca.changes import finish_rotation, issue_leaves, prepare_rotation, protect
from dlp.ca.files import BUNDLE_NAME, CERT_NAME, KEY_AND_CERT_NAME, LEAVES_NAME, CaFiles
from dlp.ca.folder import certificate_ends, ensure_ca, load_ca

__all__ = [
    "BUNDLE_NAME",
    "CERT_NAME",
    "KEY_AND_CERT_NAME",
    "LEAVES_NAME",
    "CaFiles",
    "certificate_ends",
    "ensure_ca",
    "finish_rotation",
    "issue_leaves",
    "load_ca",
    "prepare_rotation",
    "protect",
]
