"""The mitmproxy addon: hooks, each a few lines that hand over to `gate`, `examining`, `refusing` and `answers`."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection
from pathlib import Path

from mitmproxy import ctx, exceptions, http, tls
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import ClientTLSLayer, HttpLayer, modes
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.mode_specs import ReverseMode
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from dlp import app
from dlp.detect.workers import WorkerPool, parse_workers
from dlp.errors import ConfigurationError, NotAuthenticated, PolicyError, TooLarge, origin
from dlp.metrics.server import DEFAULT_ADDRESS, parse_address
from dlp.proxy import (
    authentication,
    calls,
    client_certificates,
    connections,
    deflate,
    gate,
    guard,
    heads,
    hooks,
    leaves,
    secured,
    trailers,
    uploads,
    websockets,
)
from dlp.proxy.answers import finish_response, restore_answer
from dlp.proxy.caller import forget_password, identify
from dlp.proxy.client_certificates import Certified, ClientCertificates
from dlp.proxy.destinations import Destinations
from dlp.proxy.examining import screen
from dlp.proxy.offloop import Piece
from dlp.proxy.operations import Operations, answer_probe
from dlp.proxy.refusing import refuse_fault, refuse_mismatch, refuse_unanswered
from dlp.proxy.resumable import Uploads
from dlp.proxy.screening import Screening
from dlp.proxy.sigv4 import Signer
from dlp.proxy.unanswered import Unanswered
from dlp.proxy.underway import UnderWay

log = logging.getLogger("dlp")

_EXIT_UNLOADED = 70
"""Exit status when somebody unloads the addon from a running proxy (EX_SOFTWARE of sysexits.h)."""

_QUIC_PORTS = (80, 443)
"""Ports of UDP that nothing goes through: HTTP/3 would pass unread."""

WARM_SECONDS = 10.0
"""Longest wait for models that are loading when the proxy stops."""

_OPTIONS = {
    **app.OPTIONS,
    "dlp_destinations": (
        "auto",
        "Whom clients may reach: public (neither private nor loopback addresses), any, or auto: public if other machines can connect.",
    ),
    "dlp_allow_destinations": ("", "Names, addresses and networks, comma-separated, that may be reached all the same."),
    "dlp_client_ca": (
        "",
        "Authorities whose certificates name clients (mutual TLS): a PEM file, revocation lists in it count; empty to ask for none.",
    ),
    "dlp_client_cert": (
        "required",
        "Whether requests without a certificate of dlp_client_ca are refused: required or optional.",
    ),
    "dlp_aws_profiles": ("", "AWS profiles, comma-separated, whose signed requests may be signed anew."),
    "dlp_metrics": (DEFAULT_ADDRESS, "HOST:PORT of metrics and health checks; 'off' for none, port 0 for any."),
    "dlp_workers": ("auto", "Processes that examine long texts: auto (one per core), or a number; 0 for none."),
}
"""What can be set with `--set`: option -> default and help."""

_CHOICES = {"dlp_client_cert": ("required", "optional")}

_BUILT_FROM = frozenset({*app.OPTIONS, "dlp_workers", "dlp_metrics"})
"""Options that are read once: requests under way, the watcher of the policies and the metrics' server belong to what was built from them."""


class Addon:
    """Screens traffic to LLM providers.

    Args:
        application: Built already; None to build it from the options `app.OPTIONS`.
        stop_when_unloaded: End the process at once when the addon is unloaded while the proxy goes on. mitmproxy
            would forward everything unmasked: it unloads a script whenever its file changes or disappears.
    """

    def __init__(self, application: app.Application | None = None, *, stop_when_unloaded: bool = True) -> None:
        self._application = application
        self._given = application is not None
        self._stop_when_unloaded = stop_when_unloaded
        self._built_from: dict[str, str] = {}
        self._nameless: set[str] = set()
        self._signer = Signer()
        self._uploads = Uploads()
        self.under_way = UnderWay()
        self._operations = Operations(lambda: self.under_way)
        self.tunnels: set[str] = set()
        """Clients whose TLS is not opened."""
        self._warming: threading.Thread | None = None
        self._destinations = Destinations()
        self._certificates: ClientCertificates | None = None
        self._workers = WorkerPool(0)

    # -- life of the addon ---------------------------------------------------------------------------------------------

    def load(self, loader: Loader) -> None:
        for name, (default, help_text) in _OPTIONS.items():
            loader.add_option(name, str, default, help_text, _CHOICES.get(name))
        guard.scrub_logs()
        hooks.install(ctx.master.addons)
        connections.install()
        secured.install()
        deflate.install()
        heads.install()
        trailers.install()
        websockets.install()
        calls.install()
        client_certificates.install()
        authentication.install(ctx.master.addons.get("proxyauth"))
        leaves.install(ctx.master.addons.get("tlsconfig"))
        ctx.options.update(**{name: value for name, value in guard.SAFE_OPTIONS.items() if name in ctx.options})

    def configure(self, updated: Collection[str]) -> None:
        guard.check_options(ctx.options, updated)
        changed = [name for name, value in self._built_from.items() if getattr(ctx.options, name) != value]
        if changed:
            raise exceptions.OptionsError(
                f"{', '.join(changed)} can't be changed while the proxy runs: restart it. A policy's file may be edited at any time"
            )
        if self._built_from and not set(updated) - _BUILT_FROM:
            return  # set to what they are
        try:
            self._configure(set(updated))
        except (PolicyError, ConfigurationError) as error:
            raise exceptions.OptionsError(str(error)) from None

    def _configure(self, updated: set[str]) -> None:
        """Build anew what options that have been set stand for."""
        if {"dlp_destinations", "dlp_allow_destinations"} & updated:
            self._destinations = Destinations(ctx.options.dlp_destinations, ctx.options.dlp_allow_destinations)
        if {"dlp_client_ca", "dlp_client_cert"} & updated:
            file, required = ctx.options.dlp_client_ca, ctx.options.dlp_client_cert == "required"
            self._certificates = ClientCertificates(Path(file).expanduser(), required=required) if file else None
            if file and not ctx.options.request_client_cert:
                ctx.options.update(request_client_cert=True)
        if "dlp_aws_profiles" in updated:
            self._signer = Signer(name for part in ctx.options.dlp_aws_profiles.split(",") if (name := part.strip()))
        if "dlp_metrics" in updated:
            parse_address(ctx.options.dlp_metrics)
        if not self._given and {*app.OPTIONS, "dlp_workers"} & updated:
            chosen = app.Settings.of({name: getattr(ctx.options, name) for name in app.OPTIONS})
            if "dlp_workers" in updated:
                self._workers.close()
                self._workers = WorkerPool(parse_workers(ctx.options.dlp_workers))
            self._application = app.build(chosen, workers=self._workers)

    def running(self) -> None:
        self._built_from = {name: getattr(ctx.options, name) for name in sorted(_BUILT_FROM)}
        self.application().policies.start()
        self._operations.start(self.application(), ctx.options.dlp_metrics, ctx.options.confdir)
        if not self._given:
            self._warming = threading.Thread(target=self.application().warm, name="dlp-warm", daemon=True)
            self._warming.start()

    def done(self) -> None:
        self._operations.stop()
        if self._application is not None:
            self._application.policies.stop()
            self._application.workers.close()
        if self._stop_when_unloaded and not ctx.master.should_exit.is_set():
            log.critical("the addon was unloaded; stopping, since traffic would go on unmasked")
            logging.shutdown()
            os._exit(_EXIT_UNLOADED)
        if self._application is not None:
            self._application.audit.close()
        if self._warming is not None:
            self._warming.join(WARM_SECONDS)  # a library's thread that the interpreter ends under aborts the process

    def application(self) -> app.Application:
        """Raises `ConfigurationError` before the first successful `configure`: every hook then refuses.

        A method, since mitmproxy reads every attribute of an addon when it looks for commands.
        """
        if self._application is None:
            raise ConfigurationError("the addon has no policy")
        return self._application

    # -- connections ---------------------------------------------------------------------------------------------------

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """Open TLS for providers alone, and with the proxy itself; on any doubt it is opened, and the request is judged later."""
        try:
            if _is_with_the_proxy(data):
                data.context.client.alpn = b"http/1.1"  # mitmproxy takes CONNECT in HTTP/1 alone
                return
            address = data.context.server.address
            target = (address[0], address[1]) if address else None
            sni = data.client_hello.sni
            if sni is None and target is not None and gate.is_address(target[0]):
                self._nameless.add(data.context.client.id)
            port = target[1] if target else None
            if not gate.opens_tls(self.application().table, [(sni, port) if sni else None, target]):
                data.ignore_connection = True
                self.tunnels.add(data.context.client.id)
            elif b"h2" in data.client_hello.alpn_protocols:
                # As the providers' servers do. mitmproxy would take the client's first, and some clients list HTTP/1.1
                # first and mean HTTP/2.
                data.context.client.alpn = b"h2"
        except Exception as error:
            log.error("tls_clienthello failed: %s", origin(error))

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """What comes inside opened TLS is HTTP or nothing: no raw relaying after a leading line break. QUIC is not spoken."""
        context = nextlayer.context
        address = context.server.address
        if context.client.transport_protocol == "udp" and address is not None and address[1] in _QUIC_PORTS:
            nextlayer.layer = _Closed(context)
            return
        if context.client.tls_established and isinstance(context.layers[-1], ClientTLSLayer):
            nextlayer.layer = HttpLayer(context, HTTPMode.transparent)

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Refuse what must not be reached through us, and a tunnel of TLS without a name to a bare address: who knows who is behind it."""
        if data.server.sni:  # a server name ends with no dot (RFC 6066, 3), nor does one in a certificate
            data.server.sni = data.server.sni.rstrip(".")
        if data.server.error:
            return  # mitmproxy refuses it: it knows under which names it listens
        try:
            data.server.error = await self._destinations.refusal(data, self.application().table)
        except Exception as error:
            data.server.error = f"refused: the destination could not be judged ({origin(error)})"
        if data.client.id in self._nameless and data.server.address and not data.client.tls_established:
            host, port = data.server.address[:2]
            if gate.is_address(host) and self.application().table.find(host, port) is None:
                data.server.error = "refused: TLS without a server name to an address"

    def client_disconnected(self, client: object) -> None:
        self._nameless.discard(getattr(client, "id", ""))
        self.tunnels.discard(getattr(client, "id", ""))
        if self._certificates is not None:
            self._certificates.closed(getattr(client, "id", ""))

    def tls_established_client(self, data: tls.TlsData) -> None:
        if self._certificates is not None:
            self._certificates.established(data.conn.id, data.conn.certificate_list)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """A client that pins certificates, or lacks our CA, shows up here."""
        sni = data.conn.sni
        if sni and self._application and self._application.table.find(sni):
            log.warning(
                "%s: the client refused the proxy's certificate; it pins the provider's or doesn't trust our CA", sni
            )
            self._application.metrics.count_tls_failure(sni, "client")

    def tls_failed_server(self, data: tls.TlsData) -> None:
        """A provider whose certificate or TLS the proxy doesn't accept."""
        if data.conn.sni and self._application:
            self._application.metrics.count_tls_failure(data.conn.sni, "server")

    # -- requests ------------------------------------------------------------------------------------------------------

    def _refuse(self, flow: http.HTTPFlow, error: Exception) -> None:
        refuse_fault(flow, Screening.of(flow), error)

    def http_connect(self, flow: http.HTTPFlow) -> None:
        forget_password(flow)

    @guard.fail_closed(_refuse)
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Find the provider; let everybody else's traffic stream by; refuse when the names of a request disagree."""
        forget_password(flow)
        found = gate.provider_of(self.application().table, _names(flow))
        if found is None:
            if flow.client_conn.id not in self._nameless:
                flow.request.stream = True
                return
            found = gate.Mismatch()
        if isinstance(found, gate.Mismatch):
            refuse_mismatch(flow)
            return
        if answer_probe(flow):
            return
        certified, stranger = self._certified(flow)
        caller = self._uploads.who(flow.request.path, identify(flow, self.application().fingerprint, certified))
        screening = Screening(self.application(), found, caller, time.perf_counter(), self._signer, self.under_way)
        screening.note(flow)
        self.under_way.begin(flow.id)
        self._operations.wake()
        if stranger is not None:
            raise stranger
        screening.check_headers(flow)

    def _certified(self, flow: http.HTTPFlow) -> tuple[Certified | None, NotAuthenticated | None]:
        """Whom the client's certificate names, and why the request is refused if it names nobody."""
        if self._certificates is None:
            return None, None
        try:
            return self._certificates.caller(flow.client_conn.id), None
        except NotAuthenticated as error:
            return None, error

    @guard.fail_closed(_refuse)
    def body_too_large(self, flow: http.HTTPFlow) -> None:
        """More of a body has come than may be sent."""
        raise TooLarge("request body", flow.metadata[uploads.LIMIT])

    @guard.fail_closed(_refuse)
    async def request(self, flow: http.HTTPFlow) -> None:
        if flow.response or flow.error:
            return
        screening = Screening.of(flow)
        if screening is not None:
            await screen(flow, screening)

    async def call_messages(self, messages: calls.CallMessages) -> None:
        """Screen messages of a call that goes on; they are sent only if all goes well."""
        await calls.screen_messages(messages)

    # -- answers -------------------------------------------------------------------------------------------------------

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        screening = Screening.of(flow)
        try:
            if screening is not None:
                if flow.response is not None:
                    self._uploads.begin(flow.response.headers.get("x-goog-upload-url", ""), screening.caller)
                restore_answer(flow, screening)
            elif flow.response is not None and flow.request.stream:
                flow.response.stream = True
        except Exception as error:
            _note_fault(flow, screening, "responseheaders", error)

    async def response(self, flow: http.HTTPFlow) -> None:
        screening = Screening.of(flow)
        try:
            if screening is not None:
                await finish_response(flow, screening)
        except Exception as error:
            _note_fault(flow, screening, "response", error)
        if flow.websocket is None:
            self.under_way.end(flow.id)

    def unanswered(self, unanswered: Unanswered) -> None:
        """The provider has no answer; the client gets one in its shape, where we know whose it would have been."""
        screening = Screening.of(unanswered.flow)
        try:
            if screening is not None:
                unanswered.answer = refuse_unanswered(
                    unanswered.flow, screening, unanswered.reason, again=unanswered.again
                )
        except Exception as error:
            log.error("unanswered failed: %s", origin(error))

    def error(self, flow: http.HTTPFlow) -> None:
        self.under_way.end(flow.id)

    async def answer_piece(self, piece: Piece) -> None:
        """A thread works on a piece of a stream; should it fail, the stream's own callable does, on the loop."""
        try:
            await piece.stream.prepare(piece.chunk)
        except Exception as error:
            log.error("answer_piece failed: %s", origin(error))

    # -- websockets ----------------------------------------------------------------------------------------------------

    async def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Screen a message of either side; the client's is dropped unless all goes well."""
        screening = Screening.of(flow)
        if screening is not None and flow.websocket is not None:
            del flow.websocket.messages[:-1]  # mitmproxy would keep them all
            await websockets.screen_message(flow, screening, flow.websocket.messages[-1])

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        self.under_way.end(flow.id)


class _Closed(layer.Layer):
    """Ends what comes: a client that gets nothing over QUIC falls back to TCP."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, (events.Start, events.DataReceived)):
            yield commands.CloseConnection(self.context.client)


def _is_with_the_proxy(data: tls.ClientHelloData) -> bool:
    """Whether the handshake is one with the proxy (`https://` in the client's setting), not one through it."""
    outermost = data.context.layers[0]
    return isinstance(outermost, (modes.HttpProxy, modes.HttpUpstreamProxy)) and data.context.server.address is None


def _names(flow: http.HTTPFlow) -> list[gate.Name]:
    """Every name that may decide where a request ends up."""
    request = flow.request
    names: list[gate.Name] = [(request.host, request.port)]
    if isinstance(flow.client_conn.proxy_mode, ReverseMode):
        return names  # the operator has chosen the destination; what the client calls the gateway doesn't matter
    if flow.client_conn.sni:
        names.append((flow.client_conn.sni, request.port))
    for header in (request.host_header, request.authority):
        if header:
            host, _, port = header.rpartition(":") if header.rpartition(":")[2].isdigit() else (header, "", "")
            names.append((host, int(port) if port else request.port))
    return names


def _note_fault(flow: http.HTTPFlow, screening: Screening | None, stage: str, error: Exception) -> None:
    if screening is not None:
        screening.application.metrics.count_fault("restore")
        if screening.scan is not None:
            log.error("%s failed: %s; the answer was to be scanned, so it is withheld", stage, origin(error))
            flow.kill()
            return
    log.error("%s failed: %s; the answer goes on with its tokens", stage, origin(error))
